/**
 * Positions of a prompt for M-RoPE: text counts up on all axes; an item spreads over frames, rows and columns.
 *
 * Source: "Qwen2-VL", arXiv 2409.12191; transformers `Qwen2VLModel.get_rope_index`.
 *
 * @module
 */
import { AdapterError } from "../core/errors.ts";
import type { PlaceholderRange } from "../core/generate.ts";

/** Rows of an item as a grid. */
export interface RowGrid {
  /** Frames; 1 for a picture. */
  readonly frames: number;
  /** Rows of cells, each a row of the encoder. */
  readonly rows: number;
  /** Columns of cells. */
  readonly columns: number;
}

/** An item in the prompt. */
export interface GridItem {
  /** Its tokens, `frames * rows * columns` of them. */
  readonly range: Pick<PlaceholderRange, "offset" | "length">;
  /** How they lie. */
  readonly grid: RowGrid;
}

/** Positions of a prompt, and how they go on. */
export interface MropePositions {
  /** Frame, row and column of each token. Shape `[3 * num_tokens]`, axis after axis. */
  readonly positionIds: Int32Array;
  /** Position of a generated token minus its index in the sequence. */
  readonly positionDelta: number;
}

/**
 * Gives every token its position. An item begins at the next position `p`: its frames count from `p`, its rows from `p` and
 * its columns from `p`; the text behind it begins at `p` plus the longer of its sides.
 *
 * @example
 * ```ts
 * import { mropePositions } from "./mrope_positions.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const item = { range: { offset: 2, length: 4 }, grid: { frames: 1, rows: 2, columns: 2 } };
 * const { positionIds, positionDelta } = mropePositions(7, [item]);
 * assertEquals([...positionIds.subarray(7, 14)], [0, 1, 2, 2, 3, 3, 4]); // rows
 * assertEquals([...positionIds.subarray(14, 21)], [0, 1, 2, 3, 2, 3, 4]); // columns
 * assertEquals(positionDelta, -2);
 * ```
 *
 * @param numTokens Length of the prompt.
 * @param items In any order.
 * @throws {AdapterError} If an item has another number of tokens than its grid has cells.
 */
export function mropePositions(numTokens: number, items: readonly GridItem[]): MropePositions {
  const positionIds = new Int32Array(3 * numTokens);
  const set = (token: number, position: readonly number[]) =>
    position.forEach((place, axis) => positionIds[axis * numTokens + token] = place);
  let [token, next] = [0, 0];
  const text = (end: number) => {
    for (; token < end; token++, next++) set(token, [next, next, next]);
  };
  for (const { range, grid } of [...items].sort((a, b) => a.range.offset - b.range.offset)) {
    const { frames, rows, columns } = grid;
    if (range.length !== frames * rows * columns) {
      throw new AdapterError(
        `Expected an item of ${frames} x ${rows} x ${columns} cells to have as many tokens: found ${range.length}`,
      );
    }
    text(range.offset);
    for (let cell = 0; cell < range.length; cell++, token++) {
      const inFrame = cell % (rows * columns);
      const frame = Math.floor(cell / (rows * columns));
      set(token, [next + frame, next + Math.floor(inFrame / columns), next + inFrame % columns]);
    }
    next += Math.max(rows, columns);
  }
  text(numTokens);
  const last = positionIds.reduce((most, position) => Math.max(most, position), -1);
  return { positionIds, positionDelta: last + 1 - numTokens };
}
