import { CoreImage, probeImageHeader } from "../compute/core.ts";
import { readCoreError } from "../compute/core_error.ts";
import { LimbusError, MediaDecodeError } from "../core/errors.ts";

/** Most pixels that are decoded if no limit is given: 33.5 million. */
export const DEFAULT_MAX_IMAGE_PIXELS = 33_554_432;

/** What the header of a picture file says. */
export interface ImageHeader {
  /** File format. */
  readonly format: "png" | "jpeg" | "webp" | "gif" | "bmp";
  /** Pixels, after the EXIF orientation has been applied. */
  readonly width: number;
  /** Pixels, after the EXIF orientation has been applied. */
  readonly height: number;
  /** Pictures in a WebP or GIF file, of which the first is decoded; 1 for the other formats. */
  readonly frames: number;
}

/** How files are decoded. */
export interface ImageLimits {
  /** Most pixels, read from the header before anything is decoded. Default: {@linkcode DEFAULT_MAX_IMAGE_PIXELS}. */
  readonly maxPixels?: number;
  /** What becomes of transparency: composited onto white, or left out. Default: `white`. */
  readonly alpha?: "white" | "drop";
}

/** Upright pixels. */
export interface RgbImage {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Red, green, blue. */
  readonly channels: 3;
  /** `[height, width, channels]`. */
  readonly data: Uint8Array;
}

/** How neighbouring pixels are weighed by a resize; torchvision has `bilinear`, `bicubic` and `lanczos`. */
export type ResizeFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

/** Size and filter of a resize. */
export interface ResizeOptions {
  /** Pixels, at least 1. */
  readonly width: number;
  /** Pixels, at least 1. */
  readonly height: number;
  /** Filter; all but `nearest` widen with the scale when a picture shrinks (antialiasing). */
  readonly resample: ResizeFilter;
  /**
   * Whose bytes to give. `torchvision`: its `resize` of 8-bit tensors on a CPU. `pillow`: `Image.resize` of Pillow 12,
   * which runs the horizontal pass first unless a picture more than a hundred times as high as wide gets lower; Pillow 13
   * runs the vertical one first at more sizes, and so gives other bytes there.
   */
  readonly exactTo: "torchvision" | "pillow";
}

/** Filters that torchvision has for 8-bit tensors. */
const TORCHVISION_FILTERS: readonly ResizeFilter[] = ["bilinear", "bicubic", "lanczos"];
const PILLOW_FILTERS: readonly ResizeFilter[] = ["nearest", "box", "hamming", ...TORCHVISION_FILTERS];

/**
 * Reads the header of a PNG, JPEG, WebP, GIF or BMP file; no pixel is decoded.
 *
 * @throws {MediaDecodeError} Code `invalid_image` or `unsupported_image`.
 */
export function probeImage(bytes: Uint8Array): ImageHeader {
  return callImageCore(() => {
    using header = probeImageHeader(bytes);
    const { format, width, height, frames } = header;
    return { format: format as ImageHeader["format"], width, height, frames };
  });
}

/**
 * Decodes a PNG, JPEG, WebP, GIF or BMP file into the pixels that Pillow gives for `exif_transpose` and `convert("RGB")`;
 * of an animation the first frame, on its canvas. A transparent picture is pasted onto white first, unless `alpha` says
 * otherwise.
 *
 * @throws {MediaDecodeError} Code `invalid_image`, `unsupported_image` or `image_too_large`.
 */
export function decodeImage(bytes: Uint8Array, limits: ImageLimits = {}): RgbImage {
  using image = decodeIntoCore(bytes, limits);
  return { width: image.width, height: image.height, channels: 3, data: image.pixels() };
}

/**
 * Resizes pixels in two passes, eight bits in between. Sources: `upsample_bilinear2d_aa`, `upsample_bicubic2d_aa` and
 * `upsample_lanczos2d_aa` of PyTorch, 8-bit path; Resample.c and Geometry.c of Pillow 12.
 *
 * @example
 * ```ts
 * import { resizeImage } from "./image.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const checkers = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * const grey = resizeImage(checkers, { width: 1, height: 1, resample: "bilinear", exactTo: "torchvision" });
 * assertEquals([...grey.data], [128, 128, 128]);
 * ```
 *
 * @throws {RangeError} If a size is no positive integer, `data` has another length than the shape says, or the filter is
 * none of those that `exactTo` has.
 */
export function resizeImage(image: RgbImage, options: ResizeOptions): RgbImage {
  const { width, height, resample, exactTo } = options;
  if (exactTo !== "torchvision" && exactTo !== "pillow") {
    throw new RangeError(`Expected exactTo to be "torchvision" or "pillow": found "${exactTo}"`);
  }
  const filters = exactTo === "pillow" ? PILLOW_FILTERS : TORCHVISION_FILTERS;
  if (!filters.includes(resample)) {
    throw new RangeError(`Expected resample to be one of ${filters.join(", ")} as in ${exactTo}: found "${resample}"`);
  }
  if (image.data.length !== image.width * image.height * 3 || image.data.length === 0) {
    throw new RangeError(`Expected ${image.width * image.height * 3} bytes of pixels: found ${image.data.length}`);
  }
  for (const size of [width, height]) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`Expected a size of at least 1 pixel: found ${size}`);
  }
  return callImageCore(() => {
    using source = CoreImage.fromPixels(image.data, image.width, image.height);
    using resized = exactTo === "pillow"
      ? source.resizeAsPillow(width, height, resample)
      : source.resize(width, height, resample);
    return { width, height, channels: 3, data: resized.pixels() };
  });
}

/**
 * Decodes a file into the core's memory, where the next step finds it without a copy. The caller disposes of it.
 *
 * @throws {MediaDecodeError} As {@linkcode decodeImage}.
 */
export function decodeIntoCore(bytes: Uint8Array, limits: ImageLimits = {}): CoreImage {
  const { maxPixels = DEFAULT_MAX_IMAGE_PIXELS, alpha = "white" } = limits;
  return callImageCore(() => CoreImage.decode(bytes, maxPixels, alpha === "drop"));
}

/**
 * Calls an image function of the core and gives its errors their class.
 *
 * @throws {MediaDecodeError} If the picture is at fault.
 */
export function callImageCore<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = readCoreError(error);
    if (code.includes("image")) throw new MediaDecodeError(message, { code });
    throw new LimbusError(code, message, { cause: error });
  }
}
