import { ShapeError } from "../../core/errors.ts";
import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import { isPlainName, multiplyDims, type Shape } from "../dims.ts";
import type { Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";

/** Settings of {@linkcode reshapeOp}. */
export type ReshapeAttributes = {
  /** Target dimensions. */
  readonly shape: Shape;
  /** The same for a tensor of numbers: an extent, 0 for that of the operand's same axis, -1 (once) for what is left. */
  readonly extents: readonly number[];
};

/** Same elements in row-major order under another shape; ONNX Reshape. */
export const reshapeOp: OpDefinition<ReshapeAttributes> = {
  name: "reshape",
  infer({ x }, { shape, extents }, where) {
    const left = shape.filter((_, axis) => extents[axis] === -1);
    const isFreshName = left.length === 1 && isPlainName(left[0]) &&
      !x.shape.some((dim) => String(dim).split(/[+*]/).includes(String(left[0])));
    const isSame = multiplyDims(...shape) === multiplyDims(...x.shape);
    if (left.length > 1 || !(isSame || isFreshName)) throw new ShapeError(`x of ${where}`, shape, x.shape);
    return [{ type: x.type, shape }];
  },
  interpret({ x }, { extents }) {
    const dims = extents.map((extent, axis) => extent === 0 ? x.dims[axis] : extent);
    const known = numElements(dims.filter((dim) => dim !== -1));
    return [{ type: x.type, dims: dims.map((dim) => dim === -1 ? x.data.length / known : dim), data: x.data }];
  },
  toOnnx(emitter, node, { extents }) {
    emitter.emit("Reshape", [emitter.name(node.inputs.x), emitter.int64s(extents)], {
      outputs: [emitter.name(node.outputs[0])],
    });
  },
};

/**
 * Appends a change of shape that keeps the elements in row-major order.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param shape Target. At most one dimension may be a name or an expression that does not stand on the same axis of `x`;
 * a name that `x` does not have is new and stands for what is left.
 * @returns The same type, `shape`.
 * @throws {ShapeError} If the numbers of elements differ, or more than one dimension would have to be inferred.
 */
export function reshape(g: GraphBuilder, x: Value, shape: Shape): Value {
  const extents = shape.map((dim, axis) => typeof dim === "number" ? dim : dim === x.shape[axis] ? 0 : -1);
  return g.apply(reshapeOp, { x }, { shape, extents })[0];
}
