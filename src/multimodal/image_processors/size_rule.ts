/**
 * What `size` of a picture processor can say, and the size that a picture gets by it.
 *
 * Source: `get_size_dict`, `TorchvisionBackend.resize`, `get_resize_output_image_size`, `get_size_with_aspect_ratio` and
 * `get_image_size_for_max_height_width` of transformers.
 *
 * @module
 */
import { extentsOf, type ImageSize, isExtent, readHeightAndWidth, settingFault, type Settings } from "./settings.ts";

/** How large a picture becomes: just so; by its shorter edge, with or without a bound on the longer; or within a box. */
export type SizeRule =
  | ImageSize
  | { readonly shortestEdge: number; readonly longestEdge?: number }
  | { readonly maxHeight: number; readonly maxWidth: number };

/**
 * Reads `size`: a number (a square where `default_to_square` is set, else the shorter edge), a pair, or an object.
 *
 * @throws {CheckpointError} If it is none of these.
 */
export function readSizeRule(config: Settings): SizeRule {
  const size = config["size"];
  if (isExtent(size)) return config["default_to_square"] ? { height: size, width: size } : { shortestEdge: size };
  const shortest = extentsOf(size, ["shortest_edge"]);
  if (shortest) return { shortestEdge: shortest[0] };
  const bounded = extentsOf(size, ["shortest_edge", "longest_edge"]);
  if (bounded) return { shortestEdge: bounded[0], longestEdge: bounded[1] };
  const box = extentsOf(size, ["max_height", "max_width"]);
  if (box) return { maxHeight: box[0], maxWidth: box[1] };
  if (Array.isArray(size) || extentsOf(size, ["height", "width"])) return readHeightAndWidth("size", size);
  throw settingFault(
    "size",
    "a number, a pair, {height, width}, {shortest_edge}, {shortest_edge, longest_edge} or {max_height, max_width}",
    size,
  );
}

/** The size that a picture gets by a rule; a side of a very long, narrow one may come out as 0. */
export function sizeByRule(rule: SizeRule, { width, height }: ImageSize): ImageSize {
  if ("height" in rule) return rule;
  if ("maxHeight" in rule) {
    const scale = Math.min(rule.maxHeight / height, rule.maxWidth / width);
    return { height: Math.trunc(height * scale), width: Math.trunc(width * scale) };
  }
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const upright = (shortEdge: number, longEdge: number): ImageSize =>
    width <= height ? { height: longEdge, width: shortEdge } : { height: shortEdge, width: longEdge };
  const { shortestEdge, longestEdge = Infinity } = rule;
  if (long / short * shortestEdge <= longestEdge) return upright(shortestEdge, Math.trunc(shortestEdge * long / short));
  const exact = longestEdge * short / long;
  const edge = roundHalfToEven(exact);
  return edge === short ? { width, height } : upright(edge, Math.trunc(exact * long / short));
}

/** Python's `round`. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + below % 2 : Math.round(x);
}
