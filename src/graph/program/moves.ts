/**
 * Lowerings of what only moves elements. A change of shape moves nothing.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import type { CastAttributes } from "../ops/cast.ts";
import type { ConcatAttributes } from "../ops/concat.ts";
import type { PadAttributes } from "../ops/pad.ts";
import type { ReshapeAttributes } from "../ops/reshape.ts";
import type { SliceAttributes } from "../ops/slice.ts";
import type { SqueezeAttributes } from "../ops/squeeze.ts";
import type { TransposeAttributes } from "../ops/transpose.ts";
import type { Node } from "../graph.ts";
import { attributesOf, type OpLowering } from "./op_lowering.ts";
import type { Planner } from "./planner.ts";
import { MAX_AXES } from "./words.ts";

/** Elements from one index to the next of each axis. */
function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => numElements(dims.slice(axis + 1)));
}

function tooManyAxes(node: Node, { graph }: Pick<Planner, "graph">): string | undefined {
  const axes = graph.values[node.inputs.x].shape.length;
  return axes > MAX_AXES ? `over ${axes} axes` : undefined;
}

/** Other element types of the same width are the same bits here. */
export const castLowering: OpLowering = {
  operands: ["x"],
  attributes: ["to"],
  problem(node, { graph }) {
    const { to } = attributesOf<CastAttributes>(node);
    const from = graph.values[node.inputs.x].type;
    const kinds = [["float", "float32"], ["int32", "int64"]];
    return kinds.some((kind) => kind.includes(from) && kind.includes(to)) ? undefined : `from ${from} to ${to}`;
  },
  lower(p, node) {
    const { x } = node.inputs;
    p.alias(node.outputs[0], p.read(x), p.dims(x));
  },
};

/** The same elements under other extents. */
export const reshapeLowering: OpLowering = {
  operands: ["x"],
  attributes: ["shape", "extents"],
  lower(p, node) {
    const { x } = node.inputs;
    const { extents } = attributesOf<ReshapeAttributes>(node);
    const dims = extents.map((extent, axis) => extent === 0 ? p.dims(x)[axis] : extent);
    const known = numElements(dims.filter((dim) => dim !== -1));
    const whole = numElements(p.dims(x));
    p.alias(node.outputs[0], p.read(x), dims.map((dim) => dim === -1 ? whole / known : dim));
  },
};

/** The same elements without an axis of extent 1. */
export const squeezeLowering: OpLowering = {
  operands: ["x"],
  attributes: ["axis"],
  lower(p, node) {
    const { x } = node.inputs;
    const { axis } = attributesOf<SqueezeAttributes>(node);
    p.alias(node.outputs[0], p.read(x), p.dims(x).toSpliced(axis, 1));
  },
};

/** A range of one axis. */
export const sliceLowering: OpLowering = {
  operands: ["x"],
  attributes: ["axis", "start", "end"],
  problem: tooManyAxes,
  lower(p, node) {
    const { x } = node.inputs;
    const { axis, start, end } = attributesOf<SliceAttributes>(node);
    const dims = p.dims(x);
    const extent = dims[axis];
    const from = start < 0 ? extent + start : start;
    const to = end === undefined ? extent : end < 0 ? extent + end : end;
    if (from < 0 || to > extent || from > to) {
      throw new RangeError(`Expected a slice inside the axis: found extent ${extent}`);
    }
    const kept = dims.with(axis, to - from);
    const strides = stridesOf(dims);
    const y = p.write(node.outputs[0], kept);
    p.copy(p.read(x), y, kept, strides, stridesOf(kept), { x: from * strides[axis] });
  },
};

/** Zeros behind one axis. */
export const padLowering: OpLowering = {
  operands: ["x"],
  attributes: ["axis", "after"],
  problem: tooManyAxes,
  lower(p, node) {
    const { x } = node.inputs;
    const { axis, after } = attributesOf<PadAttributes>(node);
    const dims = p.dims(x);
    const padded = dims.with(axis, dims[axis] + after);
    const y = p.write(node.outputs[0], padded);
    const count = numElements(padded);
    p.step("fill", [y, count], { writes: [y.buffer], units: Math.ceil(count / 4096), cost: count / 16 });
    p.copy(p.read(x), y, dims, stridesOf(dims), stridesOf(padded));
  },
};

/** Axes in another order. */
export const transposeLowering: OpLowering = {
  operands: ["x"],
  attributes: ["axes"],
  problem: tooManyAxes,
  lower(p, node) {
    const { x } = node.inputs;
    const { axes } = attributesOf<TransposeAttributes>(node);
    const strides = stridesOf(p.dims(x));
    const dims = axes.map((axis) => p.dims(x)[axis]);
    const y = p.write(node.outputs[0], dims);
    p.copy(p.read(x), y, dims, axes.map((axis) => strides[axis]), stridesOf(dims));
  },
};

/** The first axis, of extent 1, repeated. */
export const repeatLowering: OpLowering = {
  operands: ["x", "like"],
  problem: tooManyAxes,
  lower(p, node) {
    const { x, like } = node.inputs;
    const dims = p.dims(x).with(0, p.dims(like)[0]);
    const y = p.write(node.outputs[0], dims);
    p.copy(p.read(x), y, dims, stridesOf(p.dims(x)).with(0, 0), stridesOf(dims));
  },
};

/** Values one behind the other along an axis. */
export const concatLowering: OpLowering = {
  operands: "any",
  attributes: ["axis"],
  problem(node, { graph }) {
    const axes = graph.values[Object.values(node.inputs)[0]].shape.length;
    return axes > MAX_AXES ? `over ${axes} axes` : undefined;
  },
  lower(p, node) {
    const { axis } = attributesOf<ConcatAttributes>(node);
    const parts = Object.values(node.inputs);
    const whole = p.dims(parts[0]).with(axis, parts.reduce((sum, part) => sum + p.dims(part)[axis], 0));
    const y = p.write(node.outputs[0], whole);
    const strides = stridesOf(whole);
    let behind = 0;
    for (const part of parts) {
      const dims = p.dims(part);
      p.copy(p.read(part), y, dims, stridesOf(dims), strides, { y: behind * strides[axis] });
      behind += dims[axis];
    }
  },
};

/** One of two values, chosen by whether the run starts its sequences: then nothing is in the cache. */
export const whereLowering: OpLowering = {
  operands: ["condition", "yes", "no"],
  problem(node, { graph }) {
    const asks = graph.nodes.find(({ outputs }) => outputs.includes(node.inputs.condition));
    return asks?.op === "firstRun" ? undefined : "with a computed condition";
  },
  lower(p, node) {
    const { yes, no } = node.inputs;
    const count = numElements(p.dims(yes));
    const y = p.write(node.outputs[0], p.dims(yes));
    p.step("select", [p.read(yes), p.read(no), y, count, { slot: "start.0" }], {
      writes: [y.buffer],
      units: Math.ceil(count / 1024),
      cost: count * 0.3,
    });
  },
};

/** Nothing is computed: who asks gets the answer from the cache's length. */
export const firstRunLowering: OpLowering = {
  operands: ["tokens", "total"],
  problem: (node) => node.inputs.total === "total_sequence_length" ? undefined : "over another length",
  lower() {},
};
