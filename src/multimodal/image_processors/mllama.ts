/**
 * The picture processor of Llama 3.2 Vision: the picture inside the best canvas of a few tiles, cut row by row.
 *
 * Source: transformers `image_processing_mllama.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import type { Tensor } from "../../core/tensor.ts";
import { numElements } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { forEachTile } from "./any_resolution.ts";
import { HALF_STATISTICS } from "./levels.ts";
import { type PictureSteps, processPicture, readPictureSteps } from "./picture_steps.ts";
import { checkResized, resizePicture } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readCount,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { int64 } from "./stack.ts";
import { MOST_TILES, type TileGrid } from "./tile_grids.ts";

/** Names of the classes that {@linkcode readMllama} reads. */
export const MLLAMA_CLASSES = ["MllamaImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...HALF_STATISTICS,
  resample: 2,
  size: { height: 224, width: 224 },
  do_pad: true,
  max_image_tiles: 4,
};

/** A processor of this class. */
export interface MllamaProcessor {
  /** Rows and columns of tiles of an upright picture of this size, pixels. */
  readonly gridOf: (width: number, height: number) => TileGrid;
  /**
   * Of the pictures of one prompt: `pixel_values`, float32, `[1, n, max_image_tiles, 3, side, side]`, zeros behind the last
   * tile; `aspect_ratio_ids`, int64, `[1, n]`: from 1, the place of the grid among those allowed; `aspect_ratio_mask`, int64,
   * `[1, n, max_image_tiles]`, 1 for each tile; `num_tiles`, int64, `[1, n]`.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of a Llama 3.2 Vision image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readMllama(file: object): MllamaProcessor {
  const given = pictureSettings(file);
  readProcessorType(given, MLLAMA_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  for (const key of ["do_resize", "do_pad"]) {
    if (!readFlag(config, key)) throw settingFault(key, "true for this class", config[key]);
  }
  const { height: side, width } = readHeightAndWidth("size", config["size"]);
  if (side !== width) throw settingFault("size", "a square", config["size"]);
  const maxTiles = readCount("max_image_tiles", config["max_image_tiles"]);
  if (maxTiles > MOST_TILES) throw settingFault("max_image_tiles", `at most ${MOST_TILES}`, maxTiles);
  const steps = readPictureSteps({ ...config, do_center_crop: false });
  const grids = gridsOf(maxTiles);
  return {
    gridOf: (width, height) => bestGrid(grids, side, { width, height }),
    process(images, limits) {
      const dims = [1, images.length, maxTiles, 3, side, side];
      const data = new Float32Array(numElements(dims));
      const found = images.map((bytes, i) => {
        using image = decodeIntoCore(bytes, limits);
        const grid = bestGrid(grids, side, image);
        let at = i * maxTiles * 3 * side * side;
        using canvas = placeAtTopLeft(image, grid, side, steps);
        forEachTile(canvas, side, (tile) => {
          const room = data.subarray(at, at += 3 * side * side);
          processPicture({ ...steps, size: undefined }, tile, room);
        });
        return grid;
      });
      const numTiles = found.map(({ rows, columns }) => rows * columns);
      const mask = numTiles.flatMap((count) => Array.from({ length: maxTiles }, (_, i) => i < count ? 1 : 0));
      return {
        pixel_values: { type: "float32", dims, data },
        aspect_ratio_ids: int64([1, images.length], found.map((grid) => 1 + grids.indexOf(grid))),
        aspect_ratio_mask: int64([1, images.length, maxTiles], mask),
        num_tiles: int64([1, images.length], numTiles),
      };
    },
  };
}

/** The grids that are allowed, in the order that their ids count. */
function gridsOf(maxTiles: number): TileGrid[] {
  const grids: TileGrid[] = [];
  for (let rows = 1; rows <= maxTiles; rows++) {
    for (let columns = 1; columns * rows <= maxTiles; columns++) grids.push({ rows, columns });
  }
  return grids;
}

/** The canvas that enlarges a picture least, else shrinks it least; of equal ones that of fewest tiles, the first. */
function bestGrid(grids: readonly TileGrid[], side: number, { width, height }: ImageSize): TileGrid {
  const scaleOf = ({ rows, columns }: TileGrid) => Math.min(columns * side / width, rows * side / height);
  const scales = grids.map(scaleOf);
  const enlarging = scales.filter((scale) => scale >= 1);
  const chosen = enlarging.length > 0 ? Math.min(...enlarging) : Math.max(...scales);
  return grids
    .filter((_, i) => scales[i] === chosen)
    .reduce((best, grid) => grid.rows * grid.columns < best.rows * best.columns ? grid : best);
}

/** The picture as large as fits, but not larger than itself or a tile, at the top left of a black canvas. */
function placeAtTopLeft(image: CoreImage, grid: TileGrid, side: number, { resample }: PictureSteps): CoreImage {
  const canvas = { height: grid.rows * side, width: grid.columns * side };
  checkResized(canvas);
  const { width, height } = sizeWithin(canvas, side, image);
  using resized = resizePicture(image, { width, height }, resample);
  return callImageCore(() => resized.pad(0, 0, canvas.width - width, canvas.height - height, Uint8Array.of(0, 0, 0)));
}

function sizeWithin(canvas: ImageSize, side: number, { width, height }: ImageSize): ImageSize {
  const within = (extent: number, most: number) => Math.min(Math.max(extent, side), most);
  const target = { width: within(width, canvas.width), height: within(height, canvas.height) };
  const [across, down] = [target.width / width, target.height / height];
  return across < down
    ? { width: target.width, height: Math.min(Math.floor(height * across) || 1, target.height) }
    : { width: Math.min(Math.floor(width * down) || 1, target.width), height: target.height };
}
