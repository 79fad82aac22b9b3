/**
 * The two sizes that Idefics3's picture processor brings a picture to before it cuts it.
 *
 * Source: transformers `image_processing_idefics3.py`.
 *
 * @module
 */
import { extentsOf, type ImageSize, isExtent, readHeightAndWidth, settingFault, type Settings } from "./settings.ts";

/** What the first resize aims at: the longest edge, or just this size. */
export type Idefics3Size = { readonly longestEdge: number } | ImageSize;

/** No edge gets longer than this by scaling, pixels. */
const MAX_EDGE = 4096;

/**
 * Reads `size`: a number, a pair, or an object.
 *
 * @throws {CheckpointError} If it is none of these.
 */
export function readIdefics3Size({ size }: Settings): Idefics3Size {
  const longest = extentsOf(size, ["longest_edge"]) ?? extentsOf(size, ["longest_edge", "shortest_edge"]);
  if (longest) return { longestEdge: longest[0] };
  if (isExtent(size) || Array.isArray(size) || extentsOf(size, ["height", "width"])) {
    return readHeightAndWidth("size", size);
  }
  throw settingFault("size", "a number, a pair, {longest_edge} or {height, width}", size);
}

/** Size after the first resize: the longest edge as asked, the other one truncated, then even. */
export function scaledSize(size: Idefics3Size | undefined, picture: ImageSize): ImageSize {
  if (!size) return { height: picture.height, width: picture.width };
  if ("height" in size) return size;
  const even = (extent: number) => Math.max(extent + extent % 2, 1);
  const ratio = picture.width / picture.height;
  const { longestEdge } = size;
  const { width, height } = picture.width >= picture.height
    ? { width: longestEdge, height: even(Math.trunc(longestEdge / ratio)) }
    : { width: even(Math.trunc(longestEdge * ratio)), height: longestEdge };
  const scaledRatio = width / height;
  if (width >= height && width > MAX_EDGE) {
    return { width: MAX_EDGE, height: Math.max(Math.trunc(MAX_EDGE / scaledRatio), 1) };
  }
  if (height > width && height > MAX_EDGE) {
    return { width: Math.max(Math.trunc(MAX_EDGE * scaledRatio), 1), height: MAX_EDGE };
  }
  return { width, height };
}

/** Size after the second resize: whole tiles, the longer edge first. */
export function tiledSize(tileSize: number, { width, height }: ImageSize): ImageSize {
  const whole = (extent: number) => Math.ceil(extent / tileSize) * tileSize;
  const ratio = width / height;
  return width >= height
    ? { width: whole(width), height: whole(Math.trunc(whole(width) / ratio)) }
    : { width: whole(Math.trunc(whole(height) * ratio)), height: whole(height) };
}
