/**
 * The picture processors of Idefics3 and SmolVLM: scale the longest edge, cut into square tiles row by row, the whole picture
 * as one more tile at the end.
 *
 * Source: transformers `image_processing_idefics3.py`, `image_processing_smolvlm.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { HALF_STATISTICS } from "./levels.ts";
import { type Idefics3Size, readIdefics3Size, scaledSize, tiledSize } from "./idefics3_sizes.ts";
import { type PictureSteps, type ProcessedImage, processPicture, readPictureSteps } from "./picture_steps.ts";
import { resizePicture } from "./resize_picture.ts";
import {
  type ImageSize,
  isExtent,
  pictureSettings,
  readFlag,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { int64, stackPictures } from "./stack.ts";
import type { TileGrid } from "./tile_grids.ts";
import { roomFor } from "./write_values.ts";

/** Names of the classes that {@linkcode readIdefics3} reads. */
export const IDEFICS3_CLASSES = [
  "Idefics3ImageProcessor",
  "SmolVLMImageProcessor",
] as const;

const DEFAULTS: Settings = {
  ...HALF_STATISTICS,
  resample: 1,
  size: { longest_edge: 4 * 364 },
  max_image_size: { longest_edge: 364 },
  do_image_splitting: true,
  do_pad: true,
  return_row_col_info: false,
};

/** A processor of one of these classes. */
export interface Idefics3Processor {
  /** Height and width of a tile, pixels. */
  readonly tileSize: number;
  /**
   * How an upright picture of this size, pixels, is cut; both are 0 if it is one tile. The tile of the whole picture is not
   * counted.
   */
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
  readonly size?: Idefics3Size;
  readonly tileSize: number;
  readonly isSplit: boolean;
  /** What is done with a tile. */
  readonly tile: PictureSteps;
  readonly hasMask: boolean;
  readonly hasGrid: boolean;
}

/**
 * Reads the settings of an Idefics3 or SmolVLM image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readIdefics3(file: object): Idefics3Processor {
  const given = pictureSettings(file);
  readProcessorType(given, IDEFICS3_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const tileSize = (config["max_image_size"] as Settings | null)?.["longest_edge"];
  if (!isExtent(tileSize)) throw settingFault("max_image_size", "{longest_edge}", config["max_image_size"]);
  const size = { height: tileSize, width: tileSize };
  const steps: Steps = {
    size: readFlag(config, "do_resize") ? readIdefics3Size(config) : undefined,
    tileSize,
    isSplit: readFlag(config, "do_image_splitting"),
    tile: { ...readPictureSteps({ ...config, size, do_center_crop: false }), size },
    hasMask: readFlag(config, "do_pad"),
    hasGrid: readFlag(config, "return_row_col_info"),
  };
  return {
    tileSize,
    gridOf: (width, height) => gridOf(steps, { width, height }),
    process: (images, limits) => process(steps, images, limits),
  };
}

function gridOf(steps: Steps, picture: ImageSize): TileGrid {
  if (!steps.isSplit) return { rows: 0, columns: 0 };
  const { width, height } = tiledSize(steps.tileSize, scaledSize(steps.size, picture));
  const [rows, columns] = [height / steps.tileSize, width / steps.tileSize];
  return rows === 1 && columns === 1 ? { rows: 0, columns: 0 } : { rows, columns };
}

function process(steps: Steps, images: readonly Uint8Array[], limits?: ImageLimits): Record<string, Tensor> {
  const tiles: ProcessedImage[] = [];
  const grids = images.map((bytes) => {
    using picture = decodeIntoCore(bytes, limits);
    const grid = gridOf(steps, picture);
    const room = roomFor(grid.rows * grid.columns + 1, { height: steps.tileSize, width: steps.tileSize });
    cutIntoTiles(steps, picture, grid, (tile) => tiles.push(processPicture(steps.tile, tile, room.shift())));
    return grid;
  });
  const outputs: Record<string, Tensor> = { pixel_values: stackPictures(tiles, [1, tiles.length]) };
  if (steps.hasMask) {
    const dims = [1, tiles.length, steps.tileSize, steps.tileSize];
    outputs.pixel_attention_mask = { type: "int64", dims, data: new BigInt64Array(numElements(dims)).fill(1n) };
  }
  if (steps.hasGrid) {
    outputs.rows = int64([1, grids.length], grids.map(({ rows }) => rows));
    outputs.cols = int64([1, grids.length], grids.map(({ columns }) => columns));
  }
  return outputs;
}

/** Calls `take` with each tile, row by row, the one of the whole picture, not yet of a tile's size, last. */
function cutIntoTiles(
  steps: Steps,
  picture: CoreImage,
  { rows, columns }: TileGrid,
  take: (tile: CoreImage) => void,
): void {
  const { tileSize, tile: { resample }, isSplit } = steps;
  const scaled = scaledSize(steps.size, picture);
  using first = resizePicture(picture, scaled, resample);
  if (!isSplit) return take(first);
  using whole = resizePicture(first, tiledSize(tileSize, scaled), resample);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      using tile = callImageCore(() => whole.crop(column * tileSize, row * tileSize, tileSize, tileSize));
      take(tile);
    }
  }
  take(whole);
}
