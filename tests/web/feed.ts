// A server in the browser: it answers as coordinator/dashboard.h does, from a study that goes on as fast as the test
// wants. In such a page a second of waiting takes two milliseconds.
import type { Page } from "@playwright/test";

/** What /api/study answers, as far as it is changed here. */
interface Whole {
  trials: { number: number; values: (number | null)[]; attempts: object[] }[];
  plots: Record<string, { tables: { columns: string[]; rows: unknown[][] }[] }>;
  counts: object;
  all_trials: number;
  position: number;
  plots_position: number;
}

export interface Feed {
  /** Tells that these trials have other values and other workers, and waits until the page shows it. */
  tell(numbers: number[]): Promise<void>;
  /** There are so many more trials, like those that there are. */
  grow(more: number): Promise<void>;
  /** Has the page ask for all of it. */
  again(): void;
  /** Whether the page is in a tab that somebody looks at. */
  see(isSeen: boolean): void;
  listeners(): number;
}

declare global {
  interface Window {
    feed: Feed;
  }
}

/** For Page.addInitScript: refers to nothing outside. */
function install({ whole, trials }: { whole: Whole; trials: number }): void {
  const first = whole.trials;
  const { setTimeout } = window;
  window.setTimeout = ((work: () => void, wait = 0) => setTimeout(work, wait / 500)) as typeof window.setTimeout;
  // Timers that begin others are slowed down by browsers; messages are not.
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  const moment = (): Promise<void> => new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });

  let size = trials;
  let turn = 0; // counts changes: the position
  const trialNow = (number: number): object => {
    const like = first[number % first.length] as Whole["trials"][number];
    return { ...like, number, values: like.values.map((value) => value === null ? null : value + turn / 100), attempts: like.attempts.map((one) => ({ ...one, worker: `worker ${turn}` })) };
  };
  const tableNow = (table: { columns: string[]; rows: unknown[][] }): object => {
    const number = table.columns.indexOf("number"), value = table.columns.indexOf("value");
    const changed = (row: unknown[], n: unknown): unknown[] => row.map((cell, i) => (i === number ? n : i === value && typeof cell === "number" ? cell + turn / 100 : cell));
    if (number < 0) return { ...table, rows: table.rows.map((row) => changed(row, null)) };
    const rows = table.rows.flatMap((row) => {
      const same = [];
      for (let n = Number(row[number]); n < size; n += first.length) same.push(changed(row, n));
      return same;
    });
    return { ...table, rows };
  };
  const plotsNow = (): object => Object.fromEntries(Object.entries(whole.plots).map(([name, plot]) => [name, { ...plot, tables: plot.tables.map(tableNow) }]));
  const summaryNow = (): object => ({ counts: { ...whole.counts, complete: size, waiting: turn } });
  window.fetch = (async (path: string) => {
    await moment();
    // Plots are made less often than trials come.
    const made = turn - turn % 10;
    const after = Number(/&after=(\d+)/.exec(path)?.[1] ?? -1);
    const answer = path.startsWith("/api/study/plots?")
      ? { position: made, plots: made > after ? plotsNow() : {} }
      : { ...whole, ...summaryNow(), trials: Array.from({ length: size }, (_, i) => trialNow(i)), plots: plotsNow(), all_trials: size, position: turn, plots_position: made };
    return new Response(JSON.stringify(answer));
  }) as typeof window.fetch;

  const streams = new Set<EventTarget>();
  class Stream extends EventTarget {
    static readonly CLOSED = 2;
    constructor() {
      super();
      streams.add(this);
      setTimeout(() => this.dispatchEvent(new Event("open")));
    }
    close(): void {
      streams.delete(this);
    }
  }
  window.EventSource = Stream as unknown as typeof window.EventSource;
  const send = (kind: string, data: object): void => {
    for (const stream of [...streams]) stream.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: String(turn) }));
  };

  let isSeen = true;
  Object.defineProperty(document, "hidden", { get: () => !isSeen });
  const tell = async (numbers: number[]): Promise<void> => {
    ++turn;
    send("changes", { summary: summaryNow(), parameters: [], metrics: [], trials: numbers.map(trialNow), dropped: [], all_trials: size });
    const shown = `${turn.toLocaleString("en")} waiting`;
    while (streams.size > 0 && document.querySelector(".cards")?.textContent?.includes(shown) !== true) await moment();
  };
  window.feed = {
    tell,
    grow: (more) => {
      const before = size;
      size += more;
      return tell(Array.from({ length: more }, (_, i) => before + i));
    },
    again: () => send("again", {}),
    see: (seen) => {
      isSeen = seen;
      document.dispatchEvent(new Event("visibilitychange"));
    },
    listeners: () => streams.size,
  };
}

/** The page of `address`, which a real server is at: it says what its study, #study=NAME, is like at first. */
export async function openFed(page: Page, address: string, trials: number): Promise<void> {
  const name = new URL(address).hash.replace("#study=", "");
  const whole = await (await fetch(new URL(`/api/study?name=${name}`, address))).json() as Whole;
  await page.addInitScript(install, { whole, trials });
  await page.goto(address);
  await page.waitForFunction(() => window.feed.listeners() > 0);
}
