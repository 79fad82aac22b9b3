/**
 * Rotary positions with several axes: time, row and column of a picture; text counts up on all of them.
 *
 * Source: "Qwen2-VL", arXiv 2409.12191; transformers `apply_multimodal_rotary_pos_emb`.
 *
 * @module
 */

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { concat } from "../ops/concat.ts";
import { gatherRows } from "../ops/gather.ts";
import { rotaryTables } from "../ops/rotary_tables.ts";
import { slice } from "../ops/slice.ts";
import { squeeze } from "../ops/squeeze.ts";
import { ropeTable, ropeTableRows } from "../rope.ts";
import type { DecoderConfig } from "./decoder_config.ts";
import type { Rotation } from "./decoder.ts";

/**
 * Makes the rotation of a decoder whose pairs of elements turn with different axes of positions.
 *
 * Declares the input `position_ids` `int64` `[axes, batch, num_tokens]`.
 *
 * @param g The graph.
 * @param config Its `mropeSections` says how many pairs turn with each axis; all layers have the same rope.
 * @param maxPositions Length of the longest sequence.
 * @returns The rotation, for `decoder`.
 * @throws {TypeError} If the sections do not add up to the pairs of a head.
 */
export function multimodalRotation(g: GraphBuilder, config: DecoderConfig, maxPositions: number): Rotation {
  const { mropeSections: sections, headDim, rotaryDim, layers } = config;
  const half = rotaryDim / 2;
  const total = sections?.reduce((sum, pairs) => sum + pairs, 0);
  if (!sections || total !== half) {
    throw new TypeError(`Expected mropeSections to add up to ${half} pairs: found ${total ?? "none"}`);
  }
  const { rope } = layers[0];
  const ids = g.input("position_ids", "int64", [sections.length, "batch", "num_tokens"]);
  const rows = ropeTableRows(rope, maxPositions);
  const axes = sections.map((_, axis) => squeeze(g, slice(g, ids, { axis: 0, start: axis, end: axis + 1 }), 0));
  const angles = (kind: "cos" | "sin"): Value => {
    const table = ropeTable(kind, rope, rotaryDim, maxPositions);
    let from = 0;
    const parts = sections.map((pairs, axis) => {
      const data = new Float32Array(rows * pairs);
      for (let row = 0; row < rows; row++) {
        data.set(table.subarray(row * half + from, row * half + from + pairs), row * pairs);
      }
      from += pairs;
      const name = `rope.${kind}.axis${axis}`;
      return gatherRows(g, g.weight({ name, shape: [rows, pairs], source: { kind: "constant", data } }), axes[axis]);
    });
    return parts.length === 1 ? parts[0] : concat(g, parts, 2);
  };
  const tables = { cos: angles("cos"), sin: angles("sin") };
  return (x, numHeads) => rotaryTables(g, x, tables, { numHeads, headDim });
}
