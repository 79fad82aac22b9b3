/**
 * The picture processors of CLIP, SigLIP, BLIP and LLaVA: pad to a square, resize, crop the centre, rescale and normalize.
 *
 * Source: transformers `image_processing_clip.py`, `image_processing_siglip.py`, `image_processing_llava.py`, torchvision
 * backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError, ShapeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import {
  callImageCore,
  decodeIntoCore,
  DEFAULT_MAX_IMAGE_PIXELS,
  type ImageLimits,
  type ResizeFilter,
} from "../image.ts";
import {
  extentsOf,
  type ImageSize,
  isExtent,
  pictureSettings,
  readChannels,
  readFlag,
  readHeightAndWidth,
  readLevels,
  readProcessorType,
  readResample,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** What becomes of a picture, in this order: pad, resize, crop, rescale and normalize. */
export interface ClipSteps {
  /** Name of the class in the file. */
  readonly processorType: string;
  /** Colour of the square that the picture is centred in; undefined: no padding. */
  readonly padColor?: readonly [number, number, number];
  /** Size to resize to; undefined: no resize. */
  readonly size?: { readonly shortestEdge: number } | ImageSize;
  /** Filter of the resize. */
  readonly resample: ResizeFilter;
  /** Size of the centre to keep; undefined: everything. */
  readonly cropSize?: ImageSize;
  /** Value of each 8-bit level, channel after channel, `[3 * 256]`. */
  readonly levels: Float32Array;
}

