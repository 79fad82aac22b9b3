import type { Tensor } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

/** Settings of {@linkcode rotaryTablesOp}. */
export type RotaryTablesAttributes = {
  /** Heads side by side in the last axis. */
  readonly numHeads: number;
  /** Elements per head; those behind twice the width of the tables stay as they are. */
  readonly headDim: number;
  /** Whether elements 2i and 2i + 1 are a pair, and not i and i + half; false if absent. */
  readonly interleaved?: boolean;
};

/**
 * Rotates pairs of elements of each head by given angles: for networks whose angles are not position times frequency, such
 * as rows and columns of a picture; transformers `apply_rotary_pos_emb_vision` and `apply_multimodal_rotary_pos_emb`.
 */
export const rotaryTablesOp: OpDefinition<RotaryTablesAttributes> = {
  name: "rotaryTables",
  infer({ x, cos, sin }, { numHeads, headDim }, where) {
    for (const [operand, value] of Object.entries({ x, cos, sin })) matchType(where, operand, value, "float");
    const dims = matchShape(where, "x", x, ["batch", "num_tokens", numHeads * headDim]);
    const table = cos.shape.length === 3 ? ["batch", "num_tokens", "half"] : ["num_tokens", "half"];
    matchShape(where, "cos", cos, table, dims);
    matchShape(where, "sin", sin, table, dims);
    if (typeof dims.half !== "number" || 2 * dims.half > headDim) {
      throw new TypeError(`Expected cos of ${where} to have at most ${headDim / 2} columns: found ${dims.half}`);
    }
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x, cos, sin }, { numHeads, headDim, interleaved = false }): Tensor[] {
    const half = cos.dims.at(-1)!;
    const numRows = cos.data.length / half;
    const data = Float32Array.from(x.data as Float32Array);
    for (let head = 0; head < data.length / headDim; head++) {
      const row = Math.floor(head / numHeads) % numRows;
      for (let i = 0; i < half; i++) {
        const [c, s] = [Number(cos.data[row * half + i]), Number(sin.data[row * half + i])];
        const first = head * headDim + (interleaved ? 2 * i : i);
        const second = first + (interleaved ? 1 : half);
        const [a, b] = [data[first], data[second]];
        data[first] = a * c - b * s;
        data[second] = b * c + a * s;
      }
    }
    return [{ type: "float32", dims: x.dims, data }];
  },
  toOnnx(emitter, node, { numHeads, headDim, interleaved = false }) {
    const [x, cos, sin] = [node.inputs.x, node.inputs.cos, node.inputs.sin].map((input) => emitter.name(input));
    const tableShape = emitter.graph.values[node.inputs.cos].shape;
    const half = Number(tableShape.at(-1));
    // The operator looks rows up by position: with one sequence and positions from 0 on, token t gets row t.
    const rotate = (rows: string, tables: readonly string[], output?: string) =>
      emitter.emit("RotaryEmbedding", [rows, emitter.int64s([0]), ...tables], {
        domain: "com.microsoft",
        outputs: [output],
        attributes: {
          interleaved: interleaved ? 1 : 0,
          num_heads: numHeads,
          rotary_embedding_dim: 2 * half === headDim ? 0 : 2 * half,
        },
      })[0];
    const output = emitter.name(node.outputs[0]);
    if (tableShape.length === 2) {
      rotate(x, [cos, sin], output);
      return;
    }
    const flatten = (of: string, extents: readonly number[]) =>
      emitter.emit("Reshape", [of, emitter.int64s(extents)])[0];
    const tables = [cos, sin].map((table) => flatten(table, [-1, half]));
    const rotated = rotate(flatten(x, [1, -1, numHeads * headDim]), tables);
    emitter.emit("Reshape", [rotated, emitter.emit("Shape", [x])[0]], { outputs: [output] });
  },
};

/**
 * Appends a rotation by given angles.
 *
 * @param g The graph.
 * @param x `float` `[batch, num_tokens, numHeads * headDim]`: queries or keys.
 * @param tables `cos` and `sin` of the angle of each pair, `float` `[num_tokens, half]`, or `[batch, num_tokens, half]` if
 * sequences differ; inputs, weights or results. `2 * half` is at most `headDim`: elements behind it stay.
 * @param attributes Heads, and which elements are pairs.
 * @returns `float`, the shape of `x`.
 * @throws {ShapeError} If the shapes do not fit.
 * @throws {TypeError} If the tables are wider than half a head.
 */
export function rotaryTables(
  g: GraphBuilder,
  x: Value,
  tables: { readonly cos: Value; readonly sin: Value },
  attributes: RotaryTablesAttributes,
): Value {
  return g.apply(rotaryTablesOp, { x, cos: tables.cos, sin: tables.sin }, attributes)[0];
}
