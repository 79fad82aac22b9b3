import { numElements, type Tensor, type TypedArray } from "../../core/tensor.ts";

/**
 * Makes an empty array of the same class.
 *
 * @param data An array of the class wanted.
 * @param length Its number of elements.
 * @returns Zeros.
 */
export function sameArray(data: TypedArray, length: number): TypedArray {
  return new (data.constructor as new (length: number) => TypedArray)(length);
}

/**
 * Makes a tensor whose elements are picked from another one.
 *
 * @param x Where they are picked from.
 * @param dims Extents of the result.
 * @param from Index in `x` of each element of the result.
 * @returns The result.
 */
export function rearrange(x: Tensor, dims: readonly number[], from: (index: number) => number): Tensor {
  const data = sameArray(x.data, numElements(dims));
  for (let i = 0; i < data.length; i++) data[i] = x.data[from(i)];
  return { type: x.type, dims, data };
}
