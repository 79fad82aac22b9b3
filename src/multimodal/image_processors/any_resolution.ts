/**
 * "AnyRes": bringing a picture to the best of several resolutions, inside a black canvas that is then cut into tiles.
 *
 * Source: `select_best_resolution`, `get_patch_output_size` and `divide_to_patches` of transformers.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { callImageCore } from "../image.ts";
import { checkResized, resizePicture, type TorchvisionFilter } from "./resize_picture.ts";
import { extentsOf, type ImageSize, settingFault, type Settings } from "./settings.ts";

/**
 * The resolutions that `image_grid_pinpoints` lists.
 *
 * @throws {CheckpointError} If it is no list of `[height, width]`.
 */
export function readPinpoints({ image_grid_pinpoints: value }: Settings): ImageSize[] {
  const fault = () => settingFault("image_grid_pinpoints", "a list of [height, width]", value);
  if (!Array.isArray(value) || value.length === 0) throw fault();
  return value.map((pair) => {
    const extents = Array.isArray(pair) ? extentsOf({ ...pair }, ["0", "1"]) : undefined;
    if (!extents) throw fault();
    return { height: extents[0], width: extents[1] };
  });
}

/** The resolution with most pixels of the picture, then with least empty canvas; the first of equal ones. */
export function selectBestResolution(pinpoints: readonly ImageSize[], { width, height }: ImageSize): ImageSize {
  let best = pinpoints[0];
  let [most, least] = [0, Infinity];
  for (const pinpoint of pinpoints) {
    const scale = Math.min(pinpoint.width / width, pinpoint.height / height);
    const effective = Math.min(Math.trunc(width * scale) * Math.trunc(height * scale), width * height);
    const wasted = pinpoint.width * pinpoint.height - effective;
    if (effective > most || (effective === most && wasted < least)) {
      [best, most, least] = [pinpoint, effective, wasted];
    }
  }
  return best;
}

/** Largest size of the same shape that fits a canvas, rounded up. */
function fitInto(canvas: ImageSize, { width, height }: ImageSize): ImageSize {
  const across = canvas.width / width;
  const down = canvas.height / height;
  return across < down
    ? { width: canvas.width, height: Math.min(Math.ceil(height * across), canvas.height) }
    : { width: Math.min(Math.ceil(width * down), canvas.width), height: canvas.height };
}

/**
 * The picture in the middle of a canvas, on black. The caller disposes of it.
 *
 * @throws {MediaDecodeError} If the canvas is too large.
 */
export function placeOnCanvas(image: CoreImage, canvas: ImageSize, resample: TorchvisionFilter): CoreImage {
  checkResized(canvas);
  const fitted = fitInto(canvas, image);
  const [across, down] = [canvas.width - fitted.width, canvas.height - fitted.height];
  const [left, top] = [Math.floor(across / 2), Math.floor(down / 2)];
  using resized = resizePicture(image, fitted, resample);
  return callImageCore(() => resized.pad(left, top, across - left, down - top, Uint8Array.of(0, 0, 0)));
}

/** Calls `take` with each tile of a canvas, row by row; those at the right and below may be smaller. */
export function forEachTile(canvas: CoreImage, side: number, take: (tile: CoreImage) => void): void {
  for (let y = 0; y < canvas.height; y += side) {
    for (let x = 0; x < canvas.width; x += side) {
      const [columns, rows] = [Math.min(side, canvas.width - x), Math.min(side, canvas.height - y)];
      using tile = callImageCore(() => canvas.crop(x, y, columns, rows));
      take(tile);
    }
  }
}
