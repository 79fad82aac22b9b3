import { ShapeError } from "./errors.ts";

/** Element type of a {@linkcode Tensor}, in the names that ONNX Runtime uses. */
export type DataType =
  | "float32"
  | "float16"
  | "int64"
  | "int32"
  | "int8"
  | "uint8"
  | "bool";

/** The typed arrays that hold tensor data. `float16` is held as raw bits in a `Uint16Array`. */
export type TypedArray =
  | Float32Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** A dense array of numbers in row-major order. */
export interface Tensor {
  /** Element type. */
  readonly type: DataType;
  /** Extent of every dimension, outermost first. */
  readonly dims: readonly number[];
  /** The elements, `dims` multiplied together of them. */
  readonly data: TypedArray;
}

/**
 * Counts the elements of a shape.
 *
 * @param dims Extent of every dimension.
 * @returns The product; 1 for a scalar.
 */
export function numElements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * Checks a shape against named dimensions and returns what each name is bound to.
 *
 * @example
 * ```ts
 * import { checkShape } from "./tensor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(checkShape("pixel_values", [2, 3, 64, 64], ["n", 3, "h", "h"]), { n: 2, h: 64 });
 * ```
 *
 * @param name What the tensor is called, for the error.
 * @param dims The shape found.
 * @param expected One entry for each dimension: a number that must be equal, or a name that must stand for one value.
 * @returns Name to extent.
 * @throws {ShapeError} If the rank or an extent differs.
 */
export function checkShape(
  name: string,
  dims: readonly number[],
  expected: readonly (number | string)[],
): Record<string, number> {
  const bound: Record<string, number> = {};
  const fits = dims.length === expected.length && expected.every((want, axis) => {
    if (typeof want === "number") return dims[axis] === want;
    bound[want] ??= dims[axis];
    return bound[want] === dims[axis];
  });
  if (!fits) throw new ShapeError(name, expected, dims);
  return bound;
}
