// A study that is watched: read once, then brought up to date by what changes, and shown (coordinator/dashboard.h).
//
// What it costs is what changed, where that can be. What is of all trials (their order in the table, plots) is done the
// more seldom the longer it takes, so that a page uses at most a tenth of a core, and what the server's events take.
// It holds the trials that the server keeps, however long it is open. A page that nobody sees neither listens nor draws.
import type { Actions } from "./actions";
import { type Parameter, type PlotData, type Study, type Trial, placeOf } from "./data";
import { Pace } from "./pace";
import { askText } from "./server";
import { StudyView } from "./study_view";

// Milliseconds, at least.
const tryAgainAfter = 3000;
const plotsAfter = 2000;
const showAfter = 1000;

interface Whole extends Study {
  position: number;
  plots_position: number;
}

interface Changes {
  summary: Partial<Study>;
  parameters: Parameter[];
  metrics: string[];
  trials: Trial[];
  dropped: number[];
  all_trials: number;
}

interface Plots {
  position: number;
  /** Those that are others than before. */
  plots: Record<string, PlotData>;
}

type Timer = ReturnType<typeof setTimeout>;

/** Brings the study up to date. */
function take(study: Study, changes: Changes): void {
  Object.assign(study, changes.summary, { all_trials: changes.all_trials });
  if (changes.dropped.length > 0) {
    const dropped = new Set(changes.dropped);
    study.trials = study.trials.filter((trial) => !dropped.has(trial.number));
  }
  for (const trial of changes.trials) {
    const at = placeOf(study.trials, trial.number);
    study.trials.splice(at, study.trials[at]?.number === trial.number ? 1 : 0, trial);
  }
  study.parameters.push(...changes.parameters.filter((one) => !study.parameters.some(({ name }) => name === one.name)));
  study.metrics.push(...changes.metrics.filter((name) => !study.metrics.includes(name)));
}

function sayHowMany(study: Study): void {
  const [shown, all] = [study.trials.length, study.all_trials ?? 0];
  study.notes = shown < all ? [`This page shows ${shown.toLocaleString("en")} of ${all.toLocaleString("en")} trials, spread over all of them, the best among them: plots and table are of these, counts of all.`] : [];
}

