/**
 * Lowerings of what multiplies matrices: linear layers, perceptrons, convolutions. Bias, activation and a residual are part of
 * the product's kernel.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import type { Graph, Node } from "../graph.ts";
import type { Activation, ActivationAttributes } from "../ops/activation.ts";
import type { Conv1dAttributes } from "../ops/conv1d.ts";
import type { Conv2dAttributes } from "../ops/conv2d.ts";
import type { MlpAttributes } from "../ops/mlp.ts";
import { attributesOf, type OpLowering } from "./op_lowering.ts";
import type { WeightType } from "./plan.ts";
import type { Planner } from "./planner.ts";
import { ACTIVATION_CODES, type BufferWord, type Word } from "./words.ts";

/** What a product may have behind it. */
interface ProductOptions {
  readonly activation?: Activation;
  readonly residual?: Word;
}

/** Floats of a cache line: no two threads write to one. */
const LINE = 16;

/** Bytes of weights up to which a product is divided by its rows, so that each thread reads all of them. */
const MAX_ROW_BYTES = 4 * 1024 * 1024;

/** Multiplies 8 or 16 numbers a cycle when there are rows to share the weights, else waits for memory. */
function productCost(m: number, n: number, k: number, activation: boolean): number {
  return (m === 1 ? n * k / 6 : m * n * k / 25) + (activation ? m * n : 0);
}

/** Weights of a product, by name: one, or a gate and what it gates. */
interface ProductWeights {
  readonly weights: readonly string[];
  readonly biases: readonly (string | undefined)[];
}

function product(
  p: Planner,
  x: Word,
  { weights, biases }: ProductWeights,
  y: BufferWord,
  [m, n, k]: readonly [m: number, n: number, k: number],
  { activation, residual = 0 }: ProductOptions = {},
  type: WeightType = p.weightType,
): void {
  const code = activation === undefined ? 0 : ACTIVATION_CODES[activation];
  const gated = weights.length === 2;
  const behind = [p.panels(biases), residual, y, m, n, k, code, gated ? 1 : 0];
  const cost = productCost(m, n * weights.length, k, activation !== undefined);
  const shape = { writes: [y.buffer], units: Math.ceil(n / LINE) };
  const rowsOf = (operand: Word) => weightBytes > MAX_ROW_BYTES ? undefined : { count: m, of: [operand, residual] };
  const weightBytes = n * k * weights.length * (type === "f32" ? 4 : 1);
  if (type === "f32") p.step("gemm", [x, p.panels(weights), ...behind], { ...shape, cost, rows: rowsOf(x) });
  else {
    const rows = p.quantize(x, m, k);
    const words = [rows, ...p.quantizedPanels(weights), ...behind];
    p.step("gemmQ8", words, { ...shape, cost: cost / 2.5, rows: rowsOf(rows) });
  }
}

/** Rows and width of `[..., width]`. */
function rowsOf(dims: readonly number[]): [rows: number, width: number] {
  return [numElements(dims.slice(0, -1)), dims.at(-1)!];
}

function lowerLinear(p: Planner, node: Node, output: string, options: ProductOptions = {}): void {
  const { x, weight, bias } = node.inputs;
  const [m, k] = rowsOf(p.dims(x));
  const [n] = p.dims(weight);
  const y = p.write(output, p.dims(x).with(-1, n));
  product(p, p.read(x), { weights: [weight], biases: [bias] }, y, [m, n, k], options);
}

function lowerMlp(p: Planner, node: Node, output: string, options: ProductOptions = {}): void {
  const { x, up, upBias, gate, gateBias, down, downBias } = node.inputs;
  const { activation } = attributesOf<MlpAttributes>(node);
  const [m, k] = rowsOf(p.dims(x));
  const [inner] = p.dims(up);
  const [n] = p.dims(down);
  const hidden = { buffer: p.buffer(m * inner * 4) };
  const gated = gate !== undefined;
  const first = { weights: gated ? [gate, up] : [up], biases: gated ? [gateBias, upBias] : [upBias] };
  product(p, p.read(x), first, hidden, [m, inner, k], { activation });
  const y = p.write(output, p.dims(x).with(-1, n));
  product(p, hidden, { weights: [down], biases: [downBias] }, y, [m, n, inner], options);
}

