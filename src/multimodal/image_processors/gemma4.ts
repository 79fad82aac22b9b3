/**
 * The picture processor of Gemma 4: the largest size of about the picture's own shape that fits a number of tokens, as a
 * sequence of patches with their places.
 *
 * Source: transformers `image_processing_gemma4.py`, torchvision backend.
 *
 * @module
 */
import { MediaDecodeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { readLevels } from "./levels.ts";
import { padSequences, patchesOf, type PatchSequence } from "./patch_sequences.ts";
import { readResample, resizePicture } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readCount,
  readFlag,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { int64 } from "./stack.ts";

/** Names of the classes that {@linkcode readGemma4} reads. */
export const GEMMA4_CLASSES = ["Gemma4ImageProcessor"] as const;

const DEFAULTS: Settings = {
  image_mean: [0, 0, 0],
  image_std: [1, 1, 1],
  resample: 3,
  do_normalize: false,
  patch_size: 16,
  max_soft_tokens: 280,
  pooling_kernel_size: 3,
};

/** What `max_soft_tokens` may be. */
const TOKEN_COUNTS: readonly unknown[] = [70, 140, 280, 560, 1120];

/** A processor of this class. */
export interface Gemma4Processor {
  /**
   * Of a batch of pictures: `pixel_values`, float32, `[n, max_patches, patch * patch * channels]`, zeros behind the last patch;
   * `image_position_ids`, int64, `[n, max_patches, 2]`: column and row of each patch, -1 behind the last;
   * `num_soft_tokens_per_image`, int64, `[n]`.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit, or has a shape that does not fit.
   * @throws {ShapeError} If some pictures are not resized and have more patches than there is room for.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/** What a picture has to fit. */
interface Budget {
  /** Side of a patch, pixels. */
  readonly patchSize: number;
  /** Patches along a side of what becomes a token. */
  readonly pooling: number;
  /** Most patches. */
  readonly maxPatches: number;
}

/**
 * Reads the settings of a Gemma 4 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readGemma4(file: object): Gemma4Processor {
  const given = pictureSettings(file);
  readProcessorType(given, GEMMA4_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const budget = readBudget(config);
  const { patchSize, pooling, maxPatches } = budget;
  const resizes = readFlag(config, "do_resize");
  const resample = readResample(config);
  // torchvision is called with Pillow's number, and takes 0 for a filter that is not the one of all other classes.
  if (resizes && resample === "nearest-exact") throw settingFault("resample", "1, 2 or 3 for this class", 0);
  const levels = readLevels(config);
  const sequenceOf = (bytes: Uint8Array, limits?: ImageLimits): PatchSequence => {
    using image = decodeIntoCore(bytes, limits);
    const size = resizes ? sizeWithin(budget, image) : { height: image.height, width: image.width };
    if (size.height % patchSize !== 0 || size.width % patchSize !== 0) {
      throw new MediaDecodeError(
        `Expected sides that are multiples of ${patchSize} pixels, as do_resize is off: found ${size.width} x ${size.height}`,
        { code: "unsupported_image" },
      );
    }
    using resized = resizePicture(image, size, resample);
    return patchesOf(resized, patchSize, levels);
  };
  return {
    process(images, limits) {
      const sequences = images.map((bytes) => sequenceOf(bytes, limits));
      const { pixel_values } = padSequences(sequences, maxPatches, patchSize);
      const [, length] = pixel_values.dims;
      const places = sequences.flatMap(({ grid }) => placesOf(grid, length));
      const numTokens = sequences.map(({ grid }) => Math.floor(grid.height * grid.width / pooling ** 2));
      return {
        pixel_values,
        image_position_ids: int64([images.length, length, 2], places),
        num_soft_tokens_per_image: int64([images.length], numTokens),
      };
    },
  };
}

function readBudget(config: Settings): Budget {
  const maxTokens = config["max_soft_tokens"];
  if (!TOKEN_COUNTS.includes(maxTokens)) {
    throw settingFault("max_soft_tokens", `one of ${TOKEN_COUNTS.join(", ")}`, maxTokens);
  }
  const [patchSize, pooling] = ["patch_size", "pooling_kernel_size"].map((key) => readCount(key, config[key]));
  return { patchSize, pooling, maxPatches: maxTokens as number * pooling ** 2 };
}

/** Whole tokens along both sides, rounded down; a side that would be none is one, and the other as long as may be. */
function sizeWithin({ patchSize, pooling, maxPatches }: Budget, { width, height }: ImageSize): ImageSize {
  const side = pooling * patchSize;
  const area = maxPatches * patchSize ** 2;
  const factor = Math.sqrt(area / (height * width));
  const whole = (extent: number) => Math.floor(factor * extent / side) * side;
  const longest = Math.floor(maxPatches / pooling ** 2) * side;
  const beside = (long: number, short: number) => Math.min(Math.floor(long / short) * side, longest);
  const size = { height: whole(height), width: whole(width) };
  if (size.height === 0 && size.width > 0) return { height: side, width: beside(width, height) };
  if (size.width === 0 && size.height > 0) return { height: beside(height, width), width: side };
  if (size.height > 0 && size.height * size.width <= area) return size;
  throw new MediaDecodeError(`Expected a picture of a usual shape: found ${width} x ${height}`, {
    code: "unsupported_image",
  });
}

/** Column and row of each patch, then -1 up to `length` of them. */
function placesOf({ height, width }: ImageSize, length: number): number[] {
  const places = Array.from({ length: height * width }, (_, i) => [i % width, Math.floor(i / width)]).flat();
  return [...places, ...new Array(2 * length - places.length).fill(-1)];
}
