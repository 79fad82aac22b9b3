/**
 * The picture processor of SigLIP 2 (NaFlex): the largest size of the picture's own shape that has no more patches than
 * allowed, cut into patches.
 *
 * Source: transformers `image_processing_siglip2.py`, torchvision backend.
 *
 * @module
 */
import { MediaDecodeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { HALF_STATISTICS, readLevels } from "./levels.ts";
import { padSequences, patchesOf, type PatchSequence } from "./patch_sequences.ts";
import { readResample, resizePicture, type TorchvisionFilter } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readCount,
  readFlag,
  readProcessorType,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** Names of the classes that {@linkcode readSiglip2} reads. */
export const SIGLIP2_CLASSES = ["Siglip2ImageProcessor"] as const;

const DEFAULTS: Settings = { ...HALF_STATISTICS, resample: 2, patch_size: 16, max_num_patches: 256 };

/** A processor of this class. */
export interface Siglip2Processor {
  /**
   * Rows and columns of patches of an upright picture of this size, pixels.
   *
   * @throws {MediaDecodeError} If it is not resized and its sides are no multiples of a patch.
   */
  readonly gridOf: (width: number, height: number) => ImageSize;
  /**
   * Of a batch of pictures: `pixel_values`, float32, `[n, max_num_patches, patch * patch * channels]`, zeros behind the
   * last patch; `pixel_attention_mask`, int32, `[n, max_num_patches]`, 1 for each patch; `spatial_shapes`, int64, `[n, 2]`:
   * rows and columns of patches.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If some pictures are not resized and have more patches than allowed.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface Steps {
  readonly resizes: boolean;
  readonly patchSize: number;
  readonly maxNumPatches: number;
  readonly resample: TorchvisionFilter;
  readonly levels: Float32Array;
}

/**
 * Reads the settings of a SigLIP 2 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readSiglip2(file: object): Siglip2Processor {
  const given = pictureSettings(file);
  readProcessorType(given, SIGLIP2_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const steps: Steps = {
    resizes: readFlag(config, "do_resize"),
    patchSize: readCount("patch_size", config["patch_size"]),
    maxNumPatches: readCount("max_num_patches", config["max_num_patches"]),
    resample: readResample({ ...config, resample: config["resample"] ?? 2 }),
    levels: readLevels(config),
  };
  return {
    gridOf: (width, height) => gridOf(steps, { width, height }),
    process(images, limits) {
      const { maxNumPatches, patchSize } = steps;
      return padSequences(images.map((bytes) => sequenceOf(steps, bytes, limits)), maxNumPatches, patchSize);
    },
  };
}

/** Halves the range of scales until it is narrower than this, as the source does. */
const SCALE_STEP = 1e-5;

function gridOf({ resizes, patchSize, maxNumPatches }: Steps, { width, height }: ImageSize): ImageSize {
  if (!resizes) {
    if (width % patchSize === 0 && height % patchSize === 0) {
      return { height: height / patchSize, width: width / patchSize };
    }
    throw new MediaDecodeError(
      `Expected sides that are multiples of ${patchSize} pixels, as do_resize is off: found ${width} x ${height}`,
      { code: "unsupported_image" },
    );
  }
  const patches = (side: number, scale: number) => Math.max(1, Math.ceil(side * scale / patchSize));
  let [low, high] = [SCALE_STEP / 10, 100];
  while (high - low >= SCALE_STEP) {
    const scale = (low + high) / 2;
    if (patches(height, scale) * patches(width, scale) <= maxNumPatches) low = scale;
    else high = scale;
  }
  return { height: patches(height, low), width: patches(width, low) };
}

function sequenceOf(steps: Steps, bytes: Uint8Array, limits?: ImageLimits): PatchSequence {
  using image = decodeIntoCore(bytes, limits);
  const { patchSize, levels, resample } = steps;
  const grid = gridOf(steps, image);
  using resized = resizePicture(image, { height: grid.height * patchSize, width: grid.width * patchSize }, resample);
  return patchesOf(resized, patchSize, levels);
}