/** The node that makes a value, if it is a product whose kernel may take over what its only user does. */
function soleProduct(graph: Graph, value: string): Node | undefined {
  const uses = graph.nodes.flatMap((node) => Object.values(node.inputs)).filter((name) => name === value).length;
  if (uses !== 1 || graph.outputs.some((port) => port.value === value)) return undefined;
  return graph.nodes.find((node) => ["linear", "mlp", "gatedMlp"].includes(node.op) && node.outputs[0] === value);
}

/**
 * The matrices that are quantized where weights are `q8`: those of linear layers and perceptrons, not of convolutions.
 *
 * @param graph The graph.
 * @returns Their names.
 */
export function quantizedMatrices(graph: Graph): Set<string> {
  const products = graph.nodes.filter(({ op }) => ["linear", "mlp", "gatedMlp"].includes(op));
  return new Set(
    products.flatMap(({ inputs: { weight, up, gate, down } }) => [weight, up, gate, down]).filter(Boolean),
  );
}

/**
 * Finds products whose result goes into a sum or an activation only, which their kernel computes as well.
 *
 * @param graph The graph.
 * @returns Name of the user of each such product, by the product's name.
 */
export function productsInto(graph: Graph): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of graph.nodes) {
    if (node.op === "activation") {
      const made = soleProduct(graph, node.inputs.x);
      if (made?.op === "linear") found.set(made.name, node.name);
    }
    if (node.op !== "add" || graph.values[node.inputs.a].shape.join() !== graph.values[node.inputs.b].shape.join()) {
      continue;
    }
    const made = soleProduct(graph, node.inputs.b) ?? soleProduct(graph, node.inputs.a);
    if (made) found.set(made.name, node.name);
  }
  return found;
}

/**
 * Lowers a sum of which one side is a product that was left to it.
 *
 * @returns Whether there was one.
 */
export function lowerSumOfProduct(p: Planner, node: Node): boolean {
  const { a, b } = node.inputs;
  for (const [made, other] of [[p.deferred(b), a], [p.deferred(a), b]] as const) {
    if (!made) continue;
    const lower = made.op === "linear" ? lowerLinear : lowerMlp;
    lower(p, made, node.outputs[0], { residual: p.read(other) });
    return true;
  }
  return false;
}

/**
 * Lowers an activation of a product that was left to it.
 *
 * @returns Whether there was one.
 */
export function lowerActivatedProduct(p: Planner, node: Node): boolean {
  const made = p.deferred(node.inputs.x);
  if (made) lowerLinear(p, made, node.outputs[0], { activation: attributesOf<ActivationAttributes>(node).kind });
  return made !== undefined;
}

/** Products need their weights before the first run. */
function computedWeight(...operands: string[]): OpLowering["problem"] {
  return (node, { graph }) => {
    const weights = new Set(graph.weights.map(({ name }) => name));
    const computed = operands.find((operand) => node.inputs[operand] && !weights.has(node.inputs[operand]));
    return computed === undefined ? undefined : `with a computed ${computed}`;
  };
}

function orDefer(lower: typeof lowerLinear): OpLowering["lower"] {
  return (p, node) => {
    if (p.isTaken(node)) p.defer(node);
    else lower(p, node, node.outputs[0]);
  };
}

/** `y = x W^T + b`. */
export const linearLowering: OpLowering = {
  operands: ["x", "weight", "bias"],
  problem: computedWeight("weight", "bias"),
  lower: orDefer(lowerLinear),
};

