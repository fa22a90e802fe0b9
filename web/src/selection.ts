// Which trials are looked at: what a brush and the filter above the table leave. All parts of the page listen.
import type { Trial } from "./data";

export class Selection {
  readonly #trials: () => Trial[];
  readonly #listeners: (() => void)[] = [];
  #brushed: ReadonlySet<number> | null = null;
  #filter: ((trial: Trial) => boolean) | null = null;
  #chosen: ReadonlySet<number> | null = null;

  /** `trials`: all there are, now and later. */
  constructor(trials: () => Trial[]) {
    this.#trials = trials;
  }

  /** null: all. */
  get chosen(): ReadonlySet<number> | null {
    return this.#chosen;
  }

  get isBrushed(): boolean {
    return this.#brushed !== null;
  }

  /** null: all. */
  brush(numbers: Iterable<number> | null): void {
    this.#brushed = numbers === null ? null : new Set(numbers);
    this.#choose();
  }

  /** Holds for trials that come later, too. null: all. */
  filter(holds: ((trial: Trial) => boolean) | null): void {
    this.#filter = holds;
    this.#choose();
  }

  clear(): void {
    this.#brushed = null;
    this.#filter = null;
    this.#choose();
  }

  /** There are other trials by now. Nobody is told. */
  refresh(): void {
    const [brushed, filter] = [this.#brushed, this.#filter];
    this.#chosen = brushed === null && filter === null ? null : new Set(
      this.#trials().filter((trial) => (brushed === null || brushed.has(trial.number)) && (filter === null || filter(trial))).map((trial) => trial.number));
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #choose(): void {
    this.refresh();
    for (const listener of this.#listeners) listener();
  }
}
