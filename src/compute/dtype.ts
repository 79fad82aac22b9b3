import { convertElements, CoreBytes } from "./core.ts";
import { viewBytes } from "./region.ts";

/** Formats in which checkpoints store weights. */
export type FloatType = "float32" | "float16" | "bfloat16";

/** Bytes of one element. */
export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2, bfloat16: 2 };

/** Elements that cross into the core at once: what it holds of a tensor stays in the second-level cache. */
const CHUNK = 1 << 16;

/**
 * Converts elements between the formats of weights, rounding to the nearest, ties to even. Subnormals and infinities
 * are kept; a NaN stays one.
 *
 * @example
 * ```ts
 * import { convertFloats } from "./dtype.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bfloat16 = new Uint8Array(new Uint16Array([0x3f80, 0xc000]).buffer);
 * const float32 = new Float32Array(convertFloats(bfloat16, "bfloat16", "float32").buffer);
 * assertEquals([...float32], [1, -2]);
 * ```
 *
 * @param from Little-endian elements, `[n]`.
 * @param fromType How they are stored.
 * @param toType How they shall be stored.
 * @param to Where they go; a new array if left out.
 * @returns `to`, `n` elements of `toType`, little-endian.
 * @throws {RangeError} If `from` holds no whole number of elements or `to` has another length than the result.
 */
export function convertFloats(
  from: Uint8Array,
  fromType: FloatType,
  toType: FloatType,
  to?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const [fromBytes, toBytes] = [FLOAT_BYTES[fromType], FLOAT_BYTES[toType]];
  const count = from.byteLength / fromBytes;
  if (!Number.isInteger(count)) {
    throw new RangeError(`Expected a multiple of ${fromBytes} bytes: found ${from.byteLength}`);
  }
  const out = to ?? new Uint8Array(count * toBytes);
  if (out.byteLength !== count * toBytes) {
    throw new RangeError(`Expected room for ${count * toBytes} bytes: found ${out.byteLength}`);
  }
  const held = Math.min(count, CHUNK);
  using source = new CoreBytes(held * fromBytes);
  using target = new CoreBytes(held * toBytes);
  for (let start = 0; start < count; start += CHUNK) {
    const length = Math.min(CHUNK, count - start);
    viewBytes(source).set(from.subarray(start * fromBytes, (start + length) * fromBytes));
    convertElements(source, fromType, target, toType, length);
    out.set(viewBytes(target).subarray(0, length * toBytes), start * toBytes);
  }
  return out;
}
