import { ShapeError } from "../../core/errors.ts";
import { numElements, type Tensor, type TypedArray } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import { addDims, type Dim, isPlainName, multiplyDims, type Shape } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";

/** An empty array of the same class. */
function sameArray(data: TypedArray, length: number): TypedArray {
  return new (data.constructor as new (length: number) => TypedArray)(length);
}

/** Copies element `from(i)` to element i. */
function rearrange(x: Tensor, dims: readonly number[], from: (index: number) => number): Tensor {
  const data = sameArray(x.data, numElements(dims));
  for (let i = 0; i < data.length; i++) data[i] = x.data[from(i)];
  return { type: x.type, dims, data };
}

/** Settings of {@linkcode reshapeOp}. */
export type ReshapeAttributes = {
  /** Target dimensions. */
  readonly shape: Shape;
  /** The same for a tensor of numbers: an extent, 0 for that of the operand's same axis, -1 (once) for what is left. */
  readonly extents: readonly number[];
};

/** Same elements in row-major order under another shape; ONNX Reshape. */
export const reshapeOp: OpDefinition<ReshapeAttributes> = {
  name: "reshape",
  infer({ x }, { shape, extents }, where) {
    const left = shape.filter((_, axis) => extents[axis] === -1);
    const isFreshName = left.length === 1 && isPlainName(left[0]) &&
      !x.shape.some((dim) => String(dim).split(/[+*]/).includes(String(left[0])));
    const isSame = multiplyDims(...shape) === multiplyDims(...x.shape);
    if (left.length > 1 || !(isSame || isFreshName)) throw new ShapeError(`x of ${where}`, shape, x.shape);
    return [{ type: x.type, shape }];
  },
  interpret({ x }, { extents }) {
    const dims = extents.map((extent, axis) => extent === 0 ? x.dims[axis] : extent);
    const known = numElements(dims.filter((dim) => dim !== -1));
    return [{ type: x.type, dims: dims.map((dim) => dim === -1 ? x.data.length / known : dim), data: x.data }];
  },
  toOnnx(emitter, node, { extents }) {
    emitter.emit("Reshape", [emitter.name(node.inputs.x), emitter.int64s(extents)], {
      outputs: [emitter.name(node.outputs[0])],
    });
  },
};

/**
 * Appends a change of shape that keeps the elements in row-major order.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param shape Target. At most one dimension may be a name or an expression that does not stand on the same axis of `x`;
 * a name that `x` does not have is new and stands for what is left.
 * @returns The same type, `shape`.
 * @throws {ShapeError} If the numbers of elements differ, or more than one dimension would have to be inferred.
 */
export function reshape(g: GraphBuilder, x: Value, shape: Shape): Value {
  const extents = shape.map((dim, axis) => typeof dim === "number" ? dim : dim === x.shape[axis] ? 0 : -1);
  return g.apply(reshapeOp, { x }, { shape, extents })[0];
}

/** Settings of {@linkcode transposeOp}. */
export type TransposeAttributes = {
  /** Axis of the operand for each axis of the result. */
  readonly axes: readonly number[];
};

/** Axes in another order: `y.shape[i] = x.shape[axes[i]]`; ONNX Transpose, numpy.transpose. */
export const transposeOp: OpDefinition<TransposeAttributes> = {
  name: "transpose",
  infer({ x }, { axes }, where) {
    if ([...axes].sort().join() !== x.shape.map((_, axis) => axis).join()) {
      throw new TypeError(`Expected axes of ${where} to order ${x.shape.length} axes: found [${axes.join(", ")}]`);
    }
    return [{ type: x.type, shape: axes.map((axis) => x.shape[axis]) }];
  },
  interpret({ x }, { axes }) {
    const stride = x.dims.map((_, axis) => numElements(x.dims.slice(axis + 1)));
    const dims = axes.map((axis) => x.dims[axis]);
    return [rearrange(x, dims, (index) => {
      let rest = index;
      let from = 0;
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        from += rest % dims[axis] * stride[axes[axis]];
        rest = Math.floor(rest / dims[axis]);
      }
      return from;
    })];
  },
  toOnnx(emitter, node, { axes }) {
    emitter.emit("Transpose", [emitter.name(node.inputs.x)], {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { perm: axes },
    });
  },
};

/**
 * Appends a reordering of axes.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param axes Axis of `x` for each axis of the result.
 * @returns The same type, the axes reordered.
 */
export function transpose(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return g.apply(transposeOp, { x }, { axes })[0];
}

/** Settings of {@linkcode sliceOp}. */
export type SliceAttributes = {
  /** Axis that is cut. */
  readonly axis: number;
  /** First element kept; negative counts from the end. */
  readonly start: number;
  /** Element after the last one kept; negative counts from the end; absent for the end. */
  readonly end?: number;
};

/** Extent of what a slice keeps. A named extent is assumed to reach as far as the bounds do. */
function sliceExtent(extent: Dim, { start, end }: SliceAttributes): Dim | undefined {
  if (typeof extent === "number") {
    const from = start < 0 ? extent + start : start;
    const to = end === undefined ? extent : end < 0 ? extent + end : end;
    return from >= 0 && to <= extent && from <= to ? to - from : undefined;
  }
  if (end === undefined) return start < 0 ? -start : start === 0 ? extent : undefined;
  return (start < 0) === (end < 0) ? end - start : undefined;
}

