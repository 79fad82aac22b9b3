/**
 * The picture processors of LLaVA-NeXT and LLaVA-OneVision: the whole picture squashed to a tile, then the picture at the
 * best of several resolutions, cut into tiles.
 *
 * Source: transformers `image_processing_llava_next.py` and `image_processing_llava_onevision.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { ShapeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { forEachTile, placeOnCanvas, readPinpoints, selectBestResolution } from "./any_resolution.ts";
import { CLIP_STATISTICS } from "./levels.ts";
import {
  outputSize,
  type PictureSteps,
  type ProcessedImage,
  processPicture,
  readPictureSteps,
} from "./picture_steps.ts";
import { checkResized, resizePicture } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { readSizeRule } from "./size_rule.ts";
import { int64, stackPictures } from "./stack.ts";
import { roomFor } from "./write_values.ts";

const ONE_VISION_SIDES = [384, 768, 1152, 1536, 1920, 2304];

/** Defaults by class name. */
const DEFAULTS: Readonly<Record<string, Settings>> = {
  LlavaNextImageProcessor: {
    ...CLIP_STATISTICS,
    resample: 3,
    do_center_crop: true,
    do_pad: true,
    size: { shortest_edge: 224 },
    default_to_square: false,
    crop_size: { height: 224, width: 224 },
    image_grid_pinpoints: [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
  },
  LlavaOnevisionImageProcessor: {
    ...CLIP_STATISTICS,
    resample: 3,
    do_pad: true,
    size: { height: 384, width: 384 },
    default_to_square: false,
    image_grid_pinpoints: ONE_VISION_SIDES.flatMap((height) => ONE_VISION_SIDES.map((width) => [height, width])),
  },
};

/** Names of the classes that {@linkcode readLlavaNext} reads. */
export const LLAVA_NEXT_CLASSES: readonly string[] = Object.keys(DEFAULTS);

/** A processor with the settings of a checkpoint. */
export interface LlavaNextProcessor {
  /** Height and width of a tile in `pixel_values`, if every resolution is a multiple of it. */
  readonly tileSize: ImageSize;
  /** Resolutions to choose from. */
  readonly pinpoints: readonly ImageSize[];
  /**
   * The resolution for a picture: most pixels of it, then least empty canvas; the first of equal ones.
   *
   * @param width Pixels, upright.
   * @param height Pixels, upright.
   */
  readonly bestResolution: (width: number, height: number) => ImageSize;
  /**
   * `pixel_values`, float32, `[n, num_tiles, 3, height, width]`: for each picture the squashed one and its tiles row by row,
   * then zeros up to the most tiles of the batch; `image_sizes`, int64, `[n, 2]`: height and width of the file; of
   * LLaVA-OneVision also `batch_num_images`, int64, `[n]`, ones: each picture is cut into tiles, as one that stands alone in
   * its prompt is.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If tiles come out in different sizes or, without `do_pad`, in different numbers.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface LlavaNextSteps extends PictureSteps {
  readonly pinpoints: readonly ImageSize[];
  /** Size of the squashed picture. */
  readonly baseSize: ImageSize;
  /** Side of the squares that the canvas is cut into. */
  readonly tileSide: number;
}

/**
 * Reads the settings of one of these image processors, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readLlavaNext(file: object): LlavaNextProcessor {
  const given = pictureSettings(file);
  const type = readProcessorType(given, LLAVA_NEXT_CLASSES);
  const config = withDefaults(given, DEFAULTS[type]);
  const steps = readSteps(config);
  const pads = readFlag(config, "do_pad");
  return {
    tileSize: steps.cropSize ?? steps.baseSize,
    pinpoints: steps.pinpoints,
    bestResolution: (width, height) => selectBestResolution(steps.pinpoints, { width, height }),
    process(images, limits) {
      const pictures = images.map((bytes) => readTiles(steps, bytes, limits));
      const most = Math.max(...pictures.map(({ tiles }) => tiles.length));
      const fewer = pictures.find(({ tiles }) => tiles.length < most);
      if (fewer && !pads) {
        const tail = [3, fewer.tiles[0].height, fewer.tiles[0].width];
        throw new ShapeError("pixel_values", [most, ...tail], [fewer.tiles.length, ...tail]);
      }
      const { height, width } = pictures[0].tiles[0];
      const empty = { height, width, pixelValues: new Float32Array(fewer ? 3 * height * width : 0) };
      const tiles = pictures.flatMap((picture) => Array.from({ length: most }, (_, i) => picture.tiles.at(i) ?? empty));
      return {
        pixel_values: stackPictures(tiles, [images.length, most]),
        image_sizes: int64([images.length, 2], pictures.flatMap((one) => [one.height, one.width])),
        ...(type === "LlavaOnevisionImageProcessor" &&
          { batch_num_images: int64([images.length], images.map(() => 1)) }),
      };
    },
  };
}

function readSteps(config: Settings): LlavaNextSteps {
  const steps = readPictureSteps(config);
  const size = readSizeRule(config);
  if ("maxHeight" in size) throw settingFault("size", "a number, {shortest_edge} or {height, width}", config["size"]);
  const baseSize = "height" in size ? size : { height: size.shortestEdge, width: size.shortestEdge };
  // The crop's side is the tile's even where nothing is cropped.
  const cropSize = config["crop_size"] == null ? undefined : readHeightAndWidth("crop_size", config["crop_size"]);
  return {
    ...steps,
    pinpoints: readPinpoints(config),
    baseSize,
    tileSide: cropSize?.height ?? baseSize.height,
  };
}

/** The squashed picture and the tiles, with the size of the file. */
function readTiles(steps: LlavaNextSteps, bytes: Uint8Array, limits?: ImageLimits) {
  using image = decodeIntoCore(bytes, limits);
  const { width, height } = image;
  const { baseSize, tileSide } = steps;
  const tiles: ProcessedImage[] = [];
  const best = selectBestResolution(steps.pinpoints, image);
  const numTiles = 1 + Math.ceil(best.width / tileSide) * Math.ceil(best.height / tileSide);
  const tileSize = outputSize(steps, baseSize);
  checkResized(best);
  const room = roomFor(numTiles, tileSize);
  const take = (piece: CoreImage) => void tiles.push(processPicture(steps, piece, room.shift()));
  {
    using base = resizePicture(image, baseSize, steps.resample);
    take(base);
  }
  using canvas = placeOnCanvas(image, best, steps.resample);
  forEachTile(canvas, tileSide, take);
  return { width, height, tiles };
}
