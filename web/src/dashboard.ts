// The dashboard: studies as they go on, from the server that sent the page (coordinator/dashboard.h).
import { Actions } from "./actions";
import { comparison } from "./comparison";
import type { Parameter, PlotData, Study, Trial } from "./data";
import { button, element, keepFocus } from "./dom";
import { closeForms } from "./form_dialog";
import { StudyView } from "./study_view";
import { onThemeChange } from "./theme";
import { takeToken } from "./token";
import { type Worker, workersCard } from "./workers";

// As the server keeps them.
const mostTrials = 20000;
// Milliseconds.
const listEvery = 3000;
const plotsEvery = 2000;
const showEvery = 1000;

interface Changes {
  summary: Partial<Study>;
  parameters: Parameter[];
  metrics: string[];
  trials: Trial[];
  all_trials: number;
}

async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error((answer as { error?: string }).error ?? response.statusText);
  return answer as Answer;
}

function merge(trials: Trial[], changed: Trial[], best: ReadonlySet<number>): Trial[] {
  const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
  for (const trial of changed) byNumber.set(trial.number, trial);
  const all = [...byNumber.values()].sort((a, b) => a.number - b.number);
  if (all.length <= mostTrials) return all;
  return all.filter((trial, i) => i % 2 === 0 || best.has(trial.number) || trial.state === "RUNNING" || trial.state === "WAITING");
}

/** The best trial, or those on the front. */
function bestOf(study: Study): ReadonlySet<number> {
  const front = study.plots["pareto_front"]?.tables[0]?.rows.filter((row) => row[1] === true).map((row) => Number(row[0])) ?? [];
  return new Set(study.best === null ? front : [study.best.number]);
}

/** A study that is watched, until it is closed. A page that nobody sees does not listen. */
class Watch {
  readonly #status: HTMLElement;
  readonly #holder: HTMLElement;
  readonly #query: string;
  readonly #actions: Actions;
  #study: Study | undefined;
  #view: StudyView | undefined;
  #events: EventSource | undefined;
  #tryAgain: ReturnType<typeof setTimeout> | undefined;
  #showSoon: ReturnType<typeof setTimeout> | undefined;
  #plotsSoon: ReturnType<typeof setTimeout> | undefined;
  /** Of what is known of the trials, and of the plots. */
  #position = 0;
  #plotsPosition = 0;
  /** Counts beginnings and ends: an answer to what was asked before the last one comes too late. */
  #generation = 0;
  #isListening = false;
  readonly #seenOrNot = (): void => {
    if (!this.#isListening) return;
    if (document.hidden) this.#events?.close();
    else this.#listen();
  };

