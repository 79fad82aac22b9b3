/**
 * Lowerings of what works on rows: norms, activations, sums, rotary positions, gathers.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import type { Node } from "../graph.ts";
import type { ActivationAttributes } from "../ops/activation.ts";
import type { ScaleAttributes } from "../ops/elementwise.ts";
import type { MeanAttributes } from "../ops/mean.ts";
import type { LayerNormAttributes, RmsNormAttributes } from "../ops/norm.ts";
import { attributesOf, type OpLowering } from "./op_lowering.ts";
import type { Planner } from "./planner.ts";
import { lowerActivatedProduct, lowerSumOfProduct } from "./products.ts";
import { ACTIVATION_CODES, type BufferWord, MAX_AXES, type Word } from "./words.ts";

function norm(
  p: Planner,
  kernel: "layerNorm" | "rmsNorm",
  dims: readonly number[],
  [x, weight, bias, y]: readonly [Word, Word, Word, BufferWord],
  eps: number,
  [residual, sum]: readonly [Word, BufferWord] | readonly [] = [],
): void {
  const rows = numElements(dims.slice(0, -1));
  p.step(kernel, [x, weight, bias, y, rows, dims.at(-1)!, { float: eps }, residual ?? 0, sum ?? 0], {
    writes: sum ? [y.buffer, sum.buffer] : [y.buffer],
    units: rows,
    cost: numElements(dims) / 2,
    rows: { count: rows, of: residual === undefined ? [x] : [x, residual] },
  });
}

/** The weight of an RMS norm with its offset added. */
function normWeight(p: Planner, weight: string, { weightOffset = 0 }: RmsNormAttributes): Word {
  return weightOffset === 0 ? p.read(weight) : p.rawWeight(weight, weightOffset);
}

function offsetOfComputed(node: Node, { graph }: Pick<Planner, "graph">): string | undefined {
  const { weightOffset = 0 } = attributesOf<RmsNormAttributes>(node);
  const isWeight = graph.weights.some(({ name }) => name === node.inputs.weight);
  return weightOffset !== 0 && !isWeight ? "with a computed weight and an offset" : undefined;
}

/** Root mean square norm. */
export const rmsNormLowering: OpLowering = {
  operands: ["x", "weight"],
  attributes: ["eps", "weightOffset"],
  problem: offsetOfComputed,
  lower(p, node) {
    const { x, weight } = node.inputs;
    const attributes = attributesOf<RmsNormAttributes>(node);
    const y = p.write(node.outputs[0], p.dims(x));
    norm(p, "rmsNorm", p.dims(x), [p.read(x), normWeight(p, weight, attributes), 0, y], attributes.eps);
  },
};

/** A sum and its root mean square norm. */
export const addRmsNormLowering: OpLowering = {
  operands: ["a", "b", "weight"],
  attributes: ["eps", "weightOffset"],
  problem: offsetOfComputed,
  lower(p, node) {
    const { a, b, weight } = node.inputs;
    const attributes = attributesOf<RmsNormAttributes>(node);
    const dims = p.dims(a);
    const [y, sum] = node.outputs.map((output) => p.write(output, dims));
    const operands = [p.read(a), normWeight(p, weight, attributes), 0, y] as const;
    norm(p, "rmsNorm", dims, operands, attributes.eps, [p.read(b), sum]);
  },
};

/** Layer norm. */
export const layerNormLowering: OpLowering = {
  operands: ["x", "weight", "bias"],
  attributes: ["eps"],
  lower(p, node) {
    const { x, weight, bias } = node.inputs;
    const y = p.write(node.outputs[0], p.dims(x));
    const operands = [p.read(x), p.read(weight), bias ? p.read(bias) : 0, y] as const;
    norm(p, "layerNorm", p.dims(x), operands, attributesOf<LayerNormAttributes>(node).eps);
  },
};

function scaleAndActivate(p: Planner, node: Node, factor: number, code: number): void {
  const { x } = node.inputs;
  const y = p.write(node.outputs[0], p.dims(x));
  const count = numElements(p.dims(x));
  p.step("scale", [p.read(x), y, count, { float: factor }, code], {
    writes: [y.buffer],
    units: Math.ceil(count / 1024),
    cost: count * (code === 0 ? 0.3 : 1),
    rows: { count: numElements(p.dims(x).slice(0, -1)), of: [p.read(x)] },
  });
}

