import { CoreBytes, CoreHasher } from "./core.ts";
import { viewBytes } from "./region.ts";

/** Bytes that are in the core at once: they stay in the cache between copy and hash. */
const CHUNK = 1 << 16;

/**
 * BLAKE3 of bytes, 256 bits: nobody can make two contents of one hash.
 *
 * @example
 * ```ts
 * import { hashBytes } from "./hash.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = ["a", "bc"].map((text) => new TextEncoder().encode(text));
 * assertEquals(hashBytes(parts), "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
 * ```
 *
 * @param parts The bytes, in parts; where they are cut does not matter.
 * @returns 64 hexadecimal digits.
 */
export function hashBytes(parts: readonly Uint8Array[]): string {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const room = Math.min(total, CHUNK);
  using region = new CoreBytes(room);
  using hasher = new CoreHasher();
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + room - filled);
      viewBytes(region).set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < room) continue;
      hasher.update(region, filled);
      filled = 0;
    }
  }
  hasher.update(region, filled);
  return hasher.digest();
}
