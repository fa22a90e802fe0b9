// Which trials are looked at: what a brush and the filter above the table leave. All parts of the page listen.
import type { Trial } from "./data";

export class Selection {
  readonly #trials: () => Trial[];
  readonly #listeners: (() => void)[] = [];
  #brushed: ReadonlySet<number> | null = null;
  #filter: ((trial: Trial) => boolean) | null = null;
  #chosen: Set<number> | null = null;

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

  /** These trials are new, or others than before; null: any may be. Nobody is told. */
  refresh(changed: Trial[] | null): void {
    const [brushed, filter] = [this.#brushed, this.#filter];
    if (brushed === null && filter === null) {
      this.#chosen = null;
      return;
    }
    if (changed === null || this.#chosen === null) this.#chosen = new Set();
    for (const trial of changed ?? this.#trials()) {
      if ((brushed === null || brushed.has(trial.number)) && (filter === null || filter(trial))) this.#chosen.add(trial.number);
      else this.#chosen.delete(trial.number);
    }
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #choose(): void {
    this.refresh(null);
    for (const listener of this.#listeners) listener();
  }
}
