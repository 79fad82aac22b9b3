/**
 * Media files that break promises: cut, zeroed, of another kind than their first bytes say, with numbers in their headers
 * that no file could hold, and damaged at random.
 *
 * @module
 */
import { generator, mutateBytes } from "./mutation.ts";

/** A bad file and how it came to be. */
export interface HostileFile {
  /** What was done to it. */
  readonly name: string;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** Bytes of a header in which numbers are looked for. */
const HEADER_BYTES = 64;
/** Files with damage at random. */
const NUM_MUTATED = 24;

/**
 * Makes bad files of a good one. A few may be read all the same: damage can hit what nobody looks at.
 *
 * @param good A file that is read.
 * @param seed Of the damage at random.
 */
export function hostileFiles(good: Uint8Array, seed: number): HostileFile[] {
  const files: HostileFile[] = [];
  const add = (name: string, bytes: Uint8Array) => files.push({ name, bytes });
  for (const length of [1, 3, 4, 8, 12, 16, 27, 44]) add(`the first ${length} bytes`, good.slice(0, length));
  for (const part of [0.25, 0.5, 0.9]) add(`cut at ${part}`, good.slice(0, Math.floor(good.length * part)));
  add("cut before the last byte", good.slice(0, -1));
  add("zeros", new Uint8Array(good.length));
  for (const length of [4, 16, 40]) {
    const zeroed = good.slice();
    add(`zeros behind ${length} bytes`, zeroed.fill(0, length));
  }
  const other = good.slice();
  other[0] ^= 0x20;
  add("another first byte", other);
  for (let at = 4; at + 4 <= Math.min(HEADER_BYTES, good.length); at += 2) {
    for (const number of [[0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0x7f]]) {
      const changed = good.slice();
      changed.set(number, at);
      add(`bytes ${at} to ${at + 4} are ${number}`, changed);
    }
  }
  const below = generator(seed);
  for (let round = 0; round < NUM_MUTATED; round++) {
    let bytes = good;
    for (let times = 1 + below(4); times > 0; times--) bytes = mutateBytes(bytes, below);
    add(`damage ${round}`, bytes);
  }
  return files.filter(({ bytes }) => bytes.length > 0);
}
