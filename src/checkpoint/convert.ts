/**
 * Element types of stored weights and of those that the networks take.
 *
 * @module
 */
import { CheckpointError } from "../core/errors.ts";
import type { SafetensorsDtype, TensorEntry } from "./safetensors.ts";

/** Float type of weights on the device. */
export type FloatType = "float32" | "float16";

/** Bytes of one element of a {@linkcode FloatType}. */
export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2 };

/** The stored types that can become floats, with the bytes of one element. */
const STORED_BYTES: Partial<Record<SafetensorsDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Bytes of one stored element.
 *
 * @throws {CheckpointError} If the type is none of F32, F16, BF16: integers and 8-bit floats need scales that lie elsewhere.
 */
export function storedBytes(entry: TensorEntry): number {
  const bytes = STORED_BYTES[entry.dtype];
  if (bytes !== undefined) return bytes;
  throw new CheckpointError(`Expected ${entry.name} to be F32, F16 or BF16: found ${entry.dtype}`, {
    param: `${entry.file}: ${entry.name}`,
    hint: "Quantized checkpoints are not supported in this version; use the unquantized one",
  });
}

/**
 * Converts stored elements to the float type of the device; rounding is to the nearest, ties to even, and what float16
 * cannot hold becomes infinite, as in torch.
 *
 * @param from Little-endian elements; not kept, but the result may be the same array.
 * @param stored Their type: F32, F16 or BF16.
 * @param to Type of the result.
 * @returns Little-endian elements, as many.
 */
export function convertStored(
  from: Uint8Array<ArrayBuffer>,
  stored: SafetensorsDtype,
  to: FloatType,
): Uint8Array<ArrayBuffer> {
  if ((stored === "F32" && to === "float32") || (stored === "F16" && to === "float16")) return from;
  const values = widen(from, stored);
  const result = to === "float32" ? new Float32Array(values) : new Float16Array(values);
  return new Uint8Array(result.buffer);
}

function widen(from: Uint8Array<ArrayBuffer>, stored: SafetensorsDtype): Float32Array | Float16Array {
  const count = from.length / (stored === "F32" ? 4 : 2);
  if (stored === "F32") return new Float32Array(from.buffer, from.byteOffset, count);
  if (stored === "F16") return new Float16Array(from.buffer, from.byteOffset, count);
  const bits = new Uint16Array(from.buffer, from.byteOffset, count);
  return new Float32Array(Uint32Array.from(bits, (value) => value << 16).buffer);
}
