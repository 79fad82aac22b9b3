/**
 * The picture processors of CLIP and of all that do the same work: SigLIP, BLIP, ViT, DeiT, LLaVA, ...: (pad to a square,)
 * resize, crop the centre, rescale and normalize.
 *
 * Source: transformers `image_processing_backends.py`, `image_processing_llava.py`, torchvision backend.
 *
 * @module
 */
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { readMeanColor } from "./levels.ts";
import {
  outputSize,
  type PictureSteps,
  type ProcessedImage,
  processPicture,
  readPictureSteps,
} from "./picture_steps.ts";
import { inPlainWords, padsBatches, PLAIN_CLASSES } from "./plain_classes.ts";
import {
  type ImageSize,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { padPictures, stackPictures } from "./stack.ts";

/** What becomes of a picture and of a batch. */
export interface ClipSteps extends PictureSteps {
  /** Name of the class. */
  readonly processorType: string;
  /** Colour of the square that the picture is centred in before all else; undefined: no such square. */
  readonly squareColor?: readonly [red: number, green: number, blue: number];
  /** Size that the results are filled up to with zeros; `batch`: the largest of the batch; undefined: no filling. */
  readonly padSize?: ImageSize | "batch";
}

/** Names of the classes that {@linkcode readClip} reads. */
export const CLIP_CLASSES: readonly string[] = Object.keys(PLAIN_CLASSES);

/** Names of those of BLIP and BLIP-2. */
export const BLIP_CLASSES: readonly string[] = ["BlipImageProcessor"];

/** A processor of one of these classes. */
export interface ClipProcessor {
  /** Size of `pixel_values` for an upright picture of this size, pixels, before a batch is filled up. */
  readonly outputSize: (width: number, height: number) => ImageSize;
  /**
   * Decodes and transforms one picture file.
   *
   * @throws {MediaDecodeError} If the file is broken, not supported or over the limit.
   */
  readonly processImage: (bytes: Uint8Array, limits?: ImageLimits) => ProcessedImage;
  /**
   * `pixel_values`, float32, `[n, 3, height, width]`, of at least one picture file.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes that are not filled up, or larger than `pad_size`.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of one of these classes, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readClip(file: object): ClipProcessor {
  const steps = readClipSteps(file);
  const { padSize } = steps;
  return {
    outputSize: (width, height) => outputSize(steps, squared(steps, { width, height })),
    processImage: (bytes, limits) => processImage(steps, bytes, limits),
    process(images, limits) {
      const pictures = images.map((bytes) => processImage(steps, bytes, limits));
      if (!padSize) return { pixel_values: stackPictures(pictures) };
      return { pixel_values: padPictures(pictures, padSize === "batch" ? undefined : padSize) };
    },
  };
}

/**
 * Reads the settings alone; see {@linkcode readClip}.
 *
 * @throws {CheckpointError} As there.
 */
export function readClipSteps(file: object): ClipSteps {
  const given = pictureSettings(file);
  const processorType = readProcessorType(given, CLIP_CLASSES);
  const config = inPlainWords(processorType, withDefaults(given, PLAIN_CLASSES[processorType]));
  const pads = readFlag(config, "do_pad");
  return {
    processorType,
    ...readPictureSteps(config),
    squareColor: pads && processorType === "LlavaImageProcessor" ? readMeanColor(config) : undefined,
    padSize: pads && padsBatches(processorType) ? readPadSize(config) : undefined,
  };
}

function readPadSize(config: Settings): ImageSize | "batch" {
  return config["pad_size"] == null ? "batch" : readHeightAndWidth("pad_size", config["pad_size"]);
}

function squared({ squareColor }: ClipSteps, picture: ImageSize): ImageSize {
  const side = Math.max(picture.width, picture.height);
  return squareColor ? { width: side, height: side } : picture;
}

function processImage(steps: ClipSteps, bytes: Uint8Array, limits?: ImageLimits): ProcessedImage {
  using image = decodeIntoCore(bytes, limits);
  const { squareColor } = steps;
  if (!squareColor) return processPicture(steps, image);
  using square = callImageCore(() => image.padToSquare(...squareColor));
  return processPicture(steps, square);
}
