import { numElements, type Tensor } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OnnxEmitter } from "../onnx/emitter.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { toFloat32 } from "./cast.ts";

/**
 * Multiplies rows by a weight matrix: `y = x W^T + b` over plain tensors.
 *
 * @param x `[..., in]`.
 * @param weight `[out, in]`.
 * @param bias `[out]`, if any.
 * @returns `[..., out]`.
 */
export function multiplyRows(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [outSize, inSize] = weight.dims;
  const numRows = numElements(x.dims.slice(0, -1));
  const data = new Float32Array(numRows * outSize);
  for (let row = 0; row < numRows; row++) {
    for (let out = 0; out < outSize; out++) {
      let sum = bias ? Number(bias.data[out]) : 0;
      for (let i = 0; i < inSize; i++) {
        sum += (x.data[row * inSize + i] as number) * (weight.data[out * inSize + i] as number);
      }
      data[row * outSize + out] = sum;
    }
  }
  return { type: "float32", dims: [...x.dims.slice(0, -1), outSize], data };
}

/**
 * Writes `y = x W^T + b`.
 *
 * On WASM FusedMatMul takes the weight as the checkpoint stores it, and is as fast as MatMul over a transposed one (both
 * are packed ahead of time). WebGPU has no FusedMatMul kernel and would fall back to the CPU: there it is MatMul.
 *
 * @param emitter Where it is written.
 * @param x ONNX name of the rows.
 * @param weight Graph name of the weight.
 * @param bias Graph name of the bias; absent for none.
 * @param output ONNX name for the result; a fresh one if absent.
 * @returns ONNX name of the result.
 */
export function emitLinear(
  emitter: OnnxEmitter,
  x: string,
  weight: string,
  bias: string | undefined,
  output?: string,
): string {
  const outputs = bias ? undefined : [output];
  const [product] = emitter.target === "wasm"
    ? emitter.emit("FusedMatMul", [x, emitter.name(weight)], {
      domain: "com.microsoft",
      outputs,
      attributes: { transB: 1 },
    })
    : emitter.emit("MatMul", [x, emitter.transposed(weight)], { outputs });
  return bias ? emitter.emit("Add", [product, emitter.name(bias)], { outputs: [output] })[0] : product;
}

/** `y = x W^T + b`; torch.nn.Linear. x `[..., in]`, weight `[out, in]`, bias `[out]` -> `[..., out]`. */
export const linearOp: OpDefinition = {
  name: "linear",
  infer({ x, weight, bias }, _attributes, where) {
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "weight", weight, ["out", "in"]);
    matchShape(where, "x", x, ["...", "in"], dims);
    if (bias) matchShape(where, "bias", bias, ["out"], dims);
    return [{ type: "float", shape: [...x.shape.slice(0, -1), dims.out] }];
  },
  interpret({ x, weight, bias }) {
    return [multiplyRows(x, weight, bias)];
  },
  toOnnx(emitter, node) {
    const { x, weight, bias } = node.inputs;
    emitLinear(emitter, emitter.name(x), weight, bias, emitter.name(node.outputs[0]));
  },
};

/** Weight and bias of a linear layer. */
export interface LinearWeights {
  /** `[out, in]`, as Hugging Face stores it. */
  readonly weight: Value;
  /** `[out]`. */
  readonly bias?: Value;
}

/**
 * Appends a linear layer: `y = x W^T + b`.
 *
 * @param g The graph.
 * @param x `float` `[..., in]`.
 * @param weights Weight `[out, in]` and, if there is one, bias `[out]`.
 * @returns `float` `[..., out]`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function linear(g: GraphBuilder, x: Value, weights: LinearWeights): Value {
  return g.apply(linearOp, { x, weight: weights.weight, bias: weights.bias }, {})[0];
}

/**
 * Appends the output head: a linear layer without bias whose result is 32 bits wide.
 *
 * @param g The graph.
 * @param x `float` `[..., hidden]`.
 * @param weight `[vocab, hidden]`.
 * @returns `float32` `[..., vocab]`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function logits(g: GraphBuilder, x: Value, weight: Value): Value {
  return toFloat32(g, linear(g, x, { weight }));
}
