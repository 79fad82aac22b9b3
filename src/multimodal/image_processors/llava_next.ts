/**
 * The picture processor of LLaVA-NeXT: the whole picture squashed to a tile, then the picture at the best of several
 * resolutions, inside a black canvas, cut into tiles.
 *
 * Source: transformers `image_processing_llava_next.py`, `select_best_resolution` and `get_patch_output_size` of
 * `image_processing_utils.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError, ShapeError } from "../../core/errors.ts";
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
  isExtent,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readLevels,
  readProcessorType,
  readResample,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** Names of the class. */
export const LLAVA_NEXT_CLASSES = ["LlavaNextImageProcessor", "LlavaNextImageProcessorFast"] as const;

const DEFAULTS: Settings = {
  resample: 3,
  do_center_crop: true,
  do_pad: true,
  size: { shortest_edge: 224 },
  crop_size: { height: 224, width: 224 },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  image_grid_pinpoints: [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
};

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
   * then zeros up to the most tiles of the batch; and `image_sizes`, int64, `[n, 2]`: height and width of the file.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If tiles come out in different sizes or, without `do_pad`, in different numbers.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/** What becomes of a picture. */
interface LlavaNextSteps {
  readonly pinpoints: readonly ImageSize[];
  /** Size of the squashed picture. */
  readonly baseSize: ImageSize;
  /** Side of the squares that the canvas is cut into. */
  readonly tileSide: number;
  /** Size that every piece is brought to; undefined: it stays. */
  readonly size?: ImageSize | { readonly shortestEdge: number };
  /** Centre of every piece that is kept; undefined: all of it. */
  readonly cropSize?: ImageSize;
  readonly resample: ResizeFilter;
  readonly levels: Float32Array;
  /** Whether pictures with fewer tiles are filled up. */
  readonly pads: boolean;
}

/**
 * Reads the settings of a LLaVA-NeXT image processor, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If a key that changes pixels is unknown or has an unknown value.
 */
export function readLlavaNext(file: object): LlavaNextProcessor {
  const steps = readSteps(file);
  return {
    tileSize: steps.cropSize ?? steps.baseSize,
    pinpoints: steps.pinpoints,
    bestResolution: (width, height) => bestResolution(steps.pinpoints, width, height),
    process(images, limits) {
      const processed = images.map((bytes) => processPicture(steps, bytes, limits));
      const most = Math.max(...processed.map(({ tiles }) => tiles.length));
      const [{ tileSize: { height, width } }] = processed;
      for (const { tiles, tileSize } of processed) {
        const isStackable = tileSize.height === height && tileSize.width === width &&
          (steps.pads || tiles.length === most);
        if (isStackable) continue;
        throw new ShapeError("pixel_values", [most, 3, height, width], [
          tiles.length,
          3,
          tileSize.height,
          tileSize.width,
        ]);
      }
      const dims = [images.length, most, 3, height, width];
      const data = new Float32Array(numElements(dims));
      const size = 3 * height * width;
      processed.forEach(({ tiles }, i) => tiles.forEach((tile, t) => data.set(tile, (i * most + t) * size)));
      const sizes = BigInt64Array.from(processed.flatMap((one) => [one.height, one.width]), BigInt);
      return {
        pixel_values: { type: "float32", dims, data },
        image_sizes: { type: "int64", dims: [images.length, 2], data: sizes },
      };
    },
  };
}

function readSteps(file: object): LlavaNextSteps {
  const given = pictureSettings(file);
  readProcessorType(given, LLAVA_NEXT_CLASSES);
  // The original code's name for what this class always does; transformers passes it over.
  const config = withDefaults(given, DEFAULTS, ["aspect_ratio_setting", "default_to_square"]);
  const size = readSize(config);
  const baseSize = "height" in size ? size : { height: size.shortestEdge, width: size.shortestEdge };
  const crop = config["crop_size"];
  const cropSize = crop === null ? undefined : isExtent(crop) ? { height: crop, width: crop } : readHeightAndWidth(
    "crop_size",
    crop,
    "a number or {height, width}",
  );
  const crops = readFlag(config, "do_center_crop");
  if (crops && !cropSize) throw settingFault("crop_size", "a number or {height, width}", crop);
  return {
    pinpoints: readPinpoints(config["image_grid_pinpoints"]),
    baseSize,
    tileSide: cropSize?.height ?? baseSize.height,
    size: readFlag(config, "do_resize") ? size : undefined,
    cropSize: crops ? cropSize : undefined,
    resample: readResample(config),
    levels: readLevels(config),
    pads: readFlag(config, "do_pad"),
  };
}

function readSize({ size, default_to_square }: Settings): ImageSize | { readonly shortestEdge: number } {
  if (isExtent(size)) return default_to_square ? { height: size, width: size } : { shortestEdge: size };
  const shortest = extentsOf(size, ["shortest_edge"]);
  if (shortest) return { shortestEdge: shortest[0] };
  return readHeightAndWidth("size", size, "a number, {shortest_edge} or {height, width}");
}

function readPinpoints(value: unknown): ImageSize[] {
  const fault = () => settingFault("image_grid_pinpoints", "a list of [height, width]", value);
  if (!Array.isArray(value) || value.length === 0) throw fault();
  return value.map((pair) => {
    const extents = Array.isArray(pair) ? extentsOf({ ...pair }, ["0", "1"]) : undefined;
    if (!extents) throw fault();
    return { height: extents[0], width: extents[1] };
  });
}

function bestResolution(pinpoints: readonly ImageSize[], width: number, height: number): ImageSize {
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
function fitInto(canvas: ImageSize, width: number, height: number): ImageSize {
  const across = canvas.width / width;
  const down = canvas.height / height;
  return across < down
    ? { width: canvas.width, height: Math.min(Math.ceil(height * across), canvas.height) }
    : { width: Math.min(Math.ceil(width * down), canvas.width), height: canvas.height };
}

/** The squashed picture and the tiles, each `[3, height, width]`, with the sizes of tile and file. */
function processPicture(steps: LlavaNextSteps, bytes: Uint8Array, limits?: ImageLimits) {
  using image = decodeIntoCore(bytes, limits);
  const { width, height } = image;
  const { baseSize, tileSide } = steps;
  const pieces: { tileSize: ImageSize; values: Float32Array }[] = [];
  {
    using base = callImageCore(() => image.resize(baseSize.width, baseSize.height, steps.resample));
    pieces.push(finish(steps, base));
  }
  using canvas = placeOnCanvas(steps, image);
  for (let y = 0; y < canvas.height; y += tileSide) {
    for (let x = 0; x < canvas.width; x += tileSide) {
      const [columns, rows] = [Math.min(tileSide, canvas.width - x), Math.min(tileSide, canvas.height - y)];
      using tile = callImageCore(() => canvas.crop(x, y, columns, rows));
      pieces.push(finish(steps, tile));
    }
  }
  const [{ tileSize }] = pieces;
  const other = pieces.find((piece) =>
    piece.tileSize.height !== tileSize.height || piece.tileSize.width !== tileSize.width
  );
  if (other) {
    const found = [3, other.tileSize.height, other.tileSize.width];
    throw new ShapeError("pixel_values", [3, tileSize.height, tileSize.width], found);
  }
  return { width, height, tileSize, tiles: pieces.map(({ values }) => values) };
}

/** The picture in the middle of its best resolution, on black. */
function placeOnCanvas({ pinpoints, resample }: LlavaNextSteps, image: CoreImage): CoreImage {
  const best = bestResolution(pinpoints, image.width, image.height);
  const fitted = fitInto(best, image.width, image.height);
  const [across, down] = [best.width - fitted.width, best.height - fitted.height];
  const [left, top] = [Math.floor(across / 2), Math.floor(down / 2)];
  using resized = callImageCore(() => image.resize(fitted.width, fitted.height, resample));
  return callImageCore(() => resized.pad(left, top, across - left, down - top, Uint8Array.of(0, 0, 0)));
}

/** Resizes, crops and normalizes one piece; most are of the right size already. */
function finish({ size, cropSize, resample, levels }: LlavaNextSteps, piece: CoreImage) {
  const { width, height } = piece;
  const target = size === undefined
    ? { width, height }
    : "height" in size
    ? size
    : scaleShortest(size.shortestEdge, width, height);
  const tileSize = cropSize ?? target;
  if (tileSize.width * tileSize.height > DEFAULT_MAX_IMAGE_PIXELS) {
    throw new MediaDecodeError(
      `Expected tiles of at most ${DEFAULT_MAX_IMAGE_PIXELS} pixels: found ${tileSize.width} x ${tileSize.height}`,
      { code: "image_too_large" },
    );
  }
  const normalize = (from: CoreImage) =>
    callImageCore(() => from.cropAndNormalize(tileSize.height, tileSize.width, levels));
  if (target.width === width && target.height === height) return { tileSize, values: normalize(piece) };
  using resized = callImageCore(() =>
    piece.resizeCenter(target.width, target.height, tileSize.width, tileSize.height, resample)
  );
  return { tileSize, values: normalize(resized) };
}

function scaleShortest(shortest: number, width: number, height: number): ImageSize {
  const long = Math.trunc(shortest * Math.max(width, height) / Math.min(width, height));
  return width <= height ? { height: long, width: shortest } : { height: shortest, width: long };
}
