/** Measures the parts of a start. */
export class Stopwatch {
  /** Milliseconds of each part, in order, rounded. */
  readonly laps: Record<string, number> = {};
  readonly #now: () => number;
  #last: number;

  /**
   * Starts at once, or with an earlier moment.
   *
   * @param start Of the first part, on the same clock.
   */
  constructor(start?: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = start ?? now();
  }

  /** Ends a part and begins the next. */
  lap(name: string): void {
    const now = this.#now();
    this.laps[name] = Math.round(now - this.#last);
    this.#last = now;
  }
}
