/**
 * Running graphs in tests: random tensors, weights from memory, ONNX Runtime sessions.
 *
 * @module
 */

import type * as Ort from "onnxruntime-web";
import type { Tensor, TypedArray } from "../../src/core/tensor.ts";
import { numElements } from "../../src/core/tensor.ts";
import {
  type FloatType,
  type Graph,
  lowerToOnnx,
  type OnnxModel,
  type WeightReader,
  weightTensors,
} from "../../src/graph/mod.ts";

/** The part of onnxruntime-web that both of its builds have. */
export type OrtModule = typeof Ort;

/** Numbers in 0..1 from a linear congruential generator (Numerical Recipes). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return state / 2 ** 32;
  };
}

/** An integer in from..to. */
export function randomInteger(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** A tensor of numbers in -scale..scale that f16 can hold, so that all float types start from the same ones. */
export function randomTensor(random: () => number, dims: readonly number[], scale = 1): Tensor {
  const data = Float32Array.from({ length: numElements(dims) }, () => Math.f16round((random() * 2 - 1) * scale));
  return { type: "float32", dims, data };
}

/** An `int64` tensor. */
export function int64Tensor(dims: readonly number[], values: readonly number[]): Tensor {
  return { type: "int64", dims, data: BigInt64Array.from(values, BigInt) };
}

/** An `int32` tensor. */
export function int32Tensor(dims: readonly number[], values: readonly number[]): Tensor {
  return { type: "int32", dims, data: Int32Array.from(values) };
}

/** Reads weights from tensors in memory, joined and transposed as the weight asks. */
export function weightsFrom(tensors: Readonly<Record<string, Tensor>>): WeightReader {
  return (spec) => {
    const { source, shape } = spec;
    if (source.kind === "constant") return source.data;
    const joined = weightTensors(spec).flatMap((name) => {
      if (!tensors[name]) throw new Error(`Expected a tensor ${name}: found none`);
      const all = Array.from(tensors[name].data as Float32Array);
      if (source.kind !== "rows") return all;
      const [start, end] = source.range.map((row) => row * all.length / source.of);
      return all.slice(start, end);
    });
    if (joined.length !== numElements(shape)) {
      throw new Error(`Expected [${shape}] for ${spec.name}: found ${joined.length}`);
    }
    if (source.transform !== "transpose") return Float32Array.from(joined);
    const [rows, columns] = shape;
    return Float32Array.from(joined, (_, i) => joined[i % columns * rows + Math.floor(i / columns)]);
  };
}

/** The external data of a model. */
export function externalData(model: OnnxModel, read: WeightReader): Uint8Array {
  const bytes = new Uint8Array(model.dataBytes);
  for (const { spec, type, offset, byteLength } of model.weights) {
    const values = read(spec);
    const stored: ArrayBufferView = type === "float16" ? Float16Array.from(values as Float32Array) : values;
    if (stored.byteLength !== byteLength) throw new Error(`Expected ${byteLength} bytes: found ${stored.byteLength}`);
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), offset);
  }
  return bytes;
}

/** How to open a session. */
export interface SessionChoice {
  /** The build of onnxruntime-web. */
  readonly ort: OrtModule;
  /** Execution provider. */
  readonly target: "wasm" | "webgpu";
  /** Float type; f32 if absent. */
  readonly dtype?: FloatType;
}

/** A lowered graph, ready to run. */
export interface OpenGraph extends AsyncDisposable {
  /** What was lowered. */
  readonly model: OnnxModel;
  /** The session. */
  readonly session: Ort.InferenceSession;
  /** Runs it; floats go in and come out as f32. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

/** Lowers a graph and opens a session on it. */
export async function openGraph(
  graph: Graph,
  read: WeightReader,
  { ort, target, dtype = "f32" }: SessionChoice,
  options: Ort.InferenceSession.SessionOptions = {},
): Promise<OpenGraph> {
  const model = lowerToOnnx(graph, { dtype, target });
  const session = await ort.InferenceSession.create(model.model, {
    executionProviders: [target],
    externalData: [{ path: model.dataFile, data: externalData(model, read) }],
    logSeverityLevel: 3,
    ...options,
  });
  return {
    model,
    session,
    async run(feeds) {
      const results = await session.run(Object.fromEntries(model.inputs.map(({ name, type }) => {
        const { dims, data } = feeds[name];
        const given = type === "float16" ? Float16Array.from(data as Float32Array) : data;
        return [name, new ort.Tensor(type as "float32", given as Float32Array, dims)];
      })));
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => {
          const isHalf = type === "float16";
          return [name, {
            type: isHalf ? "float32" : type as Tensor["type"],
            dims,
            data: (isHalf ? Float32Array.from(halves(data as Uint16Array)) : data) as TypedArray,
          }];
        }),
      );
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** The values of 16-bit floats, whether they come as such or as bits. */
function halves(data: Uint16Array | Float16Array): Float16Array {
  return data instanceof Float16Array ? data : new Float16Array(data.buffer, data.byteOffset, data.length);
}

/** Largest difference between two tensors of the same shape, relative to the larger of 1 and the expected magnitude. */
export function largestDifference(found: Tensor, expected: Tensor): number {
  if (found.dims.join() !== expected.dims.join()) throw new Error(`Expected [${expected.dims}]: found [${found.dims}]`);
  let largest = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(found.data[i]), Number(expected.data[i])];
    const difference = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Fails unless both tensors agree within the tolerance. */
export function assertClose(found: Tensor, expected: Tensor, tolerance: number, what: string): void {
  const difference = largestDifference(found, expected);
  if (!(difference <= tolerance)) {
    throw new Error(`Expected ${what} within ${tolerance}: found a difference of ${difference}`);
  }
}
