/** Bytes that an entry costs beside its value: its key, and what the map keeps of it. */
export const ENTRY_BYTES = 256;

/**
 * A map of limited size: when it is full, what was used longest ago goes. A value larger than the whole is not taken.
 *
 * @example
 * ```ts
 * import { ByteLru, ENTRY_BYTES } from "./byte_lru.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lru = new ByteLru<string>(2 * (ENTRY_BYTES + 10));
 * lru.set("a", "first", 10);
 * lru.set("b", "second", 10);
 * lru.get("a");
 * lru.set("c", "third", 10);
 * assertEquals([lru.get("a"), lru.get("b"), lru.get("c")], ["first", undefined, "third"]);
 * ```
 */
export class ByteLru<Value> {
  /** Oldest use first. */
  readonly #entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  #bytes = 0;
  /** Most bytes held. */
  readonly capacity: number;

  /** Starts empty. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries held. */
  get size(): number {
    return this.#entries.size;
  }

  /** Finds a value; it then counts as used last. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * Keeps a value, in place of an older one of this key.
   *
   * @param bytes Its size.
   */
  set(key: string, value: Value, bytes: number): void {
    const cost = bytes + ENTRY_BYTES;
    this.#remove(key);
    if (cost > this.capacity) return;
    this.#entries.set(key, { value, bytes: cost });
    this.#bytes += cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.capacity) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
