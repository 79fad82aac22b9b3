/**
 * Multimodal rotary positions (M-RoPE): a token has a position on several axes (frame, row, column), and each section of the
 * pairs turns by its own axis.
 *
 * Source: "Qwen2-VL", arXiv 2409.12191; transformers `Qwen2VLRotaryEmbedding`.
 *
 * @module
 */

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { concat } from "../ops/concat.ts";
import { gatherRows } from "../ops/gather.ts";
import { reshape } from "../ops/reshape.ts";
import { slice } from "../ops/slice.ts";
import { type RopeParameters, ropeTable } from "../rope.ts";

/** Axes of a position: frame, row, column. */
export const MROPE_AXES = 3;

/** Settings of {@linkcode mropeTables}. */
export interface MropeSettings {
  /** Pairs of each section, `headDim / 2` in all; section `i` turns by axis `i % 3`. */
  readonly sections: readonly number[];
  /** Frequencies, the same on every axis. */
  readonly rope: RopeParameters;
  /** Largest position plus 1. */
  readonly maxPositions: number;
}

/**
 * Appends cosines and sines for the input `position_ids` `int64` `[3, batch, num_tokens]`, which it declares. Made once, they
 * serve all layers.
 *
 * @param g The graph.
 * @param settings Sections, frequencies, positions.
 * @returns `cos` and `sin`, `float` `[batch, num_tokens, half]`.
 */
export function mropeTables(g: GraphBuilder, settings: MropeSettings): { readonly cos: Value; readonly sin: Value } {
  const { sections, rope, maxPositions } = settings;
  const half = sections.reduce((sum, pairs) => sum + pairs, 0);
  const ids = g.input("position_ids", "int64", [MROPE_AXES, "batch", "num_tokens"]);
  // Cosines and sines of a position lie in one row, so that one look-up finds both.
  const [cosines, sines] = (["cos", "sin"] as const).map((kind) => ropeTable(kind, rope, 2 * half, maxPositions));
  const data = new Float32Array(2 * cosines.length);
  for (let row = 0; row < maxPositions; row++) {
    data.set(cosines.subarray(row * half, (row + 1) * half), 2 * row * half);
    data.set(sines.subarray(row * half, (row + 1) * half), (2 * row + 1) * half);
  }
  const table = g.weight({
    name: "mrope.table",
    shape: [maxPositions, 2, half],
    source: { kind: "constant", data },
  });
  const angles = gatherRows(g, table, ids);
  let start = 0;
  const parts = sections.map((pairs, section) => {
    const axis = section % MROPE_AXES;
    const ofAxis = slice(g, angles, { axis: 0, start: axis, end: axis + 1 });
    return slice(g, ofAxis, { axis: 4, start, end: start += pairs });
  });
  const joined = concat(g, parts, 4);
  const [cos, sin] = [0, 1].map((kind) =>
    reshape(g, slice(g, joined, { axis: 3, start: kind, end: kind + 1 }), ["batch", "num_tokens", half])
  );
  return { cos, sin };
}
