import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

/**
 * Whether a run starts its sequences: then its tokens are all that there are, and `total`, the length with the cache, is their
 * number.
 */
export const firstRunOp: OpDefinition = {
  name: "firstRun",
  infer({ tokens, total }, _attributes, where) {
    matchType(where, "tokens", tokens, "int64");
    matchType(where, "total", total, "int32");
    matchShape(where, "tokens", tokens, ["batch", "num_tokens"]);
    matchShape(where, "total", total, [1]);
    return [{ type: "bool", shape: [1] }];
  },
  interpret({ tokens, total }) {
    return [{ type: "bool", dims: [1], data: Uint8Array.of(Number(total.data[0]) === tokens.dims[1] ? 1 : 0) }];
  },
  toOnnx(emitter, node) {
    const [tokens, total] = ["tokens", "total"].map((operand) => emitter.name(node.inputs[operand]));
    const [length] = emitter.emit("Shape", [tokens], { attributes: { start: 1, end: 2 } });
    const [numTokens] = emitter.emit("Cast", [length], { attributes: { to: emitter.onnxType("int32") } });
    emitter.emit("Equal", [total, numTokens], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends the question whether the run starts its sequences.
 *
 * @param g The graph.
 * @param tokens `int64` `[batch, num_tokens]`: anything that there is one of for each token.
 * @param total `int32` `[1]`: the input `total_sequence_length`, see {@linkcode Graph.cache}.
 * @returns `bool` `[1]`.
 */
export function firstRun(g: GraphBuilder, tokens: Value, total: Value): Value {
  return g.apply(firstRunOp, { tokens, total }, {})[0];
}