  constructor(name: string, holder: HTMLElement, status: HTMLElement, actions: Actions) {
    this.#actions = actions;
    this.#query = `name=${encodeURIComponent(name)}`;
    this.#holder = holder;
    this.#status = status;
    document.addEventListener("visibilitychange", this.#seenOrNot);
    void this.#begin();
  }

  close(): void {
    this.#stop();
    this.#view?.dispose();
    document.removeEventListener("visibilitychange", this.#seenOrNot);
  }

  draw(): void {
    this.#view?.draw();
  }

  actionsChanged(): void {
    this.#view?.actionsChanged();
  }

  #stop(): void {
    ++this.#generation;
    this.#isListening = false;
    this.#events?.close();
    for (const timer of [this.#tryAgain, this.#showSoon, this.#plotsSoon]) clearTimeout(timer);
    this.#tryAgain = this.#showSoon = this.#plotsSoon = undefined;
  }

  async #begin(): Promise<void> {
    this.#stop();
    const generation = this.#generation;
    try {
      const whole = await ask<Study & { position: number }>(`/api/study?${this.#query}`);
      if (generation === this.#generation) this.#show(whole);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#status.textContent = `cannot show the study: ${(error as Error).message}`;
      this.#tryAgain = setTimeout(() => void this.#begin(), listEvery);
    }
  }

  #show(whole: Study & { position: number }): void {
    document.title = `${whole.name} · Parzen`;
    this.#study = whole;
    this.#position = whole.position;
    this.#plotsPosition = 0;
    this.#sayHowMany();
    this.#view?.dispose();
    this.#view = new StudyView(whole, this.#actions);
    this.#holder.replaceChildren(this.#view.element);
    this.#view.draw();
    this.#status.textContent = "live";
    this.#isListening = true;
    if (!document.hidden) this.#listen();
    this.#plotsSoon = setTimeout(() => void this.#readPlots(), plotsEvery);
  }

  #listen(): void {
    this.#events?.close();
    const events = new EventSource(`/api/study/events?${this.#query}&after=${this.#position}`);
    this.#events = events;
    events.addEventListener("open", () => (this.#status.textContent = "live"));
    events.addEventListener("error", () => {
      this.#status.textContent = "the server does not answer; trying again";
      // One that was refused is not tried again by the browser.
      if (events.readyState === EventSource.CLOSED && this.#isListening) this.#tryAgain ??= setTimeout(() => void this.#begin(), listEvery);
    });
    events.addEventListener("again", () => void this.#begin());
    events.addEventListener("gone", () => {
      this.#stop();
      this.#status.textContent = "the study was deleted";
    });
    events.addEventListener("changes", (event: MessageEvent<string>) => this.#take(JSON.parse(event.data) as Changes, Number(event.lastEventId)));
  }

  #take(changes: Changes, position: number): void {
    const study = this.#study;
    if (study === undefined) return;
    Object.assign(study, changes.summary);
    study.trials = merge(study.trials, changes.trials, bestOf(study));
    study.all_trials = changes.all_trials;
    study.parameters.push(...changes.parameters.filter((one) => !study.parameters.some(({ name }) => name === one.name)));
    study.metrics.push(...changes.metrics.filter((name) => !study.metrics.includes(name)));
    this.#sayHowMany();
    this.#position = position;
    this.#showSoon ??= setTimeout(() => {
      this.#showSoon = undefined;
      this.#view?.trialsChanged();
    }, showEvery);
    this.#plotsSoon ??= setTimeout(() => void this.#readPlots(), plotsEvery);
  }

  #sayHowMany(): void {
    const study = this.#study;
    if (study === undefined) return;
    const [shown, all] = [study.trials.length, study.all_trials ?? 0];
    study.notes = shown < all ? [`${shown.toLocaleString("en")} of ${all.toLocaleString("en")} trials are shown`] : [];
  }

  // The server makes plots as often as it thinks right: until they are of now, they are asked for again.
  async #readPlots(): Promise<void> {
    this.#plotsSoon = undefined;
    const generation = this.#generation;
    try {
      const read = await ask<{ position: number; plots: Record<string, PlotData> }>(`/api/study/plots?${this.#query}`);
      if (generation !== this.#generation || this.#study === undefined) return;
      if (read.position !== this.#plotsPosition) {
        this.#plotsPosition = read.position;
        this.#study.plots = read.plots;
        this.#view?.plotsChanged();
      }
      if (read.position >= this.#position) return;
    } catch {
      if (generation !== this.#generation) return;
    }
    this.#plotsSoon ??= setTimeout(() => void this.#readPlots(), plotsEvery);
  }
}

/** The study that the address names; undefined where it names none. */
function chosenStudy(): string | undefined {
  const name = /^#study=(.*)$/.exec(location.hash)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined; // no address of ours
  }
}

export function showDashboard(page: HTMLElement): void {
  const status = element("span", { class: "note", role: "status", id: "live" });
  const back = button("All studies", () => (location.hash = ""), { class: "link" });
  const holder = element("div");
  const actions = new Actions();
  const workers = workersCard(actions, () => void listWorkers());
  page.replaceChildren(element("nav", { class: "card-head", "aria-label": "Studies" }, back, status, actions.element), holder, workers.element, element("footer", {}, "Parzen. All times are UTC."));
  let watch: Watch | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let listed = "";

  function showList(studies: Study[]): void {
    const now = JSON.stringify(studies);
    if (now === listed) return;
    listed = now;
    status.textContent = studies.length === 0 ? "There is no study yet." : "";
    keepFocus(holder, () => holder.replaceChildren(studies.length === 0 ? "" : comparison(studies, (study) => (location.hash = `study=${encodeURIComponent(study.name)}`))));
  }

  // Counts choices, as in Watch.
  let generation = 0;
  async function listWorkers(): Promise<void> {
    const asked = generation;
    const connected = await ask<Worker[]>("/api/workers").catch(() => []);
    if (asked === generation) workers.show(connected);
  }

  async function list(): Promise<void> {
    const asked = generation;
    void listWorkers();
    try {
      const studies = (await ask<Study[]>("/api/studies")).map((study) => ({ ...study, trials: [], plots: {}, parameters: [], metrics: [], notes: [] }));
      if (asked !== generation) return;
      document.title = "Studies · Parzen";
      showList(studies);
    } catch (error) {
      if (asked !== generation) return;
      listed = "";
      status.textContent = `cannot read the studies: ${(error as Error).message}`;
    }
    timer = setTimeout(() => void list(), listEvery);
  }

  function choose(): void {
    ++generation;
    watch?.close();
    watch = undefined;
    listed = "";
    clearTimeout(timer);
    const name = chosenStudy();
    back.hidden = name === undefined;
    workers.show([]);
    closeForms();
    void actions.check();
    if (name === undefined) void list();
    else watch = new Watch(name, holder, status, actions);
  }

  takeToken();
  addEventListener("hashchange", () => {
    takeToken();
    choose();
  });
  actions.onChange(() => {
    watch?.actionsChanged();
    workers.draw();
  });
  onThemeChange(() => watch?.draw());
  choose();
}
