/** Measures the parts of a start. */
export class Stopwatch {
  /** Milliseconds of each part, in order, rounded. */
  readonly laps: Record<string, number> = {};
  readonly #now: () => number;
  #last: number;

  /** Starts at once. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = now();
  }

  /** Ends a part and begins the next. */
  lap(name: string): void {
    const now = this.#now();
    this.laps[name] = Math.round(now - this.#last);
    this.#last = now;
  }
}
