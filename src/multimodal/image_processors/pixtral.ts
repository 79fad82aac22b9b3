/**
 * The picture processor of Pixtral and Mistral 3: a picture keeps its size unless it is above the largest one, then both
 * sides grow to whole patches.
 *
 * Source: transformers `image_processing_pixtral.py`, torchvision backend.
 *
 * @module
 */
import type { Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { CLIP_STATISTICS } from "./levels.ts";
import { type PictureSteps, type ProcessedImage, processPicture, readPictureSteps } from "./picture_steps.ts";
import {
  extentsOf,
  type ImageSize,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { int64, padPictures, stackPictures } from "./stack.ts";

/** Names of the class. */
export const PIXTRAL_CLASSES = ["PixtralImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...CLIP_STATISTICS,
  resample: 3,
  do_pad: true,
  size: { longest_edge: 1024 },
  patch_size: { height: 16, width: 16 },
};

/** A processor with the settings of a checkpoint. */
export interface PixtralProcessor {
  /** Largest height and width before they grow to whole patches. */
  readonly largestSize: ImageSize;
  /** Extents of a patch. */
  readonly patchSize: ImageSize;
  /**
   * Size of a picture after its resize: whole patches, unless `do_resize` is off.
   *
   * @param width Pixels, upright.
   * @param height Pixels, upright.
   */
  readonly outputSize: (width: number, height: number) => ImageSize;
  /**
   * `pixel_values`, float32, `[n, 3, height, width]`, pictures filled up with zeros to the right and below to the largest of
   * the batch; and `image_sizes`, int64, `[n, 2]`: height and width of each before that.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes and `do_pad` is off.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface PixtralSteps {
  readonly largestSize: ImageSize;
  readonly patchSize: ImageSize;
  readonly resizes: boolean;
  /** What is done at the size that comes of the above. */
  readonly picture: PictureSteps;
}

/**
 * Reads the settings of a Pixtral image processor, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If a key that changes pixels is unknown or has an unknown value.
 */
export function readPixtral(file: object): PixtralProcessor {
  const given = pictureSettings(file);
  readProcessorType(given, PIXTRAL_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const steps = readSteps(config);
  const pads = readFlag(config, "do_pad");
  return {
    largestSize: steps.largestSize,
    patchSize: steps.patchSize,
    outputSize: (width, height) => outputSize(steps, { width, height }),
    process(images, limits) {
      const pictures = images.map((bytes) => processFile(steps, bytes, limits));
      return {
        pixel_values: pads ? padPictures(pictures) : stackPictures(pictures),
        image_sizes: int64([pictures.length, 2], pictures.flatMap(({ height, width }) => [height, width])),
      };
    },
  };
}

function readSteps(config: Settings): PixtralSteps {
  if (readFlag(config, "do_center_crop")) throw settingFault("do_center_crop", "false for this class", true);
  const largestSize = readLargestSize(config["size"]);
  return {
    largestSize,
    patchSize: readHeightAndWidth("patch_size", config["patch_size"]),
    resizes: readFlag(config, "do_resize"),
    picture: readPictureSteps({ ...config, size: largestSize }),
  };
}

function readLargestSize(size: unknown): ImageSize {
  const longest = extentsOf(size, ["longest_edge"]);
  return longest ? { height: longest[0], width: longest[0] } : readHeightAndWidth("size", size);
}

function outputSize({ largestSize, patchSize, resizes }: PixtralSteps, { width, height }: ImageSize): ImageSize {
  if (!resizes) return { height, width };
  const ratio = Math.max(height / largestSize.height, width / largestSize.width);
  const shrunk = (extent: number) => ratio > 1 ? Math.floor(extent / ratio) : extent;
  // A side that shrinks to nothing still has the patch that it is part of.
  const whole = (extent: number, patch: number) => Math.max(1, Math.ceil(shrunk(extent) / patch)) * patch;
  return { height: whole(height, patchSize.height), width: whole(width, patchSize.width) };
}

function processFile(steps: PixtralSteps, bytes: Uint8Array, limits?: ImageLimits): ProcessedImage {
  using image = decodeIntoCore(bytes, limits);
  return processPicture({ ...steps.picture, size: outputSize(steps, image) }, image);
}
