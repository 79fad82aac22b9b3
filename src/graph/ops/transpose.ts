import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";
import { rearrange } from "./rearrange.ts";

/** Settings of {@linkcode transposeOp}. */
export type TransposeAttributes = {
  /** Axis of the operand for each axis of the result. */
  readonly axes: readonly number[];
};

/** Axes in another order: `y.shape[i] = x.shape[axes[i]]`; ONNX Transpose, numpy.transpose. */
export const transposeOp: OpDefinition<TransposeAttributes> = {
  name: "transpose",
  infer({ x }, { axes }, where) {
    if ([...axes].sort().join() !== x.shape.map((_, axis) => axis).join()) {
      throw new TypeError(`Expected axes of ${where} to order ${x.shape.length} axes: found [${axes.join(", ")}]`);
    }
    return [{ type: x.type, shape: axes.map((axis) => x.shape[axis]) }];
  },
  interpret({ x }, { axes }) {
    const stride = x.dims.map((_, axis) => numElements(x.dims.slice(axis + 1)));
    const dims = axes.map((axis) => x.dims[axis]);
    return [rearrange(x, dims, (index) => {
      let rest = index;
      let from = 0;
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        from += rest % dims[axis] * stride[axes[axis]];
        rest = Math.floor(rest / dims[axis]);
      }
      return from;
    })];
  },
  toOnnx(emitter, node, { axes }) {
    emitter.emit("Transpose", [emitter.name(node.inputs.x)], {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { perm: axes },
    });
  },
};

/**
 * Appends a reordering of axes.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param axes Axis of `x` for each axis of the result.
 * @returns The same type, the axes reordered.
 */
export function transpose(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return g.apply(transposeOp, { x }, { axes })[0];
}
