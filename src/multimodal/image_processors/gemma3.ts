/**
 * The picture processor of Gemma 3: a square of the whole picture and, on demand, of crops along its longer side
 * ("pan and scan").
 *
 * Source: transformers `image_processing_gemma3.py`, torchvision backend.
 *
 * @module
 */
import { MediaDecodeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { HALF_STATISTICS } from "./levels.ts";
import {
  outputSize,
  type PictureSteps,
  type ProcessedImage,
  processPicture,
  readPictureSteps,
} from "./picture_steps.ts";
import {
  type ImageSize,
  isExtent,
  pictureSettings,
  readFlag,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { readSizeRule, sizeByRule } from "./size_rule.ts";
import { int64, stackPictures } from "./stack.ts";
import { roomFor } from "./write_values.ts";

/** Names of the classes that {@linkcode readGemma3} reads. */
export const GEMMA3_CLASSES = ["Gemma3ImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...HALF_STATISTICS,
  resample: 2,
  size: { height: 224, width: 224 },
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
  /** Size of `pixel_values`; of a picture of 1 x 1 pixels where it depends on the picture's. */
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
   * @throws {ShapeError} If pictures or crops come out in different sizes.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface PanAndScan {
  readonly minCropSize: number;
  readonly maxNumCrops: number;
  readonly minRatio: number;
}

/**
 * Reads the settings of a Gemma 3 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readGemma3(file: object): Gemma3Processor {
  const given = pictureSettings(file);
  readProcessorType(given, GEMMA3_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const panAndScan = readFlag(config, "do_pan_and_scan") ? readPanAndScan(config) : undefined;
  // The class crops no centre, and pan and scan resizes without being asked.
  const asked = readPictureSteps({ ...config, do_center_crop: false });
  const steps = panAndScan ? { ...asked, size: readSizeRule(config) } : asked;
  return {
    get size() {
      const unit = { width: 1, height: 1 };
      return steps.size ? sizeByRule(steps.size, unit) : unit;
    },
    numCrops: (width, height) => cropsOf(panAndScan, width, height).length,
    process: (images, limits) => process(steps, panAndScan, images, limits),
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
function cropsOf(panAndScan: PanAndScan | undefined, width: number, height: number): Crop[] {
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

function process(
  steps: PictureSteps,
  panAndScan: PanAndScan | undefined,
  images: readonly Uint8Array[],
  limits?: ImageLimits,
): Record<string, Tensor> {
  const squares: ProcessedImage[] = [];
  const numCrops = images.map((bytes) => {
    using picture = decodeIntoCore(bytes, limits);
    const crops = cropsOf(panAndScan, picture.width, picture.height);
    const room = roomFor(1 + crops.length, outputSize(steps, picture));
    squares.push(processPicture(steps, picture, room.shift()));
    for (const crop of crops) {
      using part = callImageCore(() => picture.crop(crop.x, crop.y, crop.width, crop.height));
      squares.push(processPicture(steps, part, room.shift()));
    }
    return crops.length;
  });
  return { pixel_values: stackPictures(squares), num_crops: int64([numCrops.length], numCrops) };
}
