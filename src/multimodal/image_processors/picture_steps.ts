/**
 * What most processors do with a picture or a part of one: resize, keep the centre, rescale and normalize.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { readLevels } from "./levels.ts";
import { checkResized, readResample, type TorchvisionFilter } from "./resize_picture.ts";
import { type ImageSize, readFlag, readHeightAndWidth, type Settings } from "./settings.ts";
import { readSizeRule, sizeByRule, type SizeRule } from "./size_rule.ts";
import { writePlanes } from "./write_values.ts";

/** The steps, in this order. */
export interface PictureSteps {
  /** Size to resize to; undefined: no resize. */
  readonly size?: SizeRule;
  /** Filter of the resize. */
  readonly resample: TorchvisionFilter;
  /** Size of the centre to keep, black where the picture does not reach; undefined: everything. */
  readonly cropSize?: ImageSize;
  /** Value of each 8-bit level, channel after channel, `[3 * 256]`. */
  readonly levels: Float32Array;
}

/** A picture as its encoder takes it. */
export interface ProcessedImage extends ImageSize {
  /** `[3, height, width]`. */
  readonly pixelValues: Float32Array<ArrayBuffer>;
}

/**
 * Reads `do_resize`, `size`, `resample`, `do_center_crop`, `crop_size` and what changes the levels.
 *
 * @param config A file over the defaults of its class.
 * @throws {CheckpointError} If one of them cannot be worked with.
 */
export function readPictureSteps(config: Settings): PictureSteps {
  const resizes = readFlag(config, "do_resize");
  return {
    size: resizes ? readSizeRule(config) : undefined,
    resample: readResample(config),
    cropSize: readFlag(config, "do_center_crop") ? readHeightAndWidth("crop_size", config["crop_size"]) : undefined,
    levels: readLevels(config),
  };
}

/** Size of what comes of a picture. */
export function outputSize({ size, cropSize }: PictureSteps, picture: ImageSize): ImageSize {
  return cropSize ?? (size ? sizeByRule(size, picture) : { height: picture.height, width: picture.width });
}

/**
 * Runs the steps on one picture, which the caller keeps.
 *
 * @param room Where the values go, if there are as many; see {@linkcode roomFor}. Default: an array of their own.
 * @throws {MediaDecodeError} If it would become too large.
 */
export function processPicture(
  steps: PictureSteps,
  image: CoreImage,
  room?: Float32Array<ArrayBuffer>,
): ProcessedImage {
  const { size, resample, levels } = steps;
  const { height, width } = outputSize(steps, image);
  checkResized({ height, width });
  const length = 3 * height * width;
  const pixelValues = room?.length === length ? room : new Float32Array(length);
  const target = size ? sizeByRule(size, image) : { height: image.height, width: image.width };
  writePlanes(image, { size: target, resample, levels, out: pixelValues }, { height, width });
  return { height, width, pixelValues };
}
