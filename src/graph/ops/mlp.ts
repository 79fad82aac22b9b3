import type { GraphBuilder } from "../builder.ts";
import type { Dim } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { activate, type Activation, emitActivation } from "./activation.ts";
import { emitLinear, type LinearWeights, multiplyRows } from "./linear.ts";

/** Settings of {@linkcode mlpOp} and {@linkcode gatedMlpOp}. */
export type MlpAttributes = {
  /** Between the layers. */
  readonly activation: Activation;
};

/** Checks one layer of an MLP whose extents are called `from` and `to`. */
function matchLayer(
  where: string,
  operands: Readonly<Record<string, Value>>,
  layer: string,
  [to, from]: readonly [string, string],
  dims: Record<string, Dim>,
): void {
  matchShape(where, layer, operands[layer], [to, from], dims);
  const bias = operands[`${layer}Bias`];
  if (bias) matchShape(where, `${layer}Bias`, bias, [to], dims);
}

/** `down(act(up(x)))`, each layer linear; the feed-forward of Vaswani et al. 2017, transformers CLIPMLP. */
export const mlpOp: OpDefinition<MlpAttributes> = {
  name: "mlp",
  infer(operands, _attributes, where) {
    const { x } = operands;
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "x", x, ["...", "in"]);
    matchLayer(where, operands, "up", ["intermediate", "in"], dims);
    matchLayer(where, operands, "down", ["out", "intermediate"], dims);
    return [{ type: "float", shape: [...x.shape.slice(0, -1), dims.out] }];
  },
  interpret({ x, up, upBias, down, downBias }, { activation }) {
    const inner = multiplyRows(x, up, upBias);
    const data = (inner.data as Float32Array).map((value) => activate(activation, value));
    return [multiplyRows({ ...inner, data }, down, downBias)];
  },
  toOnnx(emitter, node, { activation }) {
    const { x, up, upBias, down, downBias } = node.inputs;
    const inner = emitActivation(emitter, activation, emitLinear(emitter, emitter.name(x), up, upBias));
    emitLinear(emitter, inner, down, downBias, emitter.name(node.outputs[0]));
  },
};

/** `down(act(gate(x)) * up(x))`, each layer linear; Shazeer 2020 (GLU variants), transformers LlamaMLP. */
export const gatedMlpOp: OpDefinition<MlpAttributes> = {
  name: "gatedMlp",
  infer(operands, _attributes, where) {
    const { x } = operands;
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "x", x, ["...", "in"]);
    matchLayer(where, operands, "gate", ["intermediate", "in"], dims);
    matchLayer(where, operands, "up", ["intermediate", "in"], dims);
    matchLayer(where, operands, "down", ["out", "intermediate"], dims);
    return [{ type: "float", shape: [...x.shape.slice(0, -1), dims.out] }];
  },
  interpret({ x, gate, gateBias, up, upBias, down, downBias }, { activation }) {
    const gated = multiplyRows(x, gate, gateBias);
    const inner = multiplyRows(x, up, upBias);
    const data = Float32Array.from(
      inner.data as Float32Array,
      (value, i) => activate(activation, Number(gated.data[i])) * value,
    );
    return [multiplyRows({ ...inner, data }, down, downBias)];
  },
  toOnnx(emitter, node, { activation }) {
    const { x, gate, gateBias, up, upBias, down, downBias } = node.inputs;
    const gated = emitActivation(emitter, activation, emitLinear(emitter, emitter.name(x), gate, gateBias));
    const [inner] = emitter.emit("Mul", [gated, emitLinear(emitter, emitter.name(x), up, upBias)]);
    emitLinear(emitter, inner, down, downBias, emitter.name(node.outputs[0]));
  },
};

/**
 * Appends a two-layer perceptron: `down(act(up(x)))`.
 *
 * @param g The graph.
 * @param x `float` `[..., in]`.
 * @param layers `up` `[intermediate, in]` and `down` `[out, intermediate]`.
 * @param kind The activation.
 * @returns `float` `[..., out]`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function mlp(
  g: GraphBuilder,
  x: Value,
  layers: { readonly up: LinearWeights; readonly down: LinearWeights },
  kind: Activation,
): Value {
  const { up, down } = layers;
  return g.apply(mlpOp, { x, up: up.weight, upBias: up.bias, down: down.weight, downBias: down.bias }, {
    activation: kind,
  })[0];
}

/**
 * Appends a gated perceptron: `down(act(gate(x)) * up(x))`.
 *
 * @param g The graph.
 * @param x `float` `[..., in]`.
 * @param layers `gate` and `up` `[intermediate, in]`, `down` `[out, intermediate]`.
 * @param kind The activation.
 * @returns `float` `[..., out]`.
 * @throws {ShapeError} If the extents do not fit.
 */
export function gatedMlp(
  g: GraphBuilder,
  x: Value,
  layers: { readonly gate: LinearWeights; readonly up: LinearWeights; readonly down: LinearWeights },
  kind: Activation,
): Value {
  const { gate, up, down } = layers;
  return g.apply(gatedMlpOp, {
    x,
    gate: gate.weight,
    gateBias: gate.bias,
    up: up.weight,
    upBias: up.bias,
    down: down.weight,
    downBias: down.bias,
  }, { activation: kind })[0];
}
