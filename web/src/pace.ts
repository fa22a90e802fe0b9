// Work that is done again and again while a study goes on, and how seldom: what it took says when it may be done again.

// Of the time, each kind of such work takes at most one part in so many; a twentieth with what is not seen from here:
// painting, and collecting garbage, come to half as much again.
const share = 30;

export class Pace {
  #took = 0;
  #ended = -Infinity;

  do(work: () => void): void {
    const begun = performance.now();
    try {
      work();
    } finally {
      this.#ended = performance.now();
      this.#took = this.#ended - begun;
    }
  }

  /** Milliseconds until it may be done again; at least so many. */
  rest(shortest: number): number {
    return Math.max(shortest, this.#ended + (share - 1) * this.#took - performance.now());
  }
}
