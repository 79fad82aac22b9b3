/**
 * The picture processors of Idefics3 and SmolVLM: scale the longest edge, cut into square tiles row by row, the whole picture
 * as one more tile at the end.
 *
 * Source: transformers `image_processing_idefics3.py`, `image_processing_smolvlm.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
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
  pictureSettings,
  readFlag,
  readLevels,
  readProcessorType,
  readResample,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** Names of the classes that {@linkcode readIdefics3} reads. */
export const IDEFICS3_CLASSES = [
  "Idefics3ImageProcessor",
  "Idefics3ImageProcessorFast",
  "SmolVLMImageProcessor",
  "SmolVLMImageProcessorFast",
] as const;

const DEFAULTS: Settings = {
  resample: 1,
  size: { longest_edge: 4 * 364 },
  max_image_size: { longest_edge: 364 },
  do_image_splitting: true,
  do_pad: true,
  return_row_col_info: false,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** No edge gets longer than this by scaling, pixels. */
const MAX_EDGE = 4096;

/** How a picture is cut; both are 0 if it is one tile. */
export interface TileGrid {
  /** Tiles from top to bottom. */
  readonly rows: number;
  /** Tiles from left to right. */
  readonly columns: number;
}

/** A processor of one of these classes. */
export interface Idefics3Processor {
  /** Height and width of a tile, pixels. */
  readonly tileSize: number;
  /** How an upright picture of this size, pixels, is cut. The tile of the whole picture is not counted. */
  readonly gridOf: (width: number, height: number) => TileGrid;
  /**
   * Of a batch of pictures, tiles in order: `pixel_values`, float32, `[1, tiles, 3, tile_size, tile_size]`;
   * `pixel_attention_mask`, int64, `[1, tiles, tile_size, tile_size]`, ones, unless `do_pad` is off; `rows` and `cols`, int64,
   * `[1, pictures]`, if `return_row_col_info` asks for them.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface Steps {
  /** Size of the first resize; undefined: none. */
  readonly size?: { readonly longestEdge: number } | ImageSize;
  readonly tileSize: number;
  readonly isSplit: boolean;
  readonly resample: ResizeFilter;
  readonly hasMask: boolean;
  readonly hasGrid: boolean;
  readonly levels: Float32Array;
}

/**
 * Reads the settings of an Idefics3 or SmolVLM image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels is unknown or has an unknown value.
 */
export function readIdefics3(file: object): Idefics3Processor {
  const given = pictureSettings(file);
  readProcessorType(given, IDEFICS3_CLASSES);
  // Neither changes a picture: one is for videos, one for sizes that are a bare number.
  const config = withDefaults(given, DEFAULTS, ["default_to_square", "video_sampling"]);
  const tile = extentsOf(config["max_image_size"], ["longest_edge"]);
  if (!tile) throw settingFault("max_image_size", "{longest_edge}", config["max_image_size"]);
  const steps: Steps = {
    size: readFlag(config, "do_resize") ? readSize(config["size"]) : undefined,
    tileSize: tile[0],
    isSplit: readFlag(config, "do_image_splitting"),
    resample: readResample(config),
    hasMask: readFlag(config, "do_pad"),
    hasGrid: readFlag(config, "return_row_col_info"),
    levels: readLevels(config),
  };
  return {
    tileSize: steps.tileSize,
    gridOf: (width, height) => gridOf(steps, { width, height }),
    process: (images, limits) => process(steps, images, limits),
  };
}

function readSize(size: unknown): NonNullable<Steps["size"]> {
  const longest = extentsOf(size, ["longest_edge"]);
  if (longest) return { longestEdge: longest[0] };
  const sides = extentsOf(size, ["height", "width"]);
  if (sides) return { height: sides[0], width: sides[1] };
  throw settingFault("size", "{longest_edge} or {height, width}", size);
}

/** Size after the first resize: the longest edge as asked, the other one truncated, then even. */
function scaledSize({ size }: Steps, picture: ImageSize): ImageSize {
  if (!size) return picture;
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
function tiledSize({ tileSize }: Steps, { width, height }: ImageSize): ImageSize {
  const whole = (extent: number) => Math.ceil(extent / tileSize) * tileSize;
  const ratio = width / height;
  return width >= height
    ? { width: whole(width), height: whole(Math.trunc(whole(width) / ratio)) }
    : { width: whole(Math.trunc(whole(height) * ratio)), height: whole(height) };
}

function gridOf(steps: Steps, picture: ImageSize): TileGrid {
  if (!steps.isSplit) return { rows: 0, columns: 0 };
  const { width, height } = tiledSize(steps, scaledSize(steps, picture));
  const [rows, columns] = [height / steps.tileSize, width / steps.tileSize];
  return rows === 1 && columns === 1 ? { rows: 0, columns: 0 } : { rows, columns };
}

function numTiles({ rows, columns }: TileGrid): number {
  return rows * columns + 1;
}

function process(steps: Steps, images: readonly Uint8Array[], limits?: ImageLimits): Record<string, Tensor> {
  const { tileSize, levels } = steps;
  const tiles: Float32Array[] = [];
  const grids: TileGrid[] = [];
  for (const bytes of images) {
    using picture = decodeIntoCore(bytes, limits);
    const grid = gridOf(steps, picture);
    cutIntoTiles(steps, picture, grid, (tile) => tiles.push(callImageCore(() => tile.normalize(levels))));
    grids.push(grid);
  }
  const dims = [1, tiles.length, 3, tileSize, tileSize];
  const data = new Float32Array(numElements(dims));
  tiles.forEach((tile, i) => data.set(tile, i * tile.length));
  const outputs: Record<string, Tensor> = { pixel_values: { type: "float32", dims, data } };
  if (steps.hasMask) {
    const maskDims = [1, tiles.length, tileSize, tileSize];
    outputs.pixel_attention_mask = int64(maskDims, new BigInt64Array(numElements(maskDims)).fill(1n));
  }
  if (steps.hasGrid) {
    const perPicture = (key: keyof TileGrid) => BigInt64Array.from(grids, (grid) => BigInt(grid[key]));
    outputs.rows = int64([1, grids.length], perPicture("rows"));
    outputs.cols = int64([1, grids.length], perPicture("columns"));
  }
  return outputs;
}

function int64(dims: number[], data: BigInt64Array<ArrayBuffer>): Tensor {
  return { type: "int64", dims, data };
}

/** Calls `take` with each tile, row by row, the one of the whole picture last. */
function cutIntoTiles(
  steps: Steps,
  picture: CoreImage,
  grid: TileGrid,
  take: (tile: CoreImage) => void,
): void {
  const { tileSize, resample, isSplit } = steps;
  const scaled = scaledSize(steps, picture);
  const tiled = tiledSize(steps, scaled);
  checkPixels(scaled);
  if (isSplit) checkPixels(tiled);
  using first = callImageCore(() => picture.resize(scaled.width, scaled.height, resample));
  if (!isSplit) {
    using only = callImageCore(() => first.resize(tileSize, tileSize, resample));
    return take(only);
  }
  using whole = callImageCore(() => first.resize(tiled.width, tiled.height, resample));
  if (numTiles(grid) === 1) return take(whole);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      using tile = callImageCore(() => whole.crop(column * tileSize, row * tileSize, tileSize, tileSize));
      take(tile);
    }
  }
  using global = callImageCore(() => whole.resize(tileSize, tileSize, resample));
  take(global);
}

/** A long, narrow picture that is not scaled first can become huge when it is filled up to whole tiles. */
function checkPixels({ width, height }: ImageSize): void {
  if (width * height > DEFAULT_MAX_IMAGE_PIXELS) {
    throw new MediaDecodeError(
      `Expected a picture of at most ${DEFAULT_MAX_IMAGE_PIXELS} pixels after resizing: found ${width} x ${height}`,
      { code: "image_too_large" },
    );
  }
}
