/**
 * Arithmetic on placeholder ranges: which tokens take encoder rows, and which rows a stretch of tokens takes.
 *
 * @module
 */
import type { PlaceholderRange } from "../core/generate.ts";

/**
 * Number of encoder rows that a range takes.
 *
 * @param range The range.
 * @returns The ones in its mask, or its length if it has none.
 */
export function numEmbeds({ length, isEmbed }: PlaceholderRange): number {
  return isEmbed === undefined ? length : isEmbed.reduce((sum, one) => sum + one, 0);
}

/**
 * The encoder rows that a stretch of a range takes, as when a prompt is prefilled in chunks.
 *
 * @param range The range.
 * @param start First token of the stretch, counted from the range's offset, 0 to `length`.
 * @param end Token after its last, `start` to `length`.
 * @returns First row and row after the last, of the item's rows.
 * @throws {RangeError} If the stretch is not within the range.
 */
export function embedIndicesInRange(range: PlaceholderRange, start: number, end: number): [start: number, end: number] {
  if (!(0 <= start && start <= end && end <= range.length)) {
    throw new RangeError(`Expected a stretch within 0 to ${range.length}: found ${start} to ${end}`);
  }
  if (range.isEmbed === undefined) return [start, end];
  let [before, within] = [0, 0];
  for (let at = 0; at < end; at++) {
    if (at < start) before += range.isEmbed[at];
    else within += range.isEmbed[at];
  }
  return [before, before + within];
}

/**
 * Runs of neighbouring tokens that take encoder rows.
 *
 * @param range The range.
 * @returns First and last token of each run, both in it, as positions in the prompt.
 */
export function embedRuns({ offset, length, isEmbed }: PlaceholderRange): [first: number, last: number][] {
  if (isEmbed === undefined) return length === 0 ? [] : [[offset, offset + length - 1]];
  const runs: [number, number][] = [];
  for (let at = 0; at < length; at++) {
    if (isEmbed[at] === 0) continue;
    if (at > 0 && isEmbed[at - 1] !== 0) runs[runs.length - 1][1] = offset + at;
    else runs.push([offset + at, offset + at]);
  }
  return runs;
}

/**
 * Marks the tokens of a prompt that take encoder rows.
 *
 * @param numTokens Length of the prompt.
 * @param ranges Ranges of all modalities, in any order, not overlapping.
 * @returns 1 where a token takes a row. Shape `[num_tokens]`.
 * @throws {RangeError} If a range reaches beyond the prompt.
 */
export function embedMask(numTokens: number, ranges: Iterable<PlaceholderRange>): Uint8Array {
  const mask = new Uint8Array(numTokens);
  for (const { offset, length, isEmbed } of ranges) {
    if (offset + length > numTokens) {
      throw new RangeError(
        `Expected placeholders within ${numTokens} tokens: found one that ends at ${offset + length}`,
      );
    }
    if (isEmbed === undefined) mask.fill(1, offset, offset + length);
    else mask.set(isEmbed, offset);
  }
  return mask;
}
