/**
 * Writing the values of a picture to where they stay, in one pass over its pixels.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { callImageCore } from "../image.ts";
import { checkResized, resizePicture, type TorchvisionFilter } from "./resize_picture.ts";
import type { ImageSize } from "./settings.ts";

/** What the values are made of and where they go. */
export interface ValuesTarget {
  /** Size to resize to. */
  readonly size: ImageSize;
  /** Filter of the resize. */
  readonly resample: TorchvisionFilter;
  /** Value of each 8-bit level, channel after channel, `[3 * 256]`. */
  readonly levels: Float32Array;
  /** The values; those of other pictures are left alone. */
  readonly out: Float32Array;
  /** Index in `out` of the first value. Default: 0. */
  readonly offset?: number;
}

/**
 * Room for `count` pictures of a size, one behind the other, so that a stack of them is at hand without a copy.
 *
 * @throws {MediaDecodeError} If the size is an extreme one.
 */
export function roomFor(count: number, { height, width }: ImageSize): Float32Array<ArrayBuffer>[] {
  checkResized({ height, width });
  const length = 3 * height * width;
  const values = new Float32Array(count * length);
  return Array.from({ length: count }, (_, i) => values.subarray(i * length, (i + 1) * length));
}

/**
 * Resizes a picture and writes its centre of the size `seen` as `[3, height, width]`; what lies beyond the picture counts as
 * level 0. The centre lies where torchvision's `center_crop` has it.
 *
 * @throws {MediaDecodeError} If the picture is of an extreme shape.
 */
export function writePlanes(image: CoreImage, target: ValuesTarget, seen: ImageSize): void {
  const { size, levels, out, offset = 0 } = target;
  withFilter(image, target, (from, filter) => {
    const [x, y] = [centerOf(size.width, seen.width), centerOf(size.height, seen.height)];
    from.writePlanes(size.width, size.height, x, y, seen.width, seen.height, filter, levels, out, offset);
  });
}

/** How a picture is cut into patches. */
export interface PatchLayout {
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Patches along a side of a cell, whose patches follow each other. */
  readonly mergeSize: number;
  /** How often each patch is written, as frames of a film that stands still. */
  readonly temporalPatchSize: number;
}

/**
 * Resizes a picture to whole cells and writes its patches `[num_patches, 3, frames, patch, patch]`.
 *
 * @throws {MediaDecodeError} If the picture is of an extreme shape.
 */
export function writePatches(image: CoreImage, target: ValuesTarget, layout: PatchLayout): void {
  const { size: { width, height }, levels, out, offset = 0 } = target;
  const { patchSize, mergeSize, temporalPatchSize } = layout;
  withFilter(image, target, (from, filter) => {
    from.writePatches(width, height, filter, patchSize, mergeSize, temporalPatchSize, levels, out, offset);
  });
}

/** The core writes and resizes in one go by the filters that weigh; the nearest pixels are taken before. */
function withFilter(
  image: CoreImage,
  { size, resample }: ValuesTarget,
  write: (image: CoreImage, filter: Exclude<TorchvisionFilter, "nearest-exact">) => void,
): void {
  if (resample !== "nearest-exact") return callImageCore(() => write(image, resample));
  if (size.width === image.width && size.height === image.height) return callImageCore(() => write(image, "bilinear"));
  using resized = resizePicture(image, size, resample);
  callImageCore(() => write(resized, "bilinear"));
}

/** First pixel of a centre of `seen` pixels; negative if it is larger than the picture. */
function centerOf(extent: number, seen: number): number {
  return seen > extent ? -Math.floor((seen - extent) / 2) : Math.floor((extent - seen) / 2);
}
