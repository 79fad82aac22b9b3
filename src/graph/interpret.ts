/**
 * The interpreter: runs a graph in plain TypeScript, slowly and obviously right. It is what lowerings are compared with.
 *
 * @module
 */

import { ShapeError } from "../core/errors.ts";
import { numElements, type Tensor } from "../core/tensor.ts";
import { evaluateDim, isPlainName } from "./dims.ts";
import type { ElementType, Graph, Value } from "./graph.ts";
import { opNamed } from "./ops/mod.ts";
import type { WeightSpec } from "./weights.ts";

/** Gives the values of a weight, in the order of `spec.shape`: joined and transposed as `spec.source` asks. */
export type WeightReader = (spec: WeightSpec) => Tensor["data"];

/** Tensor type that stands for an element type here; both kinds of float are f32. */
function tensorType(type: ElementType): Tensor["type"] {
  return type === "float" ? "float32" : type;
}

/** Checks what is fed against the input's shape and binds its names. */
function bindFeed(value: Value, tensor: Tensor | undefined, bound: Record<string, number>): void {
  if (!tensor) throw new TypeError(`Expected a feed for input ${value.name}: found none`);
  if (tensor.type !== tensorType(value.type)) {
    throw new TypeError(`Expected input ${value.name} to be ${tensorType(value.type)}: found ${tensor.type}`);
  }
  const fits = tensor.dims.length === value.shape.length && value.shape.every((dim, axis) => {
    if (isPlainName(dim)) bound[dim] ??= tensor.dims[axis];
    const extent = evaluateDim(dim, bound);
    return extent === undefined || extent === tensor.dims[axis];
  });
  if (!fits || numElements(tensor.dims) !== tensor.data.length) {
    throw new ShapeError(`input ${value.name}`, value.shape, tensor.dims);
  }
}

/**
 * Runs a graph.
 *
 * @param graph The graph.
 * @param weights Gives the values of each weight.
 * @param feeds Tensor of each input; `float` ones are `float32` here.
 * @returns Tensor of each output.
 * @throws {ShapeError} If a feed has another shape than its input.
 * @throws {TypeError} If a feed is missing or has another type.
 */
export function interpret(
  graph: Graph,
  weights: WeightReader,
  feeds: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const bound: Record<string, number> = {};
  const tensors: Record<string, Tensor> = {};
  for (const { name, value } of graph.inputs) {
    bindFeed(graph.values[value], feeds[name], bound);
    tensors[value] = feeds[name];
  }
  for (const spec of graph.weights) {
    const data = spec.source.kind === "constant" ? spec.source.data : weights(spec);
    if (data.length !== numElements(spec.shape)) throw new ShapeError(spec.name, spec.shape, [data.length]);
    tensors[spec.name] = { type: tensorType(spec.type ?? "float"), dims: spec.shape, data };
  }
  for (const node of graph.nodes) {
    const operands = Object.fromEntries(
      Object.entries(node.inputs).map(([operand, value]) => [operand, tensors[value]]),
    );
    const results = opNamed(node.op).interpret(operands, node.attributes);
    node.outputs.forEach((output, index) => tensors[output] = results[index]);
  }
  return Object.fromEntries(graph.outputs.map(({ name, value }) => [name, tensors[value]]));
}
