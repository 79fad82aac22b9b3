import { ShapeError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";

/** Settings of {@linkcode squeezeOp}. */
export type SqueezeAttributes = {
  /** Axis that goes; its extent is 1. */
  readonly axis: number;
};

/** Same elements without one axis of extent 1; ONNX Squeeze, torch squeeze. */
export const squeezeOp: OpDefinition<SqueezeAttributes> = {
  name: "squeeze",
  infer({ x }, { axis }, where) {
    if (x.shape[axis] !== 1) throw new ShapeError(`x of ${where}`, x.shape.with(axis, 1), x.shape);
    return [{ type: x.type, shape: x.shape.toSpliced(axis, 1) }];
  },
  interpret({ x }, { axis }) {
    return [{ ...x, dims: x.dims.toSpliced(axis, 1) }];
  },
  toOnnx(emitter, node, { axis }) {
    emitter.emit("Squeeze", [emitter.name(node.inputs.x), emitter.int64s([axis])], {
      outputs: [emitter.name(node.outputs[0])],
    });
  },
};

/**
 * Appends the removal of an axis of extent 1.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param axis The axis, from 0.
 * @returns The same type, one axis fewer.
 * @throws {ShapeError} If the extent is not 1.
 */
export function squeeze(g: GraphBuilder, x: Value, axis: number): Value {
  return g.apply(squeezeOp, { x }, { axis })[0];
}
