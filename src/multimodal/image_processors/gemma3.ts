/**
 * The picture processor of Gemma 3: a square of the whole picture and, on demand, of crops along its longer side
 * ("pan and scan").
 *
 * Source: transformers `image_processing_gemma3.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits, type ResizeFilter } from "../image.ts";
import {
  type ImageSize,
  isExtent,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readLevels,
  readProcessorType,
  readResample,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** Names of the classes that {@linkcode readGemma3} reads. */
export const GEMMA3_CLASSES = ["Gemma3ImageProcessor", "Gemma3ImageProcessorFast"] as const;

const DEFAULTS: Settings = {
  resample: 2,
  size: { height: 224, width: 224 },
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
  do_pan_and_scan: null,
  pan_and_scan_min_crop_size: null,
  pan_and_scan_max_num_crops: null,
  pan_and_scan_min_ratio_to_activate: null,
};

/** A part of a picture, pixels. */
interface Crop extends ImageSize {
  readonly x: number;
  readonly y: number;
}

/** A processor of this class. */
export interface Gemma3Processor {
  /** Size of `pixel_values`. */
  readonly size: ImageSize;
  /**
   * Crops of an upright picture of this size, pixels, beside the whole picture.
   *
   * @throws {MediaDecodeError} If a crop would be empty.
   */
  readonly numCrops: (width: number, height: number) => number;
  /**
   * Of a batch of pictures: `pixel_values`, float32, `[pictures and crops, 3, height, width]`, each picture before its
   * crops, and `num_crops`, int64, `[pictures]`.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit, or a crop of it would be empty.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface PanAndScan {
  readonly minCropSize: number;
  readonly maxNumCrops: number;
  readonly minRatio: number;
}

interface Steps {
  readonly size: ImageSize;
  readonly resample: ResizeFilter;
  readonly panAndScan?: PanAndScan;
  readonly levels: Float32Array;
}

/**
 * Reads the settings of a Gemma 3 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels is unknown or has an unknown value.
 */
export function readGemma3(file: object): Gemma3Processor {
  const given = pictureSettings(file);
  readProcessorType(given, GEMMA3_CLASSES);
  const config = withDefaults(given, DEFAULTS, ["default_to_square", "image_seq_length"]);
  if (!readFlag(config, "do_resize")) throw settingFault("do_resize", "true for this class", config["do_resize"]);
  const steps: Steps = {
    size: readHeightAndWidth("size", config["size"]),
    resample: readResample(config),
    panAndScan: readFlag(config, "do_pan_and_scan") ? readPanAndScan(config) : undefined,
    levels: readLevels(config),
  };
  return {
    size: steps.size,
    numCrops: (width, height) => cropsOf(steps, width, height).length,
    process: (images, limits) => process(steps, images, limits),
  };
}

function readPanAndScan(config: Settings): PanAndScan {
  const [minCropSize, maxNumCrops, minRatio] = [
    "pan_and_scan_min_crop_size",
    "pan_and_scan_max_num_crops",
    "pan_and_scan_min_ratio_to_activate",
  ].map((key) => {
    const value = config[key];
    const isRatio = key.endsWith("activate");
    const fits = isRatio ? typeof value === "number" && value >= 0 && value < Infinity : isExtent(value);
    if (!fits) throw settingFault(key, isRatio ? "a number from 0" : "a positive integer", value);
    return value as number;
  });
  return { minCropSize, maxNumCrops, minRatio };
}

/** Crops of equal length along the longer side, the last one shorter; none of a picture that is nearly square. */
function cropsOf({ panAndScan }: Steps, width: number, height: number): Crop[] {
  if (!panAndScan) return [];
  const { minCropSize, maxNumCrops, minRatio } = panAndScan;
  const isWide = width >= height;
  const [long, short] = isWide ? [width, height] : [height, width];
  if (long / short < minRatio) return [];
  const fitting = Math.min(Math.floor(long / minCropSize), Math.floor(long / short + 0.5));
  const numCrops = Math.min(maxNumCrops, Math.max(2, fitting));
  const length = Math.ceil(long / numCrops);
  if (Math.min(length, short) < minCropSize) return [];
  return Array.from({ length: numCrops }, (_, i) => {
    const start = i * length;
    const left = Math.min(length, long - start);
    if (left < 1) {
      throw new MediaDecodeError(
        `Expected a picture of at least ${
          numCrops * length
        } pixels along its longer side for ${numCrops} crops: found ${long}`,
        { code: "invalid_image" },
      );
    }
    return isWide ? { x: start, y: 0, width: left, height } : { x: 0, y: start, width, height: left };
  });
}

function process(steps: Steps, images: readonly Uint8Array[], limits?: ImageLimits): Record<string, Tensor> {
  const { size: { width, height }, resample, levels } = steps;
  const squares: Float32Array[] = [];
  const take = (part: CoreImage) => {
    using resized = callImageCore(() => part.resize(width, height, resample));
    squares.push(callImageCore(() => resized.normalize(levels)));
  };
  const numCrops = images.map((bytes) => {
    using picture = decodeIntoCore(bytes, limits);
    const crops = cropsOf(steps, picture.width, picture.height);
    take(picture);
    for (const crop of crops) {
      using part = callImageCore(() => picture.crop(crop.x, crop.y, crop.width, crop.height));
      take(part);
    }
    return crops.length;
  });
  const dims = [squares.length, 3, height, width];
  const data = new Float32Array(numElements(dims));
  squares.forEach((square, i) => data.set(square, i * square.length));
  return {
    pixel_values: { type: "float32", dims, data },
    num_crops: { type: "int64", dims: [numCrops.length], data: BigInt64Array.from(numCrops, BigInt) },
  };
}
