/**
 * Turns the tensors of a checkpoint into the weights that a graph asks for: found under any of their names, checked,
 * converted, joined, transposed. Bytes are produced in chunks, so that a weight need not be in memory as a whole.
 *
 * @module
 */
import { wordSimilaritySort } from "@std/text/word-similarity-sort";
import { convertFloats, FLOAT_BYTES, type FloatType } from "../compute/dtype.ts";
import { CheckpointError } from "../core/errors.ts";
import { numElements } from "../core/tensor.ts";
import { type WeightAliases, type WeightSpec, weightTensors } from "../graph/weights.ts";
import { storedType } from "./stored_type.ts";
import type { TensorEntry } from "./safetensors.ts";
import type { TensorIndex } from "./tensor_index.ts";

/** A weight that was found and checked, and whose bytes can be produced. */
export interface ResolvedWeight {
  /** Bytes that {@linkcode chunks} yields in total. */
  readonly byteLength: number;
  /**
   * Produces the little-endian bytes in row-major order.
   *
   * @returns Chunks of their own buffers, in order; each may be transferred.
   */
  chunks(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Gives a graph its weights. */
export interface WeightSource {
  /**
   * Finds and checks a weight; reads nothing yet, so that all weights can be checked before the first is read.
   *
   * @param spec What the graph asks for.
   * @param dtype Type for weights whose `type` is `float`.
   * @throws {CheckpointError} If a tensor is missing or has another shape or an unknown type.
   */
  resolve(spec: WeightSpec, dtype: FloatType): ResolvedWeight;
  /**
   * Reads a weight as a whole.
   *
   * @throws {CheckpointError} As {@linkcode resolve}, and if a file ends too soon.
   */
  read(spec: WeightSpec, dtype: FloatType): Promise<Uint8Array<ArrayBuffer>>;
}

/** How a {@linkcode WeightSource} finds and reads. */
export interface WeightSourceOptions {
  /** Names under which a canonical one may be stored, best first; the adapter's `tensorNames`. */
  readonly names: WeightAliases;
  /** Elements that are read and converted at once. Default: 2 Mi. */
  readonly chunkElements?: number;
}

/**
 * Opens a checkpoint's tensors as a source of weights.
 *
 * @param tensors The tensors of the checkpoint.
 */
export function createWeightSource(tensors: TensorIndex, options: WeightSourceOptions): WeightSource {
  const { names, chunkElements = 2 * 1024 * 1024 } = options;
  const resolve = (spec: WeightSpec, dtype: FloatType): ResolvedWeight => {
    if (spec.source.kind === "constant") return constant(spec, dtype);
    const float = spec.type === "float32" ? "float32" : dtype;
    const entries = weightTensors(spec).map((canonical) => findTensor(tensors, canonical, names(canonical)));
    entries.forEach(storedType);
    const transposed = spec.source.transform === "transpose";
    const shape = transposed ? [...spec.shape].reverse() : spec.shape;
    const rows = spec.source.kind === "rows" ? spec.source : undefined;
    checkStoredShape(spec, entries, rows ? [rows.of, ...shape.slice(1)] : shape);
    const stored = () => storedChunks(tensors, entries, float, chunkElements, rows);
    const byteLength = numElements(spec.shape) * FLOAT_BYTES[float];
    return { byteLength, chunks: transposed ? () => transpose(stored(), spec.shape, float) : stored };
  };
  return {
    resolve,
    async read(spec, dtype) {
      const weight = resolve(spec, dtype);
      return await collect(weight.chunks(), weight.byteLength);
    },
  };
}

/**
 * Puts chunks together.
 *
 * @param byteLength Bytes that all chunks have together.
 */
export async function collect(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for await (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function findTensor(tensors: TensorIndex, canonical: string, candidates: readonly string[]): TensorEntry {
  for (const name of candidates) {
    const entry = tensors.get(name);
    if (entry !== undefined) return entry;
  }
  const near = wordSimilaritySort(canonical, tensors.names().slice(), { caseSensitive: true }).slice(0, 3);
  const tried = [...new Set(candidates)].join(" or ");
  throw new CheckpointError(`Expected a tensor ${tried}: found none among ${tensors.size}`, {
    param: canonical,
    hint: near.length === 0 ? undefined : `The nearest names are ${near.join(", ")}`,
  });
}

/** Ranks may differ, extents of one rank may not: a `[3, 4]` that is read as `[4, 3]` is a mistake, not a view. */
function checkStoredShape(spec: WeightSpec, entries: readonly TensorEntry[], expected: readonly number[]): void {
  const stored = entries.length === 1 ? entries[0].shape : joinedShape(entries);
  const fits = stored.length === expected.length
    ? stored.every((extent, axis) => extent === expected[axis])
    : numElements(stored) === numElements(expected);
  if (fits) return;
  const name = entries.map((entry) => entry.name).join(" + ");
  throw new CheckpointError(`Expected ${name} to have shape [${expected.join(", ")}]: found [${stored.join(", ")}]`, {
    param: `${entries[0].file}: ${entries[0].name}`,
    hint: "config.json and the weights do not belong together, or the adapter names another tensor",
    cause: spec.name,
  });
}

function joinedShape(entries: readonly TensorEntry[]): readonly number[] {
  const [, ...rest] = entries[0].shape;
  for (const entry of entries) {
    if (entry.shape.length > 0 && entry.shape.slice(1).join() === rest.join()) continue;
    throw new CheckpointError(
      `Expected ${entry.name} to have shape [any${rest.map((extent) => `, ${extent}`).join("")}], to be joined with ${
        entries[0].name
      }: found [${entry.shape.join(", ")}]`,
      { param: `${entry.file}: ${entry.name}` },
    );
  }
  return [entries.reduce((sum, entry) => sum + entry.shape[0], 0), ...rest];
}

async function* storedChunks(
  tensors: TensorIndex,
  entries: readonly TensorEntry[],
  dtype: FloatType,
  chunkElements: number,
  rows?: { readonly range: readonly [start: number, end: number]; readonly of: number },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const entry of entries) {
    const stored = storedType(entry);
    const step = chunkElements * stored.bytes;
    const [start, end] = rows ? rows.range.map((row) => row * entry.byteLength / rows.of) : [0, entry.byteLength];
    for (let offset = start; offset < end; offset += step) {
      const bytes = await tensors.read(entry.name, offset, Math.min(step, end - offset));
      yield convert(bytes, stored.name, dtype);
    }
  }
}

/** Rounds to the nearest, ties to even; what float16 cannot hold becomes infinite, as in torch. */
function convert(bytes: Uint8Array<ArrayBuffer>, from: FloatType, to: FloatType): Uint8Array<ArrayBuffer> {
  return from === to ? bytes : convertFloats(bytes, from, to);
}

/** Side of the squares in which a matrix is transposed: both sides of one stay in the processor's cache. */
const TILE = 64;

/** Swaps the axes of a matrix; it must be in memory as a whole, before and after. */
async function* transpose(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  [rows, columns]: readonly number[],
  dtype: FloatType,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { buffer } = await collect(chunks, rows * columns * FLOAT_BYTES[dtype]);
  const [from, to] = dtype === "float32"
    ? [new Uint32Array(buffer), new Uint32Array(rows * columns)]
    : [new Uint16Array(buffer), new Uint16Array(rows * columns)];
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      const [bottom, right] = [Math.min(top + TILE, rows), Math.min(left + TILE, columns)];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) to[row * columns + column] = from[column * rows + row];
      }
    }
  }
  yield new Uint8Array(to.buffer);
}

/** A constant's floats follow the graph's float type; its integers stay. */
function constant(spec: WeightSpec, dtype: FloatType): ResolvedWeight {
  const { data } = spec.source as Extract<WeightSpec["source"], { kind: "constant" }>;
  const type = data instanceof Float32Array && spec.type !== "float32" ? dtype : "float32";
  const bytes = () => {
    const copy = new Uint8Array(data.byteLength);
    copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return convert(copy, "float32", type);
  };
  return {
    byteLength: data.byteLength / FLOAT_BYTES.float32 * FLOAT_BYTES[type],
    async *chunks() {
      yield await Promise.resolve(bytes());
    },
  };
}
