import { numElements, type Tensor } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import { multiplyDims } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** Rows of a table by index; ONNX Gather on axis 0, torch.nn.Embedding. `[rows, ...]`, `[*]` -> `[*, ...]`. */
export const gatherRowsOp: OpDefinition = {
  name: "gatherRows",
  infer({ table, indices }, _attributes, where) {
    matchType(where, "indices", indices, "int32", "int64");
    if (table.shape.length === 0) throw new TypeError(`Expected table of ${where} to have rows: found a scalar`);
    return [{ type: table.type, shape: [...indices.shape, ...table.shape.slice(1)] }];
  },
  interpret({ table, indices }) {
    const rowDims = table.dims.slice(1);
    const size = numElements(rowDims);
    const data = new Float32Array(indices.data.length * size);
    for (let i = 0; i < indices.data.length; i++) {
      const row = Number(indices.data[i]);
      if (row < 0 || row >= table.dims[0]) {
        throw new RangeError(`Expected a row index below ${table.dims[0]}: found ${row}`);
      }
      data.set((table.data as Float32Array).subarray(row * size, (row + 1) * size), i * size);
    }
    return [{ type: "float32", dims: [...indices.dims, ...rowDims], data } satisfies Tensor];
  },
  toOnnx(emitter, node) {
    emitter.emit("Gather", [emitter.name(node.inputs.table), emitter.name(node.inputs.indices)], {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { axis: 0 },
    });
  },
};

/**
 * Appends the choice of rows by index.
 *
 * @param g The graph.
 * @param table `[rows, ...]`.
 * @param indices `int32` or `int64`, any shape; each in 0..rows-1.
 * @returns The table's type, `[...indices, ...row]`.
 */
export function gatherRows(g: GraphBuilder, table: Value, indices: Value): Value {
  return g.apply(gatherRowsOp, { table, indices }, {})[0];
}

/**
 * Appends a token embedding: {@linkcode gatherRows} over a weight.
 *
 * @param g The graph.
 * @param ids `int32` or `int64`, any shape; each in 0..vocab-1.
 * @param weight `[vocab, hidden]`.
 * @returns `float` `[...ids, hidden]`.
 */
export function embedding(g: GraphBuilder, ids: Value, weight: Value): Value {
  return gatherRows(g, weight, ids);
}

/**
 * Appends the choice of the last token of every sequence, whose logits are sampled.
 *
 * @param g The graph.
 * @param x `[batch, num_tokens, hidden]`.
 * @returns `[batch, 1, hidden]`.
 */
export function lastToken(g: GraphBuilder, x: Value): Value {
  return slice(g, x, { axis: 1, start: -1 });
}

/**
 * Appends the choice of tokens by their row in the flattened batch, for padded batches and for prompt log-probabilities.
 *
 * @param g The graph.
 * @param x `[batch, num_tokens, hidden]`.
 * @param indices `int64` `[batch, num_selected]`; token t of sequence b is `b * num_tokens + t`.
 * @returns `[batch, num_selected, hidden]`.
 */
export function selectTokens(g: GraphBuilder, x: Value, indices: Value): Value {
  const [batch, numTokens, hidden] = x.shape;
  return gatherRows(g, reshape(g, x, [multiplyDims(batch, numTokens), hidden]), indices);
}
