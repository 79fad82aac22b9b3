/**
 * The picture processor of Qwen2-VL and Qwen2.5-VL: a size near the picture's own, cut into patches.
 *
 * Source: transformers `image_processing_qwen2_vl.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, DEFAULT_MAX_IMAGE_PIXELS, type ImageLimits } from "../image.ts";
import {
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

/** Names of the classes that {@linkcode readQwen2Vl} reads; the last is that of the first files of Qwen2.5-VL. */
export const QWEN2_VL_CLASSES: readonly string[] = [
  "Qwen2VLImageProcessor",
  "Qwen2VLImageProcessorFast",
  "Qwen2_5_VLImageProcessor",
];

const DEFAULTS: Settings = {
  resample: 3,
  size: { shortest_edge: 56 * 56, longest_edge: 28 * 28 * 1280 },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2,
};

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

/** A request's own bounds, as `mm_processor_kwargs` spell them. */
export interface Qwen2VlKwargs {
  /** Least area, pixels. */
  readonly min_pixels?: number;
  /** Largest area, pixels. */
  readonly max_pixels?: number;
  /** The same in the spelling of transformers 5; areas, whatever the names say. */
  readonly size?: { readonly shortest_edge?: number; readonly longest_edge?: number };
}

/** A processor of one of these classes. */
export interface Qwen2VlProcessor {
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Frames in a patch; a picture counts as so many equal ones. */
  readonly temporalPatchSize: number;
  /** Patches along a side of a cell that becomes one token. */
  readonly mergeSize: number;
  /**
   * Rows and columns of patches of an upright picture.
   *
   * @param width Pixels.
   * @param height Pixels.
   * @param kwargs Bounds of a request, which go before the file's.
   * @throws {MediaDecodeError} If one side is more than 200 times the other, or the picture would become too large.
   */
  readonly gridOf: (width: number, height: number, kwargs?: Qwen2VlKwargs) => ImageSize;
  /** Size of a picture that gets as many patches as any, pixels. */
  readonly largestPicture: ImageSize;
  /**
   * `pixel_values`, float32, `[num_patches, channels * frames * patch * patch]` of all pictures one behind the other, cell
   * by cell, and `image_grid_thw`, int64, `[num_images, 3]`: frames, rows and columns of each.
   *
   * @param options How files are decoded; bounds of a request.
   * @throws {MediaDecodeError} If a file is broken, not supported or over a limit.
   */
  readonly process: (
    images: readonly Uint8Array[],
    options?: ImageLimits & { readonly kwargs?: Qwen2VlKwargs },
  ) => Record<string, Tensor>;
}

/**
 * The size to which a picture is brought: multiples of a factor, an area within bounds, and the ratio of the sides as near
 * to the picture's as that allows.
 *
 * @example
 * ```ts
 * import { smartResize } from "./qwen2_vl.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bounds = { factor: 28, minPixels: 56 * 56, maxPixels: 28 * 28 * 16384 };
 * assertEquals(smartResize(1300, 876, bounds), { width: 1288, height: 868 });
 * ```
 *
 * @param width Pixels.
 * @param height Pixels.
 * @throws {MediaDecodeError} If one side is more than 200 times the other.
 */
export function smartResize(width: number, height: number, bounds: SmartResizeBounds): ImageSize {
  const { factor, minPixels, maxPixels } = bounds;
  if (Math.max(width, height) / Math.min(width, height) > MAX_ASPECT_RATIO) {
    throw new MediaDecodeError(
      `Expected a picture whose sides differ at most ${MAX_ASPECT_RATIO} times: found ${width} x ${height}`,
      { code: "unsupported_image" },
    );
  }
  const near = [height, width].map((side) => roundHalfToEven(side / factor) * factor);
  const area = near[0] * near[1];
  const scaled = (scale: (side: number) => number) => {
    const [h, w] = [height, width].map(scale);
    return { height: h, width: w };
  };
  if (area > maxPixels) {
    const shrink = Math.sqrt(height * width / maxPixels);
    return scaled((side) => Math.max(factor, Math.floor(side / shrink / factor) * factor));
  }
  if (area < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    return scaled((side) => Math.ceil(side * grow / factor) * factor);
  }
  return { height: near[0], width: near[1] };
}

/**
 * Sides whose area is nearest to the upper bound. A long, narrow picture may come out larger, and is tried too: its short
 * side is at least one factor; and the sides of a small one are rounded up.
 */
