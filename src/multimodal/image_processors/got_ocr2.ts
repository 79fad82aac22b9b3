/**
 * The picture processors of GOT-OCR 2, InternVL and Command A Vision: the picture squashed to a grid of tiles, cut row by
 * row, the whole picture as one more tile at the end.
 *
 * Source: transformers `image_processing_got_ocr2.py` and `image_processing_cohere2_vision.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
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
import { type ChooseGrid, gridsOf, leastEnlarged, MOST_TILES, nearestShape, type TileGrid } from "./tile_grids.ts";
import { roomFor } from "./write_values.ts";

const GOT_OCR2: Settings = {
  ...CLIP_STATISTICS,
  resample: 3,
  size: { height: 384, width: 384 },
  crop_to_patches: false,
  min_patches: 1,
  max_patches: 12,
};

/** Defaults by class name, and how a grid is chosen. */
const CLASSES: Readonly<Record<string, { readonly defaults: Settings; readonly choose: ChooseGrid }>> = {
  // The class reads min_patches, but never uses it.
  Cohere2VisionImageProcessor: {
    defaults: { ...GOT_OCR2, size: { height: 512, width: 512 }, crop_to_patches: true },
    choose: leastEnlarged,
  },
  GotOcr2ImageProcessor: { defaults: GOT_OCR2, choose: nearestShape },
};

/** Names of the classes that {@linkcode readGotOcr2} reads. */
export const GOT_OCR2_CLASSES: readonly string[] = Object.keys(CLASSES);

/** A processor of one of these classes. */
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

/**
 * Reads the settings of one of these image processors.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readGotOcr2(file: object): GotOcr2Processor {
  const given = pictureSettings(file);
  const type = readProcessorType(given, GOT_OCR2_CLASSES);
  const { defaults, choose } = CLASSES[type];
  const config = withDefaults(given, defaults);
  const steps = readPictureSteps({ ...config, do_center_crop: false });
  const isCut = readFlag(config, "crop_to_patches");
  const tile = isCut ? readHeightAndWidth("size", config["size"]) : undefined;
  const grids = isCut ? readGrids(config, type === "Cohere2VisionImageProcessor") : [];
  const gridOf = (width: number, height: number) =>
    tile ? choose(grids, tile, { width, height }) : { rows: 1, columns: 1 };
  return {
    gridOf,
    process(images, limits) {
      const tiles: ProcessedImage[] = [];
      const numTiles = images.map((bytes) => {
        const before = tiles.length;
        using image = decodeIntoCore(bytes, limits);
        if (!tile) tiles.push(processPicture(steps, image));
        else cut(image, steps, tile, gridOf(image.width, image.height), tiles);
        return tiles.length - before;
      });
      return { pixel_values: stackPictures(tiles), num_patches: int64([numTiles.length], numTiles) };
    },
  };
}

function readGrids(config: Settings, fromOne: boolean): TileGrid[] {
  const most = readCount("max_patches", config["max_patches"]);
  if (most > MOST_TILES) throw settingFault("max_patches", `at most ${MOST_TILES}`, most);
  return gridsOf(fromOne ? 1 : readCount("min_patches", config["min_patches"]), most);
}

/** Adds the tiles of a picture to `tiles`. */
function cut(
  image: CoreImage,
  steps: PictureSteps,
  tile: ImageSize,
  { rows, columns }: TileGrid,
  tiles: ProcessedImage[],
): void {
  const { width, height } = tile;
  using squashed = resizePicture(image, { width: columns * width, height: rows * height }, steps.resample);
  const room = roomFor(rows * columns + Number(rows * columns > 1), tile);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      using part = callImageCore(() => squashed.crop(column * width, row * height, width, height));
      tiles.push(processPicture(steps, part, room.shift()));
    }
  }
  if (rows * columns > 1) tiles.push(processPicture({ ...steps, size: tile }, image, room.shift()));
}
