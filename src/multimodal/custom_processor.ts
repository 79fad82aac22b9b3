/**
 * Processors written by an adapter's author, for checkpoints that have no processor configuration: pixels or samples of one
 * item in, named tensors out, checked.
 *
 * @module
 */
import { AdapterError, ShapeError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { checkShape, type DataType, numElements, type Tensor } from "../core/tensor.ts";
import { MultiModalField, reduceField } from "./field.ts";
import { decodeImage, type RgbImage } from "./image.ts";
import type { ProcessOptions, Processor, ProcessorKwargs } from "./item.ts";

/** What a tensor of one item must be. */
export interface OutputSpec {
  /** Element type. */
  readonly type: DataType;
  /** Extents of one item, outermost first; a name stands for any extent, the same wherever it is used in one tensor. */
  readonly dims: readonly (number | string)[];
}

/** A processor for one item at a time. */
export interface CustomProcess<Content> {
  /** The tensors that `process` makes of an item, by name. */
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  /**
   * Makes the tensors of one item.
   *
   * @param content Upright RGB pixels of a picture; samples of one channel at the model's `samplingRate` of a sound.
   * @param kwargs The request's settings.
   */
  readonly process: (
    content: Content,
    kwargs: ProcessorKwargs,
  ) => Readonly<Record<string, Tensor>> | Promise<Readonly<Record<string, Tensor>>>;
}

/**
 * Makes a processor of a function of one item. Its outputs get a first axis of items, as the field
 * {@linkcode MultiModalField.batched} wants them.
 *
 * @example
 * ```ts
 * import { customProcessor } from "./custom_processor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const loudness = customProcessor("audio", {
 *   outputs: { input_features: { type: "float32", dims: [1] } },
 *   process: (samples) => {
 *     const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
 *     return { input_features: { type: "float32", dims: [1], data: Float32Array.of(loudest) } };
 *   },
 * });
 * const { input_features } = await loudness([Float32Array.of(0.5, -1)], {});
 * assertEquals([input_features.dims, [...input_features.data]], [[1, 1], [1]]);
 * ```
 *
 * @param modality `image`: files are decoded first, within the server's limits. `audio`: samples as they are.
 * @throws {MediaDecodeError} When it is used: if a picture is broken or over the limit.
 * @throws {AdapterError} When it is used: if a tensor is missing, unknown, of another type or shape than `outputs` says, or
 * items of different shapes are to be one batch.
 */
export function customProcessor(modality: "image", custom: CustomProcess<RgbImage>): Processor<Uint8Array>;
/** The same for sounds: `process` gets the samples of one channel at the model's rate. */
export function customProcessor(modality: "audio", custom: CustomProcess<Float32Array>): Processor<Float32Array>;
export function customProcessor(
  modality: "image" | "audio",
  custom: CustomProcess<RgbImage> | CustomProcess<Float32Array>,
): Processor<Uint8Array> | Processor<Float32Array> {
  const { outputs, process } = custom as CustomProcess<RgbImage | Float32Array>;
  return async (items: readonly (Uint8Array | Float32Array)[], { maxPixels, alpha, kwargs = {} }: ProcessOptions) => {
    const made: Readonly<Record<string, Tensor>>[] = [];
    for (const item of items) {
      const content = modality === "image"
        ? decodeImage(item as Uint8Array, { maxPixels, alpha })
        : item as Float32Array;
      made.push(checkOutputs(await process(content, kwargs), outputs));
    }
    return Object.fromEntries(Object.keys(outputs).map((name) => [name, stack(modality, name, made)]));
  };
}

/** The typed array of each element type. */
const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

function checkOutputs(
  tensors: Readonly<Record<string, Tensor>>,
  outputs: CustomProcess<never>["outputs"],
): Readonly<Record<string, Tensor>> {
  const [expected, found] = [Object.keys(outputs).sort(), Object.keys(tensors).sort()];
  if (expected.join() !== found.join()) {
    throw new AdapterError(
      `Expected the custom processor to make ${expected.join(", ")}: found ${found.join(", ") || "nothing"}`,
    );
  }
  for (const [name, spec] of Object.entries(outputs)) {
    const { type, dims, data } = tensors[name];
    if (type !== spec.type) throw new AdapterError(`Expected ${name} of type ${spec.type}: found ${type}`);
    if (!(data instanceof ARRAYS[type])) {
      throw new AdapterError(`Expected ${name} in a ${ARRAYS[type].name}, for ${type}: found another array`);
    }
    try {
      checkShape(name, dims, spec.dims);
    } catch (error) {
      throw error instanceof ShapeError ? new AdapterError(error.message) : error;
    }
    if (data.length !== numElements(dims)) {
      throw new AdapterError(`Expected ${name} to have ${numElements(dims)} elements: found ${data.length}`);
    }
  }
  return tensors;
}

function stack(modality: Modality, name: string, made: readonly Readonly<Record<string, Tensor>>[]): Tensor {
  const stacked = reduceField(name, MultiModalField.batched(modality), made.map((tensors) => tensors[name]));
  if ("dims" in stacked) return stacked;
  throw new AdapterError(`Expected ${name} of equal shapes in one batch: found different ones`);
}
