/**
 * The picture processor of GOT-OCR 2 and InternVL: the picture squashed to a grid of tiles near its own shape, cut row by
 * row, the whole picture as one more tile at the end.
 *
 * Source: transformers `image_processing_got_ocr2.py`, torchvision backend.
 *
 * @module
 */
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { CLIP_STATISTICS } from "./levels.ts";
import { type PictureSteps, type ProcessedImage, processPicture, readPictureSteps } from "./picture_steps.ts";
import { resizePicture } from "./resize_picture.ts";
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
import { int64, stackPictures } from "./stack.ts";

/** Names of the classes that {@linkcode readGotOcr2} reads. */
export const GOT_OCR2_CLASSES = ["GotOcr2ImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...CLIP_STATISTICS,
  resample: 3,
  size: { height: 384, width: 384 },
  crop_to_patches: false,
  min_patches: 1,
  max_patches: 12,
};

/** Most tiles that may be asked for: the grids are tried one by one. */
const MOST_TILES = 1024;

/** How a picture is cut. */
interface TileGrid {
  readonly rows: number;
  readonly columns: number;
}

/** A processor of this class. */
export interface GotOcr2Processor {
  /** Rows and columns of tiles of an upright picture of this size, pixels; 1 x 1 if it is not cut. */
  readonly gridOf: (width: number, height: number) => TileGrid;
  /**
   * Of a batch of pictures: `pixel_values`, float32, `[tiles, 3, height, width]`, of each picture its tiles row by row and,
   * if there are several, the whole one; and `num_patches`, int64, `[pictures]`: how many tiles each has.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/** Tiles to cut a picture into. */
interface Tiling {
  /** Size of a tile. */
  readonly tile: ImageSize;
  /** The grids that are allowed, those of few tiles first. */
  readonly grids: readonly TileGrid[];
}

/**
 * Reads the settings of a GOT-OCR 2 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readGotOcr2(file: object): GotOcr2Processor {
  const given = pictureSettings(file);
  readProcessorType(given, GOT_OCR2_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const steps = readPictureSteps({ ...config, do_center_crop: false });
  const tiling = readFlag(config, "crop_to_patches") ? readTiling(config) : undefined;
  const gridOf = (width: number, height: number) =>
    tiling ? nearestGrid(tiling, { width, height }) : { rows: 1, columns: 1 };
  return {
    gridOf,
    process(images, limits) {
      const tiles: ProcessedImage[] = [];
      const numTiles = images.map((bytes) => {
        const before = tiles.length;
        using image = decodeIntoCore(bytes, limits);
        if (!tiling) tiles.push(processPicture(steps, image));
        else cut(image, steps, tiling, gridOf(image.width, image.height), tiles);
        return tiles.length - before;
      });
      return { pixel_values: stackPictures(tiles), num_patches: int64([numTiles.length], numTiles) };
    },
  };
}

function readTiling(config: Settings): Tiling {
  const [least, most] = ["min_patches", "max_patches"].map((key) => readCount(key, config[key]));
  if (most > MOST_TILES) throw settingFault("max_patches", `at most ${MOST_TILES}`, most);
  const grids: TileGrid[] = [];
  for (let columns = 1; columns <= most; columns++) {
    for (let rows = 1; rows * columns <= most; rows++) {
      if (rows * columns >= least) grids.push({ rows, columns });
    }
  }
  grids.sort((a, b) => a.rows * a.columns - b.rows * b.columns);
  return { tile: readHeightAndWidth("size", config["size"]), grids };
}

/** The grid whose shape is nearest to the picture's; of equal ones a larger one while the picture fills half of it. */
function nearestGrid({ tile, grids }: Tiling, { width, height }: ImageSize): TileGrid {
  let best = { rows: 1, columns: 1 };
  let least = Infinity;
  for (const grid of grids) {
    const difference = Math.abs(width / height - grid.columns / grid.rows);
    const fillsHalf = width * height > 0.5 * tile.height * tile.width * grid.columns * grid.rows;
    if (difference < least || (difference === least && fillsHalf)) best = grid;
    least = Math.min(least, difference);
  }
  return best;
}

/** Adds the tiles of a picture to `tiles`. */
function cut(
  image: Parameters<typeof processPicture>[1],
  steps: PictureSteps,
  { tile }: Tiling,
  { rows, columns }: TileGrid,
  tiles: ProcessedImage[],
): void {
  const { width, height } = tile;
  using squashed = resizePicture(image, { width: columns * width, height: rows * height }, steps.resample);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      using part = callImageCore(() => squashed.crop(column * width, row * height, width, height));
      tiles.push(processPicture(steps, part));
    }
  }
  if (rows * columns > 1) tiles.push(processPicture({ ...steps, size: tile }, image));
}
