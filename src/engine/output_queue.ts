/**
 * A queue between one who pushes and one who iterates.
 *
 * Values that were pushed before a failure are still yielded; then the iteration throws.
 */
export class OutputQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #failure?: { error: unknown };
  #wake = () => {};

  /** Adds a value. */
  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  /** Ends the iteration with an error; only the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Yields values as they come. Ends only by a failure or by the one who iterates. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
