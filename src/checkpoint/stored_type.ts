import type { FloatType } from "../compute/dtype.ts";
import { CheckpointError } from "../core/errors.ts";
import type { SafetensorsDtype, TensorEntry } from "./safetensors.ts";

/** A stored type that the core can convert. */
interface StoredType {
  /** The core's name of it. */
  readonly name: FloatType;
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
