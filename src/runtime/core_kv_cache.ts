import { ContextLengthError } from "../core/errors.ts";
import { type CacheLayer, PANEL } from "../graph/mod.ts";
import type { KvCache } from "./backend.ts";
import type { CoreMemory } from "./core_memory.ts";

/** Tokens for which a new sequence gets room; more is taken as it grows. */
const INITIAL_CAPACITY = 256;

/** Keys and values of one layer, in the panels of `crates/kernels/src/cache.rs`. */
interface LayerPanels {
  readonly layer: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  keys: number;
  values: number;
}

/** Keys and values of one sequence in the memory of the kernels; a step appends in place. */
export class CoreKvCache implements KvCache {
  /** Tokens held. */
  length = 0;
  readonly capacity: number;
  readonly #memory: CoreMemory;
  readonly #layers: LayerPanels[];
  /** Tokens for which there is room. */
  #allocated = 0;

  /** Starts empty. */
  constructor(memory: CoreMemory, layers: readonly CacheLayer[], capacity: number) {
    this.#memory = memory;
    this.capacity = capacity;
    this.#layers = layers.map((layer) => ({ ...layer, keys: 0, values: 0 }));
    this.#allocate(Math.min(capacity, INITIAL_CAPACITY));
  }

  /**
   * Makes room for more tokens.
   *
   * @throws {ContextLengthError} If they are more than the capacity.
   * @throws {DeviceMemoryError} If there is no memory for them; the cache is as it was.
   */
  reserve(numTokens: number): void {
    const total = this.length + numTokens;
    if (total > this.capacity) {
      throw new ContextLengthError(`Expected at most ${this.capacity} tokens in the KV cache: found ${total}`);
    }
    if (total > this.#allocated) this.#allocate(Math.min(this.capacity, Math.max(total, 2 * this.#allocated)));
  }

  /** What the slots of a plan are filled with for a run over `numTokens` more tokens of sequence `b`. */
  slots(b: number, numTokens: number): Record<string, number> {
    return Object.fromEntries([
      ...this.#layers.flatMap((
        { layer, keys, values },
      ) => [[`keys.${layer}.${b}`, keys], [`values.${layer}.${b}`, values]]),
      [`capacity.${b}`, this.#allocated],
      [`start.${b}`, this.length],
      [`numKeys.${b}`, this.length + numTokens],
    ]);
  }

  /** Copies a layer's keys or values from or to rows `[numKvHeads, numTokens, headDim]`. */
  *elements(layer: number, kind: "key" | "value", numTokens: number): Generator<number> {
    const { numKvHeads, headDim, keys, values } = this.#layers.find((own) => own.layer === layer)!;
    for (let head = 0; head < numKvHeads; head++) {
      for (let position = 0; position < numTokens; position++) {
        for (let i = 0; i < headDim; i++) {
          const at = head * this.#allocated * headDim +
            (kind === "key"
              ? Math.floor(position / PANEL) * headDim * PANEL + i * PANEL + position % PANEL
              : (Math.floor(i / PANEL) * this.#allocated + position) * PANEL + i % PANEL);
          yield (kind === "key" ? keys : values) / 4 + at;
        }
      }
    }
  }

  /** New panels, rounded up to whole ones; what the old ones hold is copied. */
  #allocate(wanted: number): void {
    const capacity = Math.ceil(Math.max(wanted, 1) / PANEL) * PANEL;
    const old = this.#allocated;
    const taken = this.#take(capacity);
    for (const [index, panels] of this.#layers.entries()) {
      const { numKvHeads, headDim, keys, values } = panels;
      [panels.keys, panels.values] = [taken[2 * index], taken[2 * index + 1]];
      if (old === 0) continue;
      const floats = this.#memory.floats;
      const used = Math.ceil(this.length / PANEL) * PANEL;
      for (let head = 0; head < numKvHeads; head++) {
        const [from, to] = [old, capacity].map((tokens) => head * tokens * headDim);
        floats.copyWithin(panels.keys / 4 + to, keys / 4 + from, keys / 4 + from + used * headDim);
        for (let i = 0; i < headDim; i += PANEL) {
          const source = values / 4 + from + i * old;
          floats.copyWithin(panels.values / 4 + to + i * capacity, source, source + used * PANEL);
        }
      }
      this.#memory.free(keys);
      this.#memory.free(values);
    }
    this.#allocated = capacity;
  }

  /** Memory for the keys and values of each layer: all of it, or none and an error. */
  #take(capacity: number): number[] {
    const taken: number[] = [];
    try {
      for (const { numKvHeads, headDim } of this.#layers) {
        for (let kind = 0; kind < 2; kind++) taken.push(this.#memory.allocate(numKvHeads * capacity * headDim * 4));
      }
      return taken;
    } catch (error) {
      for (const at of taken) this.#memory.free(at);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const { keys, values } of this.#layers.splice(0)) {
      this.#memory.free(keys);
      this.#memory.free(values);
    }
    this.#allocated = 0;
  }
}
