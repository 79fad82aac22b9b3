/**
 * Element types of stored weights and of those that the networks take. The kernels are the core's.
 *
 * @module
 */
import { convertFloats, type FloatType as StoredFloat } from "../compute/dtype.ts";
import { CheckpointError } from "../core/errors.ts";
import type { SafetensorsDtype, TensorEntry } from "./safetensors.ts";

/** Float type of weights on the device. */
export type FloatType = "float32" | "float16";

/** Bytes of one element of a {@linkcode FloatType}. */
export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2 };

/** A stored type that the core can convert. */
interface StoredType {
  /** The core's name of it. */
  readonly name: StoredFloat;
  /** Bytes of one element. */
  readonly bytes: number;
}

const STORED_TYPES: Partial<Record<SafetensorsDtype, StoredType>> = {
  F32: { name: "float32", bytes: 4 },
  F16: { name: "float16", bytes: 2 },
  BF16: { name: "bfloat16", bytes: 2 },
};

/**
 * Looks up how a tensor is stored.
 *
 * @throws {CheckpointError} If its type is none of F32, F16, BF16: integers and 8-bit floats need scales that lie elsewhere.
 */
export function storedType(entry: TensorEntry): StoredType {
  const type = STORED_TYPES[entry.dtype];
  if (type !== undefined) return type;
  throw new CheckpointError(`Expected ${entry.name} to be F32, F16 or BF16: found ${entry.dtype}`, {
    param: `${entry.file}: ${entry.name}`,
    hint: "Quantized checkpoints are not supported in this version; use the unquantized one",
  });
}

/**
 * Converts elements; rounding is to the nearest, ties to even, and what float16 cannot hold becomes infinite, as in torch.
 *
 * @param from Little-endian elements; may be returned as they are.
 * @param fromType Their type.
 * @param toType Type of the result.
 * @returns Little-endian elements, as many.
 */
export function convert(
  from: Uint8Array<ArrayBuffer>,
  fromType: StoredFloat,
  toType: FloatType,
): Uint8Array<ArrayBuffer> {
  return fromType === toType ? from : convertFloats(from, fromType, toType);
}
