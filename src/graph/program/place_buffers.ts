import type { PlannedBuffer } from "./plan.ts";

/** Bytes to which buffers are aligned: a cache line. */
const ALIGNMENT = 64;

/**
 * Gives buffers places so that no two that are in use at the same time overlap: first fit, in the order of their first use.
 *
 * @param sizes Bytes of each buffer.
 * @param first Phase of each buffer's first use.
 * @param last Phase of its last use.
 * @returns Places, and the bytes that all of them need.
 */
export function placeBuffers(
  sizes: readonly number[],
  first: ReadonlyMap<number, number>,
  last: ReadonlyMap<number, number>,
): { buffers: PlannedBuffer[]; arenaBytes: number } {
  const order = sizes.map((_, buffer) => buffer).sort((a, b) => (first.get(a) ?? 0) - (first.get(b) ?? 0));
  const buffers: PlannedBuffer[] = Array(sizes.length);
  let live: { start: number; end: number; until: number }[] = [];
  let arenaBytes = 0;
  for (const buffer of order) {
    const size = Math.ceil(Math.max(sizes[buffer], 4) / ALIGNMENT) * ALIGNMENT;
    const from = first.get(buffer) ?? 0;
    live = live.filter(({ until }) => until >= from);
    let at = 0;
    let place = 0;
    for (; place < live.length && live[place].start - at < size; place++) at = live[place].end;
    live.splice(place, 0, { start: at, end: at + size, until: last.get(buffer) ?? from });
    buffers[buffer] = { byteLength: sizes[buffer], offset: at };
    arenaBytes = Math.max(arenaBytes, at + size);
  }
  return { buffers, arenaBytes };
}
