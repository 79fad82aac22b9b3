import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Dim } from "../dims.ts";
import type { Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";
import { rearrange } from "./rearrange.ts";

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
