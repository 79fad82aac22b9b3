/**
 * Precomputed rows as clients send them: a safetensors file in base64, whose tensors have the model's own names.
 *
 * Source of the format: https://github.com/huggingface/safetensors#format
 *
 * @module
 */
import { InvalidRequestError } from "../../src/core/errors.ts";
import { numElements, type Tensor, type TypedArray } from "../../src/core/tensor.ts";

/** Longest header that is read, bytes; a file of a few tensors needs a few hundred. */
const MAX_HEADER_BYTES = 65_536;

/** Types that are taken: bytes of an element, and what becomes of them. Floats of 16 bits are widened. */
const DTYPES: Readonly<Record<string, { bytes: number; type: Tensor["type"]; read(bytes: ArrayBuffer): TypedArray }>> =
  {
    F32: { bytes: 4, type: "float32", read: (bytes) => new Float32Array(bytes) },
    F16: { bytes: 2, type: "float32", read: (bytes) => Float32Array.from(new Float16Array(bytes)) },
    BF16: {
      bytes: 2,
      type: "float32",
      read: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer),
    },
    I64: { bytes: 8, type: "int64", read: (bytes) => new BigInt64Array(bytes) },
    I32: { bytes: 4, type: "int32", read: (bytes) => new Int32Array(bytes) },
  };

/** A tensor of the header. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads the tensors of a file. Lengths, shapes and offsets are checked before any of them is.
 *
 * @param base64 The file, in the standard alphabet with its padding.
 * @param param Path of the part, for errors.
 * @throws {InvalidRequestError} Code `invalid_embeddings`, if it is no such file.
 */
export function readEmbedsFile(base64: string, param: string): Record<string, Tensor> {
  const bytes = decode(base64, param);
  const headerBytes = bytes.length < 8 ? Infinity : Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (headerBytes > Math.min(MAX_HEADER_BYTES, bytes.length - 8)) {
    throw fault("a header within the file", "none", param);
  }
  const dataStart = 8 + headerBytes;
  const entries = readHeader(bytes.subarray(8, dataStart), param).sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) throw fault("tensors without gap or overlap", "another layout", param);
    end = entry.end;
  }
  if (dataStart + end !== bytes.length) throw fault("data as long as the header says", "another length", param);
  return Object.fromEntries(entries.map(({ name, dtype, dims, begin, end }) => {
    const { type, read } = DTYPES[dtype];
    return [name, { type, dims, data: read(bytes.slice(dataStart + begin, dataStart + end).buffer) }];
  }));
}

function decode(base64: string, param: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    throw fault("base64", "other text", param);
  }
}

function readHeader(bytes: Uint8Array, param: string): Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fault("a header of JSON", "something else", param);
  }
  if (!isObject(header)) throw fault("a JSON object as the header", "another value", param);
  return Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, value]) => {
    const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
    if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
      throw fault(`tensors of type ${Object.keys(DTYPES).join(", ")}`, "another type", param);
    }
    if (!isExtents(shape) || !isExtents(offsets) || offsets.length !== 2) {
      throw fault("shape and data_offsets of whole numbers", "something else", param);
    }
    const [begin, end] = offsets;
    if (numElements(shape) * DTYPES[dtype].bytes !== end - begin) {
      throw fault("as many bytes as shape and type say", "another number", param);
    }
    return { name, dtype, dims: shape, begin, end };
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isExtents(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}

function fault(expected: string, found: string, param: string): InvalidRequestError {
  return new InvalidRequestError(
    `Expected embeddings as a safetensors file in base64, with ${expected}: found ${found}`,
    {
      param,
      code: "invalid_embeddings",
    },
  );
}
