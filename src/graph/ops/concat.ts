import { ShapeError } from "../../core/errors.ts";
import { numElements } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import { addDims } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";
import { sameArray } from "./rearrange.ts";

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
