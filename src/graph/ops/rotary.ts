import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OnnxEmitter } from "../onnx/emitter.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { type RopeParameters, ropeTable, ropeTableRows } from "../rope.ts";

/** Settings of {@linkcode rotaryOp}. */
export type RotaryAttributes = {
  /** Heads side by side in the last axis. */
  readonly numHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Elements of each head, from its start, that are rotated; even; all if absent. */
  readonly rotaryDim?: number;
  /** Length of the longest sequence; of the cosine and sine tables, see {@linkcode ropeTable}. */
  readonly maxPositions: number;
  /** The frequencies. */
  readonly rope: RopeParameters;
};

/**
 * Places cosine and sine tables of shape `[rows, rotaryDim / 2]`, shared by all nodes with the same settings.
 *
 * @param emitter Where they go.
 * @param attributes The settings.
 * @returns ONNX names of both tables.
 */
export function emitRopeTables(emitter: OnnxEmitter, attributes: RotaryAttributes): [cos: string, sin: string] {
  const { headDim, rotaryDim = headDim, maxPositions, rope } = attributes;
  const shape = [ropeTableRows(rope, maxPositions), rotaryDim / 2];
  const key = [...Object.values(rope).flat(), rotaryDim, maxPositions].join("_");
  const place = (kind: "cos" | "sin") =>
    emitter.place(`rope.${kind}.${key}`, shape, () => ropeTable(kind, rope, rotaryDim, maxPositions));
  return [place("cos"), place("sin")];
}

/**
 * Rotates pairs (i, i + rotaryDim / 2) of each head by position times frequency: the half-split form of Hugging Face;
 * Su et al. 2021, transformers `apply_rotary_pos_emb`.
 */
export const rotaryOp: OpDefinition<RotaryAttributes> = {
  name: "rotary",
  infer({ x, positionIds }, { numHeads, headDim, rotaryDim = headDim }, where) {
    matchType(where, "x", x, "float");
    matchType(where, "positionIds", positionIds, "int64");
    const dims = matchShape(where, "x", x, ["batch", "num_tokens", numHeads * headDim]);
    matchShape(where, "positionIds", positionIds, ["batch", "num_tokens"], dims);
    if (rotaryDim % 2 !== 0 || rotaryDim > headDim) {
      throw new TypeError(`Expected rotaryDim of ${where} to be even and at most ${headDim}: found ${rotaryDim}`);
    }
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x, positionIds }, { numHeads, headDim, rotaryDim = headDim, maxPositions, rope }) {
    const cos = ropeTable("cos", rope, rotaryDim, maxPositions);
    const sin = ropeTable("sin", rope, rotaryDim, maxPositions);
    const half = rotaryDim / 2;
    const data = Float32Array.from(x.data as Float32Array);
    for (let head = 0; head < positionIds.data.length * numHeads; head++) {
      const position = Number(positionIds.data[Math.floor(head / numHeads)]);
      for (let i = 0; i < half; i++) {
        const [c, s] = [cos[position * half + i], sin[position * half + i]];
        const at = head * headDim + i;
        const [a, b] = [data[at], data[at + half]];
        data[at] = a * c - b * s;
        data[at + half] = b * c + a * s;
      }
    }
    return [{ type: "float32", dims: x.dims, data }];
  },
  toOnnx(emitter, node, attributes) {
    const { numHeads, headDim, rotaryDim = headDim } = attributes;
    const operands = [node.inputs.x, node.inputs.positionIds].map((input) => emitter.name(input));
    emitter.emit("RotaryEmbedding", [...operands, ...emitRopeTables(emitter, attributes)], {
      domain: "com.microsoft",
      outputs: [emitter.name(node.outputs[0])],
      attributes: {
        interleaved: 0,
        num_heads: numHeads,
        rotary_embedding_dim: rotaryDim === headDim ? 0 : rotaryDim,
      },
    });
  },
};

/**
 * Appends a rotary position embedding.
 *
 * @param g The graph.
 * @param x `float` `[batch, num_tokens, numHeads * headDim]`: queries or keys.
 * @param positionIds `int64` `[batch, num_tokens]`, each in 0..maxPositions-1, or as
 * {@linkcode ropeOffset} says.
 * @param attributes Heads and frequencies.
 * @returns `float`, the shape of `x`.
 * @throws {ShapeError} If the shapes do not fit.
 */
export function rotary(g: GraphBuilder, x: Value, positionIds: Value, attributes: RotaryAttributes): Value {
  return g.apply(rotaryOp, { x, positionIds }, attributes)[0];
}
