/**
 * The picture processor of Janus: the longer side as asked, then a square filled up with the mean colour.
 *
 * Source: transformers `image_processing_janus.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { CLIP_STATISTICS, readMeanColor } from "./levels.ts";
import { type ProcessedImage, processPicture, readPictureSteps } from "./picture_steps.ts";
import { readResample, resizePicture } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readCount,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { roundHalfToEven } from "./size_rule.ts";
import { stackPictures } from "./stack.ts";

/** Names of the classes that {@linkcode readJanus} reads. */
export const JANUS_CLASSES = ["JanusImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...CLIP_STATISTICS,
  resample: 3,
  size: { height: 384, width: 384 },
  min_size: 14,
  do_pad: true,
};

/** A processor of this class. */
export interface JanusProcessor {
  /**
   * `pixel_values`, float32, `[n, 3, side, side]`, of at least one picture file.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of a Janus image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readJanus(file: object): JanusProcessor {
  const given = pictureSettings(file);
  readProcessorType(given, JANUS_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const steps = readPictureSteps({ ...config, do_resize: false, do_center_crop: false });
  const resample = readResample(config);
  const sizeOf = readFlag(config, "do_resize") ? readSizes(config) : undefined;
  const color = readFlag(config, "do_pad") ? readMeanColor(config) : undefined;
  const finish = (image: CoreImage): ProcessedImage => {
    if (!color) return processPicture(steps, image);
    using square = callImageCore(() => image.padToSquare(...color));
    return processPicture(steps, square);
  };
  const processFile = (bytes: Uint8Array, limits?: ImageLimits): ProcessedImage => {
    using image = decodeIntoCore(bytes, limits);
    if (!sizeOf) return finish(image);
    using resized = resizePicture(image, sizeOf(image), resample);
    return finish(resized);
  };
  return {
    process: (images, limits) => ({ pixel_values: stackPictures(images.map((bytes) => processFile(bytes, limits))) }),
  };
}

/** The longer side as asked, the other one in proportion, but none below `min_size`. */
function readSizes(config: Settings): (picture: ImageSize) => ImageSize {
  const { height: side, width } = readHeightAndWidth("size", config["size"]);
  if (side !== width) throw settingFault("size", "a square", config["size"]);
  const least = readCount("min_size", config["min_size"]);
  return ({ width, height }) => {
    const scale = side / Math.max(height, width);
    const scaled = (extent: number) => Math.max(roundHalfToEven(extent * scale), least);
    return { height: scaled(height), width: scaled(width) };
  };
}
