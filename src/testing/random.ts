/** A repeatable source of numbers for checks. */
export interface Random {
  /** A number from 0 to 1, 1 left out. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** A whole number from `low` (at least 1) to `high`; each order of magnitude is equally likely. */
  magnitude(low: number, high: number): number;
}

/**
 * Makes a source of numbers that is the same for the same seed.
 *
 * Source: Mulberry32, a 32-bit counter through a mixing function.
 *
 * @example
 * ```ts
 * import { createRandom } from "./random.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(createRandom(7).integer(1, 1000), createRandom(7).integer(1, 1000));
 * ```
 *
 * @param seed Any number; its lower 32 bits count.
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    magnitude: (low, high) => Math.round(low * (high / low) ** next()),
  };
}