/** Until it is closed. */
export class Watch {
  readonly #status: HTMLElement;
  readonly #holder: HTMLElement;
  readonly #query: string;
  readonly #actions: Actions;
  #study: Study | undefined;
  #view: StudyView | undefined;
  #events: EventSource | undefined;
  #beginSoon: Timer | undefined;
  #showSoon: Timer | undefined;
  #plotsSoon: Timer | undefined;
  readonly #wholePace = new Pace();
  readonly #showPace = new Pace();
  readonly #plotsPace = new Pace();
  /** Of what is known of the trials, and of the plots. */
  #position = 0;
  #plotsPosition = 0;
  /** What is not shown yet; null: any trial may be another. */
  #changed: Map<number, Trial> | null = new Map();
  /** Counts beginnings and ends: an answer to what was asked before the last one comes too late. */
  #generation = 0;
  #state: "begins" | "listens" | "is over" = "begins";
  readonly #seenOrNot = (): void => {
    if (document.hidden) this.#rest();
    else if (this.#state === "begins") void this.#begin();
    else if (this.#state === "listens") this.#listen();
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
    this.#stop("is over");
    this.#view?.dispose();
    document.removeEventListener("visibilitychange", this.#seenOrNot);
  }

  draw(): void {
    this.#view?.draw();
  }

  actionsChanged(): void {
    this.#view?.actionsChanged();
  }

  #rest(): void {
    this.#events?.close();
    for (const timer of [this.#beginSoon, this.#showSoon, this.#plotsSoon]) clearTimeout(timer);
    this.#beginSoon = this.#showSoon = this.#plotsSoon = undefined;
  }

  #stop(state: "begins" | "is over"): void {
    ++this.#generation;
    this.#state = state;
    this.#rest();
  }

  async #begin(): Promise<void> {
    this.#stop("begins");
    if (document.hidden) return;
    const generation = this.#generation;
    // A large study takes a while.
    if (this.#study === undefined && this.#status.textContent === "") this.#status.textContent = "reading…";
    try {
      const whole = await askText(`/api/study?${this.#query}`);
      if (generation !== this.#generation || document.hidden) return;
      this.#wholePace.do(() => this.#show(JSON.parse(whole) as Whole));
      this.#state = "listens";
      this.#listen();
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#status.textContent = `cannot show the study: ${(error as Error).message}`;
      this.#beginAgain(tryAgainAfter);
    }
  }

  #beginAgain(after: number): void {
    this.#beginSoon ??= setTimeout(() => void this.#begin(), this.#wholePace.rest(after));
  }

  #show(whole: Whole): void {
    document.title = `${whole.name} · Parzen`;
    this.#status.textContent = "live";
    sayHowMany(whole);
    this.#position = whole.position;
    this.#plotsPosition = whole.plots_position;
    // What was chosen in the study stays, unless it is another one of that name.
    if (this.#study !== undefined && this.#view !== undefined && this.#study.started === whole.started) {
      Object.assign(this.#study, whole);
      this.#changed = null;
      this.#showChanges();
      this.#view.plotsChanged(Object.keys(whole.plots));
      return;
    }
    this.#study = whole;
    this.#changed = new Map();
    this.#view?.dispose();
    this.#view = new StudyView(whole, this.#actions);
    this.#holder.replaceChildren(this.#view.element);
    this.#view.draw();
  }

  #listen(): void {
    this.#rest();
    const events = new EventSource(`/api/study/events?${this.#query}&after=${this.#position}`);
    this.#events = events;
    events.addEventListener("open", () => (this.#status.textContent = "live"));
    events.addEventListener("error", () => {
      this.#status.textContent = "the server does not answer; trying again";
      // One that was refused is not tried again by the browser.
      if (events.readyState === EventSource.CLOSED) this.#beginAgain(tryAgainAfter);
    });
    events.addEventListener("again", () => this.#beginAgain(0));
    events.addEventListener("gone", () => {
      this.#stop("is over");
      this.#status.textContent = "the study was deleted";
    });
    events.addEventListener("changes", (event: MessageEvent<string>) => this.#take(JSON.parse(event.data) as Changes, Number(event.lastEventId)));
    this.#showLater();
    this.#plotsLater();
  }

  #take(changes: Changes, position: number): void {
    const study = this.#study;
    if (study === undefined) return;
    take(study, changes);
    sayHowMany(study);
    this.#position = position;
    if (changes.dropped.length > 0) this.#changed = null;
    for (const trial of changes.trials) this.#changed?.set(trial.number, trial);
    this.#showLater();
    this.#plotsLater();
  }

  #showLater(): void {
    this.#showSoon ??= setTimeout(() => {
      this.#showSoon = undefined;
      this.#showPace.do(() => this.#showChanges());
    }, this.#showPace.rest(showAfter));
  }

  #showChanges(): void {
    const changed = this.#changed === null ? null : [...this.#changed.values()];
    this.#changed = new Map();
    this.#view?.trialsChanged(changed);
    // What the browser lays out is a part of it.
    this.#holder.getBoundingClientRect();
  }

  #plotsLater(): void {
    this.#plotsSoon ??= setTimeout(() => {
      this.#plotsSoon = undefined;
      void this.#readPlots();
    }, this.#plotsPace.rest(plotsAfter));
  }

  // The server makes plots as often as it thinks right: until they are of now, they are asked for again.
  async #readPlots(): Promise<void> {
    if (this.#plotsPosition >= this.#position) return;
    const generation = this.#generation;
    try {
      const text = await askText(`/api/study/plots?${this.#query}&after=${this.#plotsPosition}`);
      if (generation !== this.#generation || document.hidden) return;
      this.#plotsPace.do(() => this.#showPlots(JSON.parse(text) as Plots));
      if (this.#plotsPosition >= this.#position) return;
    } catch {
      if (generation !== this.#generation || document.hidden) return;
    }
    this.#plotsLater();
  }

  #showPlots(read: Plots): void {
    const study = this.#study;
    if (study === undefined) return;
    this.#plotsPosition = read.position;
    Object.assign(study.plots, read.plots);
    this.#view?.plotsChanged(Object.keys(read.plots));
    this.#holder.getBoundingClientRect();
  }
}
