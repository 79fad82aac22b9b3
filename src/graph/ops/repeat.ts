import { ShapeError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";
import { rearrange } from "./rearrange.ts";

/** `x` repeated along its first axis, of extent 1, as often as `like` is long; ONNX Expand, torch expand. */
export const repeatOp: OpDefinition = {
  name: "repeat",
  infer({ x, like }, _attributes, where) {
    if (x.shape[0] !== 1) throw new ShapeError(`x of ${where}`, [1, ...x.shape.slice(1)], x.shape);
    return [{ type: x.type, shape: x.shape.with(0, like.shape[0]) }];
  },
  interpret({ x, like }) {
    return [rearrange(x, x.dims.with(0, like.dims[0]), (index) => index % x.data.length)];
  },
  toOnnx(emitter, node) {
    const { x, like } = node.inputs;
    const [extents] = emitter.emit("Shape", [emitter.name(like)], { attributes: { start: 0, end: 1 } });
    const ones = emitter.graph.values[x].shape.slice(1).map(() => 1);
    const [shape] = emitter.emit("Concat", [extents, emitter.int64s(ones)], { attributes: { axis: 0 } });
    emitter.emit("Expand", [emitter.name(x), shape], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends the repetition of one row for each row of another value, such as a class token for each image.
 *
 * @param g The graph.
 * @param x `[1, ...]`.
 * @param like `[n, ...]`; only its first extent counts.
 * @returns The type of `x`, `[n, ...]`.
 * @throws {ShapeError} If the first extent of `x` is not 1.
 */
export function repeat(g: GraphBuilder, x: Value, like: Value): Value {
  return g.apply(repeatOp, { x, like }, {})[0];
}
