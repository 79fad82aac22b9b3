/**
 * Resizing a picture as torchvision does, by the filter that a file names.
 *
 * @module
 */
import { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError } from "../../core/errors.ts";
import { callImageCore, DEFAULT_MAX_IMAGE_PIXELS } from "../image.ts";
import { type ImageSize, readFlag, settingFault, type Settings } from "./settings.ts";

/** The filters that torchvision has for 8-bit tensors, in the names of its `InterpolationMode`. */
export type TorchvisionFilter = "nearest-exact" | "bilinear" | "bicubic" | "lanczos";

/** By Pillow's number. */
const FILTERS: Readonly<Record<number, TorchvisionFilter>> = {
  0: "nearest-exact",
  1: "lanczos",
  2: "bilinear",
  3: "bicubic",
};

/**
 * The filter of a resize. Null is bilinear, where a class resizes without being asked by `do_resize`.
 *
 * @throws {CheckpointError} If the value is none of the numbers that torchvision knows.
 */
export function readResample(config: Settings): TorchvisionFilter {
  const value = config["resample"];
  if (value === null && !readFlag(config, "do_resize")) return "bilinear";
  const filter = typeof value === "number" ? FILTERS[value] : undefined;
  if (filter) return filter;
  throw settingFault("resample", "0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)", value);
}

/**
 * Refuses sizes that only a picture of an extreme shape, or an extreme setting, comes to.
 *
 * @throws {MediaDecodeError} Code `image_too_large`.
 */
export function checkResized({ width, height }: ImageSize): void {
  if (width >= 1 && height >= 1 && width * height <= DEFAULT_MAX_IMAGE_PIXELS) return;
  throw new MediaDecodeError(
    `Expected a picture of 1 to ${DEFAULT_MAX_IMAGE_PIXELS} pixels after resizing: found ${width} x ${height}`,
    { code: "image_too_large" },
  );
}

/**
 * Resizes a picture. The caller disposes of the result.
 *
 * @throws {MediaDecodeError} If the picture is of an extreme shape.
 */
export function resizePicture(
  image: CoreImage,
  { width, height }: ImageSize,
  filter: TorchvisionFilter,
): CoreImage {
  checkResized({ width, height });
  if (filter !== "nearest-exact") return callImageCore(() => image.resize(width, height, filter));
  const isSmall = width + height <= SMALL_SIDES;
  const columns = nearestIndices(image.width, width, isSmall);
  const rows = nearestIndices(image.height, height, isSmall);
  const from = image.pixels();
  const to = new Uint8Array(columns.length * rows.length * 3);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const start = (row * image.width + column) * 3;
      to[at++] = from[start];
      to[at++] = from[start + 1];
      to[at++] = from[start + 2];
    }
  }
  return callImageCore(() => CoreImage.fromPixels(to, columns.length, rows.length));
}

/** Width and height of a result, together, up to which PyTorch runs another kernel. */
const SMALL_SIDES = 128;

/**
 * For each pixel of a line the one that it is taken from: the one below its own middle. Where that falls between two pixels,
 * float32 decides, and the two kernels of PyTorch (x86, AVX2) round at different places: that of small results once, after
 * the product; the other one after the product minus a half, as a fused operation does, and again after the half is added.
 */
function nearestIndices(from: number, to: number, isSmall: boolean): Int32Array {
  const scale = Math.fround(from / to);
  return Int32Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale;
    const rounded = isSmall ? Math.fround(middle) : Math.fround(Math.max(Math.fround(middle - 0.5), 0) + 0.5);
    return Math.min(Math.floor(rounded), from - 1);
  });
}
