import { numElements, type Tensor } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OnnxEmitter } from "../onnx/emitter.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

function eachRow(x: Tensor, size: number, write: (row: Float32Array, out: Float32Array) => void): Tensor {
  const data = new Float32Array(x.data.length);
  for (let row = 0; row < numElements(x.dims) / size; row++) {
    write((x.data as Float32Array).subarray(row * size, (row + 1) * size), data.subarray(row * size, (row + 1) * size));
  }
  return { type: "float32", dims: x.dims, data };
}

/** Settings of {@linkcode rmsNormOp}. */
export type RmsNormAttributes = {
  /** Added to the mean square. */
  readonly eps: number;
  /** Added to every weight: 1 where the checkpoint stores `w - 1`, as Gemma does; 0 if absent. */
  readonly weightOffset?: number;
};

/** Whether a value is wider than the graph's floats. */
function isWide(emitter: OnnxEmitter, value: string): boolean {
  return emitter.dtype === "f16" && emitter.graph.values[value].type === "float32";
}

function emitCast(emitter: OnnxEmitter, x: string, to: "float" | "float32", output?: string): string {
  return emitter.emit("Cast", [x], { outputs: [output], attributes: { to: emitter.onnxType(to) } })[0];
}

function emitNormWeight(emitter: OnnxEmitter, weight: string, offset: number): string {
  const stored = emitter.name(weight);
  return offset === 0 ? stored : emitter.emit("Add", [stored, emitter.float(offset)])[0];
}

/** Norms `x`; a wide one in 32 bits, and only the result is narrow. */
function emitRmsNorm(
  emitter: OnnxEmitter,
  x: { readonly name: string; readonly wide: boolean },
  weight: string,
  { eps, weightOffset = 0 }: RmsNormAttributes,
  output: string,
): void {
  const factors = emitNormWeight(emitter, weight, weightOffset);
  const [normed] = emitter.emit("SimplifiedLayerNormalization", [
    x.name,
    x.wide ? emitCast(emitter, factors, "float32") : factors,
  ], {
    outputs: [x.wide ? undefined : output],
    attributes: { axis: -1, epsilon: { float: eps }, stash_type: 1 },
  });
  if (x.wide) emitCast(emitter, normed, "float", output);
}

/** `x / sqrt(mean(x^2) + eps) * (offset + w)` over the last axis; Zhang and Sennrich 2019, transformers LlamaRMSNorm. */
export const rmsNormOp: OpDefinition<RmsNormAttributes> = {
  name: "rmsNorm",
  infer({ x, weight }, _attributes, where) {
    matchType(where, "x", x, "float", "float32");
    matchShape(where, "x", x, ["...", "hidden"], matchShape(where, "weight", weight, ["hidden"]));
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x, weight }, { eps, weightOffset = 0 }) {
    return [eachRow(x, weight.dims[0], (row, out) => {
      let squares = 0;
      for (const value of row) squares += value * value;
      const factor = 1 / Math.sqrt(squares / row.length + eps);
      for (let i = 0; i < row.length; i++) out[i] = row[i] * factor * (weightOffset + Number(weight.data[i]));
    })];
  },
  toOnnx(emitter, node, attributes) {
    const { x, weight } = node.inputs;
    const operand = { name: emitter.name(x), wide: isWide(emitter, x) };
    emitRmsNorm(emitter, operand, weight, attributes, emitter.name(node.outputs[0]));
  },
};

/**
 * Appends an RMS norm over the last axis.
 *
 * @param g The graph.
 * @param x `float`, or `float32` where values may be too large for f16, `[..., hidden]`.
 * @param weight `[hidden]`.
 * @param attributes Epsilon, and what is added to the weight.
 * @returns `float`, the shape of `x`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function rmsNorm(g: GraphBuilder, x: Value, weight: Value, attributes: RmsNormAttributes): Value {
  return g.apply(rmsNormOp, { x, weight }, attributes)[0];
}

/**
 * A residual sum and its RMS norm: `s = a + b` and {@linkcode rmsNormOp} of `s`; ONNX Runtime
 * SkipSimplifiedLayerNormalization. Results: the norm, then the sum. Two kernels fewer in each layer of a decoder take some
 * 10 % off a decode step on WebGPU when layers are small, where starting kernels is what costs.
 */
