/**
 * The header of a safetensors file: eight bytes of length, then JSON. Checked in full before any tensor is read,
 * because a wrong offset would give wrong weights without an error.
 *
 * Source of the format: https://github.com/huggingface/safetensors#format
 *
 * @module
 */
import { CheckpointError } from "../core/errors.ts";
import type { CheckpointFile } from "./files.ts";
import { isJsonObject, parseJson } from "./json_file.ts";

/** Largest header that is read, bytes; the bound of the format's own reader. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bits of one element, by the format's name of the type. */
export const SAFETENSORS_BITS = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  U16: 16,
  I16: 16,
  U32: 32,
  I32: 32,
  U64: 64,
  I64: 64,
  F16: 16,
  BF16: 16,
  F32: 32,
  F64: 64,
  C64: 64,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

/** Element type of a stored tensor. */
export type SafetensorsDtype = keyof typeof SAFETENSORS_BITS;

/** A tensor as it lies in a file. */
export interface TensorEntry {
  /** As the header writes it. */
  readonly name: string;
  /** Type of the stored elements. */
  readonly dtype: SafetensorsDtype;
  /** Extents, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Name of the file that holds it. */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Length of the data. */
  readonly byteLength: number;
}

/** Names a tensor of a file in an error. */
function fault(file: string, tensor: string, message: string): CheckpointError {
  return new CheckpointError(`${message} (tensor ${tensor} of ${file})`, { param: `${file}: ${tensor}` });
}

/**
 * Reads and checks the header of one file.
 *
 * @param file The open file.
 * @param name Its name, for errors and for the entries.
 * @returns One entry for each tensor, in the order of the data.
 * @throws {CheckpointError} If the length, the JSON, a type, a shape or an offset is wrong, if tensors overlap or leave
 * a hole, or if the file is longer or shorter than its header says.
 */
export async function readSafetensorsHeader(file: CheckpointFile, name: string): Promise<TensorEntry[]> {
  if (file.size < 8) {
    throw new CheckpointError(`Expected at least 8 bytes in ${name}: found ${file.size}`, { param: name });
  }
  const prefix = await file.read(0, 8);
  const headerBytes = new DataView(prefix.buffer).getBigUint64(0, true);
  const limit = Math.min(MAX_HEADER_BYTES, file.size - 8);
  if (headerBytes > BigInt(limit)) {
    throw new CheckpointError(
      `Expected a header of at most ${limit} bytes in ${name}: found a length of ${headerBytes}`,
      { param: name, hint: "The file is cut, or is no safetensors file (a Git LFS pointer looks like this)" },
    );
  }
  const header = parseJson(await file.read(8, Number(headerBytes)), name);
  if (!isJsonObject(header)) {
    throw new CheckpointError(`Expected a JSON object as the header of ${name}: found another value`, { param: name });
  }
  const dataStart = 8 + Number(headerBytes);
  const entries = Object.entries(header)
    .filter(([tensor]) => tensor !== "__metadata__")
    .map(([tensor, value]) => parseEntry(tensor, value, name, dataStart))
    .sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  checkLayout(entries, name, dataStart, file.size);
  return entries;
}

function parseEntry(tensor: string, value: unknown, file: string, dataStart: number): TensorEntry {
  if (!isJsonObject(value)) throw fault(file, tensor, "Expected an object in the header: found another value");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(SAFETENSORS_BITS, dtype)) {
    const known = Object.keys(SAFETENSORS_BITS).join(", ");
    throw fault(file, tensor, `Expected a dtype of ${known}: found ${JSON.stringify(dtype)?.slice(0, 40)}`);
  }
  if (!isExtents(shape)) throw fault(file, tensor, "Expected a shape of whole numbers from 0: found something else");
  if (!isExtents(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fault(file, tensor, "Expected data_offsets of [begin, end]: found something else");
  }
  const [begin, end] = offsets;
  const bits = shape.reduce((product, extent) => product * extent, SAFETENSORS_BITS[dtype as SafetensorsDtype]);
  if (bits !== (end - begin) * 8) {
    throw fault(
      file,
      tensor,
      `Expected ${Math.ceil(bits / 8)} bytes for ${dtype} [${shape.join(", ")}]: found ${end - begin}`,
    );
  }
  return {
    name: tensor,
    dtype: dtype as SafetensorsDtype,
    shape,
    file,
    offset: dataStart + begin,
    byteLength: end - begin,
  };
}

/** Tensors, sorted by offset, must cover the data of the file without overlap or hole. */
function checkLayout(entries: readonly TensorEntry[], file: string, dataStart: number, size: number): void {
  let end = dataStart;
  for (const entry of entries) {
    if (entry.offset !== end) {
      const found = entry.offset < end ? "an overlap" : "a hole";
      throw fault(file, entry.name, `Expected data to begin at ${end - dataStart}: found ${found}`);
    }
    end = entry.offset + entry.byteLength;
    if (end > size) {
      throw fault(file, entry.name, `Expected a file of at least ${end} bytes: found ${size}, so the file is cut`);
    }
  }
  if (end !== size) {
    throw new CheckpointError(`Expected ${file} to end at byte ${end}: found ${size} bytes`, { param: file });
  }
}

function isExtents(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}
