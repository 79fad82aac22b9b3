import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import { addDims } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";

/** Settings of {@linkcode padOp}. */
export type PadAttributes = {
  /** Axis that grows. */
  readonly axis: number;
  /** Zeros behind its last element. */
  readonly after: number;
};

/** Zeros at the end of one axis; ONNX Pad, torch.nn.functional.pad. */
export const padOp: OpDefinition<PadAttributes> = {
  name: "pad",
  infer({ x }, { axis, after }, where) {
    matchType(where, "x", x, "float");
    return [{ type: "float", shape: x.shape.with(axis, addDims(x.shape[axis], after)) }];
  },
  interpret({ x }, { axis, after }) {
    const dims = x.dims.with(axis, x.dims[axis] + after);
    const inner = numElements(dims.slice(axis));
    const kept = numElements(x.dims.slice(axis));
    const data = new Float32Array(numElements(dims));
    for (let row = 0; row < data.length / inner; row++) {
      data.set((x.data as Float32Array).subarray(row * kept, (row + 1) * kept), row * inner);
    }
    return [{ type: "float32", dims, data }];
  },
  toOnnx(emitter, node, { axis, after }) {
    const rank = emitter.graph.values[node.inputs.x].shape.length;
    const counts = Array.from({ length: 2 * rank }, (_, at) => at === rank + axis ? after : 0);
    const input = emitter.name(node.inputs.x);
    const output = emitter.name(node.outputs[0]);
    if (emitter.target === "wasm" || emitter.dtype === "f32") {
      emitter.emit("Pad", [input, emitter.int64s(counts)], { outputs: [output] });
      return;
    }
    // The f16 shader of Pad does not compile in wgpu: "Access index type Scalar".
    const [wide] = emitter.emit("Cast", [input], { attributes: { to: emitter.onnxType("float32") } });
    const [padded] = emitter.emit("Pad", [wide, emitter.int64s(counts)]);
    emitter.emit("Cast", [padded], { outputs: [output], attributes: { to: emitter.onnxType("float") } });
  },
};

/**
 * Appends zeros at the end of one axis.
 *
 * @param g The graph.
 * @param x `float`, any shape.
 * @param attributes The axis, and how many zeros.
 * @returns `float`; the axis is longer.
 */
export function pad(g: GraphBuilder, x: Value, attributes: PadAttributes): Value {
  return g.apply(padOp, { x }, attributes)[0];
}