/** A range of one axis; ONNX Slice with step 1. */
export const sliceOp: OpDefinition<SliceAttributes> = {
  name: "slice",
  infer({ x }, attributes, where) {
    const { axis, start, end } = attributes;
    const extent = sliceExtent(x.shape[axis], attributes);
    if (extent === undefined) {
      throw new TypeError(
        `Expected start and end of ${where} to lie on axis ${axis} of [${x.shape.join(", ")}]: found ${start}, ${end}`,
      );
    }
    return [{ type: x.type, shape: x.shape.with(axis, extent) }];
  },
  interpret({ x }, attributes) {
    const { axis, start } = attributes;
    const extent = x.dims[axis];
    const kept = sliceExtent(extent, attributes);
    if (typeof kept !== "number") throw new RangeError(`Expected a slice inside the axis: found extent ${extent}`);
    const from = start < 0 ? extent + start : start;
    const inner = numElements(x.dims.slice(axis + 1));
    return [rearrange(x, x.dims.with(axis, kept), (index) => {
      const outer = Math.floor(index / (kept * inner));
      return outer * extent * inner + from * inner + index % (kept * inner);
    })];
  },
  toOnnx(emitter, node, { axis, start, end }) {
    const bounds = [start, end ?? Number.MAX_SAFE_INTEGER, axis].map((value) => emitter.int64s([value]));
    emitter.emit("Slice", [emitter.name(node.inputs.x), ...bounds], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends a cut along one axis.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param range Axis, first element kept and the one after the last; negative numbers count from the end.
 * @returns The same type, the axis shortened.
 * @throws {TypeError} If the range does not lie on the axis, or its extent would have no name.
 */
export function slice(g: GraphBuilder, x: Value, range: SliceAttributes): Value {
  return g.apply(sliceOp, { x }, range)[0];
}

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

/** Settings of {@linkcode concatOp}. */
export type ConcatAttributes = {
  /** Axis along which the operands follow each other. */
  readonly axis: number;
};

/** Operands named `0`, `1`, ... one behind the other along an axis; ONNX Concat. */
export const concatOp: OpDefinition<ConcatAttributes> = {
  name: "concat",
  infer(operands, { axis }, where) {
    const parts = Object.values(operands);
    for (const part of parts) {
      matchType(where, "operand", part, parts[0].type);
      const others = parts[0].shape.map((dim, at) => at === axis ? part.shape[at] ?? dim : dim);
      if (part.shape.length !== others.length || others.some((dim, at) => dim !== part.shape[at])) {
        throw new ShapeError(`operand of ${where}`, others, part.shape);
      }
    }
    return [{ type: parts[0].type, shape: parts[0].shape.with(axis, addDims(...parts.map((p) => p.shape[axis]))) }];
  },
  interpret(operands, { axis }) {
    const parts = Object.values(operands);
    const inner = parts.map((part) => numElements(part.dims.slice(axis)));
    const outer = numElements(parts[0].dims.slice(0, axis));
    const dims = parts[0].dims.with(axis, parts.reduce((sum, part) => sum + part.dims[axis], 0));
    const data = sameArray(parts[0].data, numElements(dims));
    let at = 0;
    for (let row = 0; row < outer; row++) {
      parts.forEach((part, index) => {
        for (let i = 0; i < inner[index]; i++) data[at++] = part.data[row * inner[index] + i];
      });
    }
    return [{ type: parts[0].type, dims, data }];
  },
  toOnnx(emitter, node, { axis }) {
    emitter.emit("Concat", Object.values(node.inputs).map((input) => emitter.name(input)), {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { axis },
    });
  },
};

/**
 * Appends the joining of values along one axis.
 *
 * @param g The graph.
 * @param parts At least one; equal but for that axis.
 * @param axis The axis, counted from 0.
 * @returns The same type; the axis has the sum of the extents.
 * @throws {ShapeError} If another axis differs.
 */
export function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  return g.apply(concatOp, Object.fromEntries(parts.map((part, index) => [String(index), part])), { axis })[0];
}

/** `x` repeated along its first axis, of extent 1, as often as `like` is long; ONNX Expand, torch expand. */
export const repeatOp: OpDefinition = {
  name: "repeat",
  infer({ x, like }, _attributes, where) {
    if (x.shape[0] !== 1) throw new ShapeError(`x of ${where}`, [1, ...x.shape.slice(1)], x.shape);
    return [{ type: x.type, shape: x.shape.with(0, like.shape[0]) }];
  },
  interpret({ x, like }) {
    return [rearrange(x, x.dims.with(0, like.dims[0]), (index) => index % x.data.length)];
  },
  toOnnx(emitter, node) {
    const { x, like } = node.inputs;
    const [extents] = emitter.emit("Shape", [emitter.name(like)], { attributes: { start: 0, end: 1 } });
    const ones = emitter.graph.values[x].shape.slice(1).map(() => 1);
    const [shape] = emitter.emit("Concat", [extents, emitter.int64s(ones)], { attributes: { axis: 0 } });
    emitter.emit("Expand", [emitter.name(x), shape], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends the repetition of one row for each row of another value, such as a class token for each image.
 *
 * @param g The graph.
 * @param x `[1, ...]`.
 * @param like `[n, ...]`; only its first extent counts.
 * @returns The type of `x`, `[n, ...]`.
 * @throws {ShapeError} If the first extent of `x` is not 1.
 */
export function repeat(g: GraphBuilder, x: Value, like: Value): Value {
  return g.apply(repeatOp, { x, like }, {})[0];
}
