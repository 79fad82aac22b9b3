import type { PlaceholderRange } from "../core/generate.ts";
import { checkShape, type Tensor } from "../core/tensor.ts";
import { embedRuns, numEmbeds } from "./placeholder.ts";

/**
 * Writes encoder rows over the placeholder positions of text embeddings, in place.
 *
 * The engine itself looks embeddings up and merges in one pass of the core; this is for embeddings that are at hand.
 *
 * @example
 * ```ts
 * import { mergeEmbeddings } from "./merge_embeddings.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const embeds = { type: "float32", dims: [3, 2], data: Float32Array.of(1, 1, 0, 0, 3, 3) } as const;
 * const rows = { type: "float32", dims: [1, 2], data: Float32Array.of(7, 8) } as const;
 * mergeEmbeddings(embeds, rows, [{ itemIndex: 0, offset: 1, length: 1 }]);
 * assertEquals([...embeds.data], [1, 1, 7, 8, 3, 3]);
 * ```
 *
 * @param embeds Text embeddings, float32. Shape `[num_tokens, hidden_size]`.
 * @param rows Encoder output, float32, in the order of the ranges. Shape `[num_rows, hidden_size]`.
 * @param ranges Placeholders, not overlapping, in tokens from the start of `embeds`.
 * @returns `embeds`.
 * @throws {ShapeError} If widths differ, or `num_rows` is not the number of embed positions in `ranges`.
 * @throws {TypeError} If a tensor is not float32.
 * @throws {RangeError} If a range reaches beyond `embeds`.
 */
export function mergeEmbeddings(embeds: Tensor, rows: Tensor, ranges: readonly PlaceholderRange[]): Tensor {
  const { num_tokens, hidden_size } = checkShape("embeds", embeds.dims, ["num_tokens", "hidden_size"]);
  const numRows = ranges.reduce((sum, range) => sum + numEmbeds(range), 0);
  checkShape("rows", rows.dims, [numRows, hidden_size]);
  for (const { type } of [embeds, rows]) {
    if (type !== "float32") throw new TypeError(`Expected embeddings in float32: found ${type}`);
  }
  const beyond = ranges.find(({ offset, length }) => offset < 0 || offset + length > num_tokens);
  if (beyond) {
    throw new RangeError(
      `Expected placeholders within ${num_tokens} tokens: found ${beyond.offset} to ${beyond.offset + beyond.length}`,
    );
  }
  let row = 0;
  for (const [first, last] of ranges.flatMap(embedRuns)) {
    const count = last - first + 1;
    const part = (rows.data as Float32Array).subarray(row * hidden_size, (row + count) * hidden_size);
    (embeds.data as Float32Array).set(part, first * hidden_size);
    row += count;
  }
  return embeds;
}