function largestPicture(bounds: SmartResizeBounds): ImageSize {
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

/** Python's `round`. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + below % 2 : Math.round(x);
}

/**
 * Reads the settings of a Qwen2-VL image processor, as transformers 4 (`min_pixels`, `max_pixels`) and 5 (`size`) write
 * them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels is unknown or has an unknown value.
 */
export function readQwen2Vl(file: object): Qwen2VlProcessor {
  const given = pictureSettings(file);
  readProcessorType(given, QWEN2_VL_CLASSES);
  const config = withDefaults(given, DEFAULTS, ["max_pixels", "min_pixels"]);
  const count = (key: string) => readCount(key, config[key]);
  const [patchSize, temporalPatchSize, mergeSize] = ["patch_size", "temporal_patch_size", "merge_size"].map(count);
  const factor = patchSize * mergeSize;
  const ownBounds = { factor, ...readBounds(config) };
  const resizes = readFlag(config, "do_resize");
  const filter = readResample(config);
  const levels = readLevels(config);

  const sizeOf = (width: number, height: number, kwargs: Qwen2VlKwargs = {}): ImageSize => {
    const size = resizes ? smartResize(width, height, boundsOf(kwargs, ownBounds)) : { width, height };
    if (size.width % factor !== 0 || size.height % factor !== 0) {
      throw new MediaDecodeError(
        `Expected sides that are multiples of ${factor} pixels, as do_resize is off: found ${width} x ${height}`,
        { code: "unsupported_image" },
      );
    }
    if (size.width * size.height <= DEFAULT_MAX_IMAGE_PIXELS) return size;
    throw new MediaDecodeError(
      `Expected at most ${DEFAULT_MAX_IMAGE_PIXELS} pixels after resizing: found ${size.width} x ${size.height}`,
      { code: "image_too_large" },
    );
  };

  const patchesOf = (bytes: Uint8Array, limits?: ImageLimits, kwargs?: Qwen2VlKwargs) => {
    let image: CoreImage = decodeIntoCore(bytes, limits);
    try {
      const size = sizeOf(image.width, image.height, kwargs);
      if (resizes) {
        const resized = callImageCore(() => image.resize(size.width, size.height, filter));
        image.free();
        image = resized;
      }
      const data = callImageCore(() => image.normalizePatches(patchSize, mergeSize, temporalPatchSize, levels));
      return { width: size.width / patchSize, height: size.height / patchSize, data };
    } finally {
      image.free();
    }
  };

  return {
    patchSize,
    temporalPatchSize,
    mergeSize,
    gridOf(width, height, kwargs) {
      const size = sizeOf(width, height, kwargs);
      return { width: size.width / patchSize, height: size.height / patchSize };
    },
    get largestPicture() {
      return largestPicture(ownBounds);
    },
    process(images, { kwargs, ...limits } = {}) {
      const patchLength = 3 * temporalPatchSize * patchSize ** 2;
      const pictures = images.map((bytes) => patchesOf(bytes, limits, kwargs));
      const numPatches = pictures.reduce((sum, { height, width }) => sum + height * width, 0);
      const data = pictures.length === 1 ? pictures[0].data : new Float32Array(numPatches * patchLength);
      if (pictures.length > 1) {
        pictures.reduce((at, picture) => (data.set(picture.data, at), at + picture.data.length), 0);
      }
      const grids = BigInt64Array.from(pictures.flatMap(({ height, width }) => [1n, BigInt(height), BigInt(width)]));
      return {
        pixel_values: { type: "float32", dims: [numPatches, patchLength], data },
        image_grid_thw: { type: "int64", dims: [pictures.length, 3], data: grids },
      };
    },
  };
}

/** The file's bounds: `min_pixels` and `max_pixels` go before `size`. */
function readBounds(config: Settings): Pick<SmartResizeBounds, "minPixels" | "maxPixels"> {
  const { size } = config;
  if (typeof size !== "object" || size === null) throw settingFault("size", "{shortest_edge, longest_edge}", size);
  const bound = (pixels: "min_pixels" | "max_pixels", edge: "shortest_edge" | "longest_edge") =>
    readCount(config[pixels] == null ? `size.${edge}` : pixels, config[pixels] ?? (size as Settings)[edge]);
  return { minPixels: bound("min_pixels", "shortest_edge"), maxPixels: bound("max_pixels", "longest_edge") };
}

/** A request's bounds, else the file's. */
function boundsOf({ min_pixels, max_pixels, size }: Qwen2VlKwargs, own: SmartResizeBounds): SmartResizeBounds {
  return {
    factor: own.factor,
    minPixels: min_pixels ?? size?.shortest_edge ?? own.minPixels,
    maxPixels: max_pixels ?? size?.longest_edge ?? own.maxPixels,
  };
}

function readCount(key: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw settingFault(key, "an integer from 1", value);
}
