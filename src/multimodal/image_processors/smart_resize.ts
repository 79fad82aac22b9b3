/**
 * The size near a picture's own that Qwen2-VL and its kin bring it to.
 *
 * Source: `smart_resize` of transformers' `image_processing_qwen2_vl.py`.
 *
 * @module
 */
import { MediaDecodeError } from "../../core/errors.ts";
import { DEFAULT_MAX_IMAGE_PIXELS } from "../image.ts";
import type { ImageSize } from "./settings.ts";
import { roundHalfToEven } from "./size_rule.ts";

/** Sides whose ratio is larger are refused, as by transformers. */
const MAX_ASPECT_RATIO = 200;

/** What {@linkcode smartResize} aims at. */
export interface SmartResizeBounds {
  /** Both sides become multiples of this, pixels. */
  readonly factor: number;
  /** Least area, pixels. */
  readonly minPixels: number;
  /** Largest area, pixels. */
  readonly maxPixels: number;
}

/**
 * The size to which a picture is brought: multiples of a factor, an area within bounds, and the ratio of the sides as near
 * to the picture's as that allows.
 *
 * @example
 * ```ts
 * import { smartResize } from "./smart_resize.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bounds = { factor: 28, minPixels: 56 * 56, maxPixels: 28 * 28 * 16384 };
 * assertEquals(smartResize(1300, 876, bounds), { width: 1288, height: 868 });
 * ```
 *
 * @param width Pixels.
 * @param height Pixels.
 * @param frames How often the area counts.
 * @throws {MediaDecodeError} If one side is more than 200 times the other.
 */
export function smartResize(width: number, height: number, bounds: SmartResizeBounds, frames = 1): ImageSize {
  const { factor, minPixels, maxPixels } = bounds;
  if (Math.max(width, height) / Math.min(width, height) > MAX_ASPECT_RATIO) {
    throw new MediaDecodeError(
      `Expected a picture whose sides differ at most ${MAX_ASPECT_RATIO} times: found ${width} x ${height}`,
      { code: "unsupported_image" },
    );
  }
  const near = [height, width].map((side) => roundHalfToEven(side / factor) * factor);
  const area = frames * near[0] * near[1];
  const scaled = (scale: (side: number) => number) => {
    const [h, w] = [height, width].map(scale);
    return { height: h, width: w };
  };
  if (area > maxPixels) {
    const shrink = Math.sqrt(frames * height * width / maxPixels);
    return scaled((side) => Math.max(factor, Math.floor(side / shrink / factor) * factor));
  }
  if (area < minPixels) {
    const grow = Math.sqrt(minPixels / (frames * height * width));
    return scaled((side) => Math.ceil(side * grow / factor) * factor);
  }
  return { height: near[0], width: near[1] };
}

/**
 * Sides whose area is nearest to the upper bound. A long, narrow picture may come out larger, and is tried too: its short
 * side is at least one factor; and the sides of a small one are rounded up.
 */
export function largestPicture(bounds: SmartResizeBounds): ImageSize {
  const { factor, maxPixels } = bounds;
  const numCells = Math.max(1, Math.floor(Math.min(maxPixels, DEFAULT_MAX_IMAGE_PIXELS) / factor ** 2));
  const sizes: ImageSize[] = [];
  for (let rows = Math.floor(Math.sqrt(numCells)); rows >= 1; rows--) {
    const columns = Math.floor(numCells / rows);
    if (columns / rows <= MAX_ASPECT_RATIO) sizes.push({ width: columns * factor, height: rows * factor });
  }
  const narrow = Math.max(factor, Math.ceil(Math.sqrt(maxPixels / MAX_ASPECT_RATIO)) + 1);
  sizes.push({ width: MAX_ASPECT_RATIO * narrow, height: narrow });
  for (let ratio = 1; ratio <= MAX_ASPECT_RATIO; ratio++) sizes.push({ width: ratio, height: 1 });
  const area = (size: ImageSize) => {
    const { width, height } = smartResize(size.width, size.height, bounds);
    return width * height;
  };
  return sizes.reduce((most, size) => area(size) > area(most) ? size : most);
}
