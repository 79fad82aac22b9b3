/**
 * Arithmetic on placeholder ranges: which tokens take encoder rows, and how many.
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
