import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

/** One of two values, by a condition that holds for all of their elements; ONNX Where. */
export const whereOp: OpDefinition = {
  name: "where",
  infer({ condition, yes, no }, _attributes, where) {
    matchType(where, "condition", condition, "bool");
    matchShape(where, "condition", condition, [1]);
    matchType(where, "yes", yes, "float");
    matchType(where, "no", no, "float");
    matchShape(where, "no", no, yes.shape);
    return [{ type: "float", shape: yes.shape }];
  },
  interpret({ condition, yes, no }) {
    return [Number(condition.data[0]) !== 0 ? yes : no];
  },
  toOnnx(emitter, node) {
    const operands = ["condition", "yes", "no"].map((operand) => emitter.name(node.inputs[operand]));
    emitter.emit("Where", operands, { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends the choice between two values. Both are computed.
 *
 * @param g The graph.
 * @param condition `bool` `[1]`.
 * @param yes `float`, any shape.
 * @param no `float`, the same shape.
 * @returns `float`, the same shape.
 * @throws {ShapeError} If the shapes differ.
 */
export function where(g: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  return g.apply(whereOp, { condition, yes, no }, {})[0];
}
