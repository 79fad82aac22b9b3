import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { OnnxEmitter } from "../onnx/emitter.ts";
import { matchType, type OpDefinition } from "../op.ts";

/** The activations, by the names that `hidden_act` has in a checkpoint's configuration. */
export const ACTIVATIONS = ["silu", "gelu", "gelu_pytorch_tanh", "quick_gelu", "relu", "tanh"] as const;

/** Name of an activation. */
export type Activation = typeof ACTIVATIONS[number];

/**
 * Checks the name of an activation.
 *
 * @param name As `hidden_act` says; `swish` is silu, `gelu_new` and `gelu_fast` are the tanh form.
 * @returns The name used here, or undefined if it is not known.
 */
export function activationNamed(name: string): Activation | undefined {
  const alias: Record<string, Activation> = {
    swish: "silu",
    gelu_new: "gelu_pytorch_tanh",
    gelu_fast: "gelu_pytorch_tanh",
  };
  return alias[name] ?? ACTIVATIONS.find((known) => known === name);
}

/** Error function; Abramowitz and Stegun 7.1.5 series for small x, 7.1.14 continued fraction for large. */
function erf(x: number): number {
  const a = Math.abs(x);
  let value: number;
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    value = 2 / Math.sqrt(Math.PI) * sum;
  } else {
    let fraction = 0;
    for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
    value = 1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
  }
  return x < 0 ? -value : value;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const FORMULAS: Record<Activation, (x: number) => number> = {
  silu: (x) => x * sigmoid(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_pytorch_tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  relu: (x) => Math.max(0, x),
  tanh: Math.tanh,
};

/**
 * Applies an activation to one number; transformers `ACT2FN`.
 *
 * @param kind Which one.
 * @param x The number.
 * @returns Its image.
 */
export function activate(kind: Activation, x: number): number {
  return FORMULAS[kind](x);
}

/**
 * Writes an activation. QuickGelu is `x * sigmoid(alpha * x)`, so alpha 1 makes it silu in one operator.
 *
 * @param emitter Where it is written.
 * @param kind Which one.
 * @param x ONNX name of the operand.
 * @param output ONNX name for the result; a fresh one if absent.
 * @returns ONNX name of the result.
 */
export function emitActivation(emitter: OnnxEmitter, kind: Activation, x: string, output?: string): string {
  const outputs = [output];
  const domain = "com.microsoft";
  switch (kind) {
    case "silu":
      return emitter.emit("QuickGelu", [x], { outputs, domain, attributes: { alpha: { float: 1 } } })[0];
    case "quick_gelu":
      return emitter.emit("QuickGelu", [x], { outputs, domain, attributes: { alpha: { float: 1.702 } } })[0];
    case "gelu":
      return emitter.emit("Gelu", [x], { outputs, attributes: { approximate: "none" } })[0];
    case "gelu_pytorch_tanh":
      return emitter.emit("Gelu", [x], { outputs, attributes: { approximate: "tanh" } })[0];
    case "relu":
      return emitter.emit("Relu", [x], { outputs })[0];
    case "tanh":
      return emitter.emit("Tanh", [x], { outputs })[0];
  }
}

/** Settings of {@linkcode activationOp}. */
export type ActivationAttributes = {
  /** Which one. */
  readonly kind: Activation;
};

/** An activation, element by element; Hendrycks and Gimpel 2016 for the gelu family, transformers `ACT2FN` for names. */
export const activationOp: OpDefinition<ActivationAttributes> = {
  name: "activation",
  infer({ x }, _attributes, where) {
    matchType(where, "x", x, "float");
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x }, { kind }) {
    return [{ type: "float32", dims: x.dims, data: (x.data as Float32Array).map((v) => activate(kind, v)) }];
  },
  toOnnx(emitter, node, { kind }) {
    emitActivation(emitter, kind, emitter.name(node.inputs.x), emitter.name(node.outputs[0]));
  },
};

/**
 * Appends an activation.
 *
 * @param g The graph.
 * @param x `float`, any shape.
 * @param kind Which one.
 * @returns `float`, the same shape.
 */
export function activation(g: GraphBuilder, x: Value, kind: Activation): Value {
  return g.apply(activationOp, { x }, { kind })[0];
}
