import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

/**
 * One of two results, by whether the run starts its sequences: then its tokens are all that there are, and `total`, the
 * length with the cache, is their number; ONNX Where.
 */
export const firstRunOp: OpDefinition = {
  name: "firstRun",
  infer({ first, later, total }, _attributes, where) {
    matchType(where, "first", first, "float");
    matchType(where, "later", later, "float");
    matchType(where, "total", total, "int32");
    const dims = matchShape(where, "first", first, ["batch", "num_tokens", "width"]);
    matchShape(where, "later", later, ["batch", "num_tokens", "width"], dims);
    matchShape(where, "total", total, [1]);
    return [{ type: "float", shape: first.shape }];
  },
  interpret({ first, later, total }) {
    return [Number(total.data[0]) === first.dims[1] ? first : later];
  },
  toOnnx(emitter, node) {
    const [first, later, total] = ["first", "later", "total"].map((operand) => emitter.name(node.inputs[operand]));
    const [length] = emitter.emit("Shape", [first], { attributes: { start: 1, end: 2 } });
    const [numTokens] = emitter.emit("Cast", [length], { attributes: { to: emitter.onnxType("int32") } });
    const [starts] = emitter.emit("Equal", [total, numTokens]);
    emitter.emit("Where", [starts, first, later], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends the choice between two results.
 *
 * @param g The graph.
 * @param first `float` `[batch, num_tokens, width]`: for runs that start their sequences.
 * @param later `float`, the same shape: for runs that go on from a cache.
 * @param total `int32` `[1]`: the input `total_sequence_length`, see {@linkcode Graph.cache}.
 * @returns `float`, the same shape.
 * @throws {ShapeError} If the shapes differ.
 */
export function firstRun(g: GraphBuilder, first: Value, later: Value, total: Value): Value {
  return g.apply(firstRunOp, { first, later, total }, {})[0];
}