export const addRmsNormOp: OpDefinition<RmsNormAttributes> = {
  name: "addRmsNorm",
  infer({ a, b, weight }, _attributes, where) {
    matchType(where, "a", a, "float", "float32");
    matchType(where, "b", b, "float");
    const dims = matchShape(where, "weight", weight, ["hidden"]);
    matchShape(where, "a", a, ["batch", "num_tokens", "hidden"], dims);
    matchShape(where, "b", b, ["batch", "num_tokens", "hidden"], dims);
    return [{ type: "float", shape: a.shape }, { type: a.type, shape: a.shape }];
  },
  interpret({ a, b, weight }, attributes) {
    const data = Float32Array.from(a.data as Float32Array, (value, i) => value + Number(b.data[i]));
    const sum: Tensor = { type: "float32", dims: a.dims, data };
    return [...rmsNormOp.interpret({ x: sum, weight }, attributes), sum];
  },
  toOnnx(emitter, node, attributes) {
    const { a, b, weight } = node.inputs;
    const { eps, weightOffset = 0 } = attributes;
    const [normed, sum] = node.outputs.map((output) => emitter.name(output));
    if (isWide(emitter, a)) {
      const added = emitCast(emitter, emitter.name(b), "float32");
      const [name] = emitter.emit("Add", [emitter.name(a), added], { outputs: [sum] });
      emitRmsNorm(emitter, { name, wide: true }, weight, attributes, normed);
      return;
    }
    const factors = emitNormWeight(emitter, weight, weightOffset);
    emitter.emit("SkipSimplifiedLayerNormalization", [emitter.name(a), emitter.name(b), factors], {
      domain: "com.microsoft",
      outputs: [normed, "", "", sum],
      attributes: { epsilon: { float: eps } },
    });
  },
};

/**
 * Appends a residual sum and its RMS norm over the last axis.
 *
 * @param g The graph.
 * @param a `float`, or `float32` where sums may be too large for f16, `[batch, num_tokens, hidden]`.
 * @param b `float`, the same shape.
 * @param weight `[hidden]`.
 * @param attributes Epsilon, and what is added to the weight.
 * @returns `normed`, `float`, and `sum`, of the type of `a`; both have its shape.
 * @throws {ShapeError} If the shapes do not fit.
 */
export function addRmsNorm(
  g: GraphBuilder,
  a: Value,
  b: Value,
  weight: Value,
  attributes: RmsNormAttributes,
): { readonly normed: Value; readonly sum: Value } {
  const [normed, sum] = g.apply(addRmsNormOp, { a, b, weight }, attributes);
  return { normed, sum };
}

/** Settings of {@linkcode layerNormOp}. */
export type LayerNormAttributes = {
  /** Added to the variance. */
  readonly eps: number;
};

/** `(x - mean) / sqrt(var + eps) * w + b` over the last axis, variance over n; Ba et al. 2016, torch.nn.LayerNorm. */
export const layerNormOp: OpDefinition<LayerNormAttributes> = {
  name: "layerNorm",
  infer({ x, weight, bias }, _attributes, where) {
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "weight", weight, ["hidden"]);
    if (bias) matchShape(where, "bias", bias, ["hidden"], dims);
    matchShape(where, "x", x, ["...", "hidden"], dims);
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x, weight, bias }, { eps }) {
    return [eachRow(x, weight.dims[0], (row, out) => {
      let mean = 0;
      for (const value of row) mean += value / row.length;
      let variance = 0;
      for (const value of row) variance += (value - mean) ** 2 / row.length;
      const factor = 1 / Math.sqrt(variance + eps);
      for (let i = 0; i < row.length; i++) {
        out[i] = (row[i] - mean) * factor * Number(weight.data[i]) + (bias ? Number(bias.data[i]) : 0);
      }
    })];
  },
  toOnnx(emitter, node, { eps }) {
    const { x, weight, bias } = node.inputs;
    const operands = [emitter.name(x), emitter.name(weight), ...(bias ? [emitter.name(bias)] : [])];
    emitter.emit("LayerNormalization", operands, {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { axis: -1, epsilon: { float: eps }, stash_type: 1 },
    });
  },
};

/**
 * Appends a layer norm over the last axis.
 *
 * @param g The graph.
 * @param x `float` `[..., hidden]`.
 * @param weights Weight `[hidden]` and, if there is one, bias `[hidden]`.
 * @param attributes Epsilon.
 * @returns `float`, the shape of `x`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function layerNorm(
  g: GraphBuilder,
  x: Value,
  weights: { readonly weight: Value; readonly bias?: Value },
  attributes: LayerNormAttributes,
): Value {
  return g.apply(layerNormOp, { x, weight: weights.weight, bias: weights.bias }, attributes)[0];
}
