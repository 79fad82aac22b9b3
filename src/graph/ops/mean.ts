import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";

/** Settings of {@linkcode meanOp}. */
export type MeanAttributes = {
  /** Axis that goes away. */
  readonly axis: number;
};

/** The mean over one axis; ONNX ReduceMean, torch.mean. With a reshape before it, average pooling. */
export const meanOp: OpDefinition<MeanAttributes> = {
  name: "mean",
  infer({ x }, { axis }, where) {
    matchType(where, "x", x, "float");
    if (!(axis >= 0 && axis < x.shape.length)) {
      throw new TypeError(`Expected axis of ${where} from 0 to ${x.shape.length - 1}: found ${axis}`);
    }
    return [{ type: "float", shape: x.shape.toSpliced(axis, 1) }];
  },
  interpret({ x }, { axis }) {
    const extent = x.dims[axis];
    const inner = numElements(x.dims.slice(axis + 1));
    const dims = x.dims.toSpliced(axis, 1);
    const data = new Float32Array(numElements(dims));
    for (let i = 0; i < data.length; i++) {
      const first = Math.floor(i / inner) * extent * inner + i % inner;
      let sum = 0;
      for (let at = 0; at < extent; at++) sum += Number(x.data[first + at * inner]);
      data[i] = sum / extent;
    }
    return [{ type: "float32", dims, data }];
  },
  toOnnx(emitter, node, { axis }) {
    emitter.emit("ReduceMean", [emitter.name(node.inputs.x), emitter.int64s([axis])], {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { keepdims: 0 },
    });
  },
};

/**
 * Appends the mean over one axis.
 *
 * @param g The graph.
 * @param x `float`, any shape.
 * @param axis The axis; not counted from the end.
 * @returns `float`, the shape of `x` without the axis.
 * @throws {TypeError} If there is no such axis.
 */
export function mean(g: GraphBuilder, x: Value, axis: number): Value {
  return g.apply(meanOp, { x }, { axis })[0];
}