const CLIP: Settings = {
  resample: 3,
  do_center_crop: true,
  size: { shortest_edge: 224 },
  crop_size: { height: 224, width: 224 },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const SIGLIP: Settings = {
  resample: 3,
  size: { height: 224, width: 224 },
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

const BLIP: Settings = {
  resample: 3,
  size: { height: 384, width: 384 },
  default_to_square: true,
  image_mean: CLIP["image_mean"],
  image_std: CLIP["image_std"],
};

/** Defaults by class name. The `Fast` classes of transformers 4 are the plain ones of 5. */
const CLASSES: Readonly<Record<string, Settings>> = {
  BlipImageProcessor: BLIP,
  BlipImageProcessorFast: BLIP,
  CLIPImageProcessor: CLIP,
  CLIPImageProcessorFast: CLIP,
  CLIPFeatureExtractor: CLIP,
  LlavaImageProcessor: CLIP,
  LlavaImageProcessorFast: CLIP,
  SiglipImageProcessor: SIGLIP,
  SiglipImageProcessorFast: SIGLIP,
};

/** Names of the classes that {@linkcode readClip} reads. */
export const CLIP_CLASSES: readonly string[] = Object.keys(CLASSES);

/** Names of those of BLIP and BLIP-2. */
export const BLIP_CLASSES: readonly string[] = ["BlipImageProcessor", "BlipImageProcessorFast"];

/** A picture as its encoder takes it. */
export interface ProcessedImage extends ImageSize {
  /** `[3, height, width]`. */
  readonly pixelValues: Float32Array<ArrayBuffer>;
}

/** A processor of one of these classes. */
export interface ClipProcessor {
  /** Size of `pixel_values` for an upright picture of this size, pixels. */
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
   * @throws {ShapeError} If pictures come out in different sizes, which only a processor without crop lets happen.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of a CLIP, SigLIP or LLaVA image processor, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels is unknown or has an unknown value.
 */
export function readClip(file: object): ClipProcessor {
  const steps = readClipSteps(file);
  return {
    outputSize: (width, height) => steps.cropSize ?? resizedSize(steps, width, height),
    processImage: (bytes, limits) => processImage(steps, bytes, limits),
    process(images, limits) {
      const processed = images.map((bytes) => processImage(steps, bytes, limits));
      const [{ height, width }] = processed;
      const other = processed.find((image) => image.height !== height || image.width !== width);
      if (other) throw new ShapeError("pixel_values", [3, height, width], [3, other.height, other.width]);
      const dims = [processed.length, 3, height, width];
      if (processed.length === 1) {
        return { pixel_values: { type: "float32", dims, data: processed[0].pixelValues } };
      }
      const data = new Float32Array(dims.reduce((product, dim) => product * dim));
      processed.forEach(({ pixelValues }, i) => data.set(pixelValues, i * pixelValues.length));
      return { pixel_values: { type: "float32", dims, data } };
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
  const config = withDefaults(given, CLASSES[processorType], [
    "crop_size",
    "default_to_square",
    "do_center_crop",
    "do_pad",
    "size",
  ]);
  return {
    processorType,
    padColor: readFlag(config, "do_pad") ? readPadColor(config, processorType) : undefined,
    size: readFlag(config, "do_resize") ? readSize(config) : undefined,
    resample: readResample(config),
    cropSize: readFlag(config, "do_center_crop") ? readCropSize(config["crop_size"]) : undefined,
    levels: readLevels(config),
  };
}

function readSize(config: Settings): ClipSteps["size"] {
  const size = config["size"];
  if (isExtent(size)) return config["default_to_square"] ? { height: size, width: size } : { shortestEdge: size };
  const shortest = extentsOf(size, ["shortest_edge"]);
  if (shortest) return { shortestEdge: shortest[0] };
  return readHeightAndWidth("size", size, "a number, {shortest_edge} or {height, width}");
}

function readCropSize(size: unknown): ImageSize {
  if (isExtent(size)) return { height: size, width: size };
  return readHeightAndWidth("crop_size", size, "a number or {height, width}");
}

/** LLaVA's square is filled with the mean colour. */
function readPadColor(config: Settings, processorType: string): [number, number, number] {
  if (!processorType.startsWith("Llava")) throw settingFault("do_pad", "false for this class", true);
  const [red, green, blue] = readChannels(config, "image_mean").map((mean) => Math.trunc(mean * 255));
  if ([red, green, blue].some((level) => level < 0 || level > 255)) {
    throw settingFault("image_mean", "three numbers from 0 to 1", config["image_mean"]);
  }
  return [red, green, blue];
}

function processImage(steps: ClipSteps, bytes: Uint8Array, limits?: ImageLimits): ProcessedImage {
  let image = decodeIntoCore(bytes, limits);
  try {
    const { padColor } = steps;
    if (padColor) image = replace(image, callImageCore(() => image.padToSquare(...padColor)));
    const resized = resizedSize(steps, image.width, image.height);
    const { height, width } = steps.cropSize ?? resized;
    checkOutput(width, height);
    if (steps.size) {
      // Only the part that the crop keeps is computed.
      const next = callImageCore(() =>
        image.resizeCenter(resized.width, resized.height, width, height, steps.resample)
      );
      image = replace(image, next);
    }
    const pixelValues = callImageCore(() => image.cropAndNormalize(height, width, steps.levels));
    return { height, width, pixelValues: pixelValues as Float32Array<ArrayBuffer> };
  } finally {
    image.free();
  }
}

function resizedSize({ size, padColor }: ClipSteps, width: number, height: number): ImageSize {
  if (padColor) width = height = Math.max(width, height);
  if (!size) return { height, width };
  if ("height" in size) return size;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const longEdge = Math.trunc(size.shortestEdge * long / short);
  return width <= height
    ? { height: longEdge, width: size.shortestEdge }
    : { height: size.shortestEdge, width: longEdge };
}

/** Frees the picture that a step has used up. */
function replace(old: CoreImage, next: CoreImage): CoreImage {
  old.free();
  return next;
}

/** A processor without crop can make a long, narrow picture huge. */
function checkOutput(width: number, height: number): void {
  if (width * height > DEFAULT_MAX_IMAGE_PIXELS) {
    throw new MediaDecodeError(
      `Expected a picture of at most ${DEFAULT_MAX_IMAGE_PIXELS} pixels after resizing: found ${width} x ${height}`,
      { code: "image_too_large" },
    );
  }
}