/** An activation by itself, or behind a linear layer that was left to it. */
export const activationLowering: OpLowering = {
  operands: ["x"],
  attributes: ["kind"],
  lower(p, node) {
    if (lowerActivatedProduct(p, node)) return;
    scaleAndActivate(p, node, 1, ACTIVATION_CODES[attributesOf<ActivationAttributes>(node).kind]);
  },
};

/** Multiplication by a number. */
export const scaleLowering: OpLowering = {
  operands: ["x"],
  attributes: ["factor"],
  lower: (p, node) => scaleAndActivate(p, node, attributesOf<ScaleAttributes>(node).factor, 0),
};

/** Elements from one index to the next of each axis of `dims` seen as `like`; 0 where an extent of 1 is repeated. */
function broadcastStrides(dims: readonly number[], like: readonly number[]): number[] {
  const missing = like.length - dims.length;
  return like.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || dims[own] === 1 ? 0 : numElements(dims.slice(own + 1));
  });
}

function binary(p: Planner, node: Node, code: number): void {
  const [a, b] = [p.dims(node.inputs.a), p.dims(node.inputs.b)];
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === 1 ? y : x;
  });
  const y = p.write(node.outputs[0], dims);
  const isPlain = a.join() === b.join();
  const shape = isPlain ? [dims.length === 0 ? 1 : numElements(dims.slice(0, -1)), dims.at(-1) ?? 1] : dims;
  const front = (values: readonly number[], filler: number) => [
    ...Array<number>(MAX_AXES - values.length).fill(filler),
    ...values,
  ];
  const strides = [a, b].map((own) => broadcastStrides(isPlain ? shape : own, shape));
  const words = [code, p.read(node.inputs.a), p.read(node.inputs.b), y];
  const axes = [...front(shape, 1), ...strides.flatMap((own) => front(own, 0))];
  const rows = numElements(shape.slice(0, -1));
  p.step("binary", [...words, ...axes], {
    writes: [y.buffer],
    units: rows,
    cost: numElements(dims) / 2,
    rows: {
      count: rows,
      of: [a, b].flatMap((own, side) => own.join() === dims.join() ? [words[1 + side] as Word] : []),
    },
  });
}

function tooManyAxes(node: Node, { graph }: Pick<Planner, "graph">): string | undefined {
  const axes = Math.max(...Object.values(node.inputs).map((input) => graph.values[input].shape.length));
  return axes > MAX_AXES ? `over ${axes} axes` : undefined;
}

/** A sum, or a residual around a product that was left to it. */
export const addLowering: OpLowering = {
  operands: ["a", "b"],
  problem: tooManyAxes,
  lower(p, node) {
    if (!lowerSumOfProduct(p, node)) binary(p, node, 0);
  },
};

/** A product, element by element. */
export const mulLowering: OpLowering = {
  operands: ["a", "b"],
  problem: tooManyAxes,
  lower: (p, node) => binary(p, node, 1),
};

/** Rows of a table. */
export const gatherRowsLowering: OpLowering = {
  operands: ["table", "indices"],
  lower(p, node) {
    const { table, indices } = node.inputs;
    const [tableRows, ...row] = p.dims(table);
    const y = p.write(node.outputs[0], [...p.dims(indices), ...row]);
    const [rows, size] = [numElements(p.dims(indices)), numElements(row)];
    p.step("gather", [p.read(table), p.read(indices), y, rows, size, tableRows], {
      writes: [y.buffer],
      units: rows,
      cost: rows * size / 4,
    });
  },
};

/** The mean over one axis. */
export const meanLowering: OpLowering = {
  operands: ["x"],
  attributes: ["axis"],
  lower(p, node) {
    const { x } = node.inputs;
    const { axis } = attributesOf<MeanAttributes>(node);
    const dims = p.dims(x);
    const [outer, inner] = [numElements(dims.slice(0, axis)), numElements(dims.slice(axis + 1))];
    const y = p.write(node.outputs[0], dims.toSpliced(axis, 1));
    p.step("mean", [p.read(x), y, outer, dims[axis], inner], {
      writes: [y.buffer],
      units: outer,
      cost: numElements(dims) / 2,
    });
  },
};