/** `down(act(up(x)))`. */
export const mlpLowering: OpLowering = {
  operands: ["x", "up", "upBias", "down", "downBias"],
  attributes: ["activation"],
  problem: computedWeight("up", "upBias", "down", "downBias"),
  lower: orDefer(lowerMlp),
};

/** `down(act(gate(x)) * up(x))`; gate and up are one product. */
export const gatedMlpLowering: OpLowering = {
  operands: ["x", "gate", "gateBias", "up", "upBias", "down", "downBias"],
  attributes: ["activation"],
  problem: computedWeight("gate", "gateBias", "up", "upBias", "down", "downBias"),
  lower: orDefer(lowerMlp),
};

/** A product over the windows of each image, then channels in front. */
export const conv2dLowering: OpLowering = {
  operands: ["x", "weight", "bias"],
  attributes: ["stride"],
  problem: computedWeight("weight", "bias"),
  lower(p, node) {
    const { x, weight, bias } = node.inputs;
    const { stride } = attributesOf<Conv2dAttributes>(node);
    const [images, channels, height, width] = p.dims(x);
    const [n, , kernelHeight, kernelWidth] = p.dims(weight);
    const rows = Math.floor((height - kernelHeight) / stride) + 1;
    const columns = Math.floor((width - kernelWidth) / stride) + 1;
    const [m, k] = [images * rows * columns, channels * kernelHeight * kernelWidth];
    const windows = { buffer: p.buffer(m * k * 4) };
    const sizes = [m, channels, height, width, kernelHeight, kernelWidth, stride];
    p.step("windows", [p.read(x), windows, ...sizes], {
      writes: [windows.buffer],
      units: m,
      cost: m * k / 2,
      rows: { count: m, of: [] },
    });
    const pixels = { buffer: p.buffer(m * n * 4) };
    // Pixels are few and everything rests on them: their product stays in floats.
    product(p, windows, { weights: [weight], biases: [bias] }, pixels, [m, n, k], {}, "f32");
    const y = p.write(node.outputs[0], [images, n, rows, columns]);
    const perImage = rows * columns;
    p.copy(pixels, y, [images, n, perImage], [perImage * n, 1, n], [n * perImage, perImage, 1]);
  },
};

/** As {@linkcode conv2dLowering}, over sequences with zeros at both ends. */
export const conv1dLowering: OpLowering = {
  operands: ["x", "weight", "bias"],
  attributes: ["stride", "padding", "length"],
  problem: computedWeight("weight", "bias"),
  lower(p, node) {
    const { x, weight, bias } = node.inputs;
    const { stride, padding } = attributesOf<Conv1dAttributes>(node);
    const [sequences, channels, length] = p.dims(x);
    const [n, , kernel] = p.dims(weight);
    const whole = length + 2 * padding;
    const columns = Math.floor((whole - kernel) / stride) + 1;
    const padded = { buffer: p.buffer(sequences * channels * whole * 4) };
    const count = sequences * channels * whole;
    p.step("fill", [padded, count], { writes: [padded.buffer], units: Math.ceil(count / 4096), cost: count / 16 });
    p.copy(p.read(x), padded, [sequences * channels, length], [length, 1], [whole, 1], { y: padding });
    const [m, k] = [sequences * columns, channels * kernel];
    const windows = { buffer: p.buffer(m * k * 4) };
    const sizes = [m, channels, 1, whole, 1, kernel, stride];
    p.step("windows", [padded, windows, ...sizes], {
      writes: [windows.buffer],
      units: m,
      cost: m * k / 2,
      rows: { count: m, of: [] },
    });
    const samples = { buffer: p.buffer(m * n * 4) };
    product(p, windows, { weights: [weight], biases: [bias] }, samples, [m, n, k], {}, "f32");
    const y = p.write(node.outputs[0], [sequences, n, columns]);
    p.copy(samples, y, [sequences, n, columns], [columns * n, 1, n], [n * columns, columns, 1]);
  },
};
