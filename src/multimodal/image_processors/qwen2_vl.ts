/**
 * The picture processors of Qwen2-VL and its kin (Qwen2.5-VL, Qwen3-VL, GLM-4V, ...): a size near the picture's own, cut
 * into patches.
 *
 * Source: transformers `image_processing_qwen2_vl.py`, torchvision backend.
 *
 * @module
 */
import { MediaDecodeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { readLevels } from "./levels.ts";
import { PATCH_GRID_CLASSES } from "./qwen2_vl_classes.ts";
import { checkResized, readResample } from "./resize_picture.ts";
import {
  type ImageSize,
  pictureSettings,
  readCount,
  readFlag,
  readProcessorType,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { largestPicture, type SmartResizeBounds } from "./smart_resize.ts";
import { int64 } from "./stack.ts";
import { writePatches } from "./write_values.ts";

/** Names of the classes that {@linkcode readQwen2Vl} reads. */
export const QWEN2_VL_CLASSES: readonly string[] = Object.keys(PATCH_GRID_CLASSES);

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
  /** Size of a picture that gets as many patches as any, pixels, of Qwen's own classes. */
  readonly largestPicture: ImageSize;
  /**
   * `pixel_values`, float32, `[num_patches, channels * frames * patch * patch]` of all pictures one behind the other, cell
   * by cell, and `image_grid_thw`, int64, `[num_images, 3]`: frames, rows and columns of each. Of PaddleOCR-VL patches lie
   * row by row, `[num_patches, channels * frames, patch, patch]`; VideoLLaMA 3 also gives `image_merge_sizes`, int64,
   * `[num_images]`.
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
 * Reads the settings of one of these image processors, as transformers 4 (`min_pixels`, `max_pixels`) and 5 (`size`) write
 * them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readQwen2Vl(file: object): Qwen2VlProcessor {
  const given = pictureSettings(file);
  const { defaults, fit, ...own } = PATCH_GRID_CLASSES[readProcessorType(given, QWEN2_VL_CLASSES)];
  const config = withDefaults(given, defaults);
  const count = (key: string) => readCount(key, config[key]);
  const [patchSize, temporalPatchSize, mergeSize] = ["patch_size", "temporal_patch_size", "merge_size"].map(count);
  const factor = patchSize * mergeSize;
  const ownBounds = {
    factor,
    ...readBounds(config["size"] ?? defaults["size"], own.readsPixelBounds ? config : {}),
  };
  const resizes = readFlag(config, "do_resize");
  const resample = readResample(config);
  const levels = readLevels(config);

  const sizeOf = (width: number, height: number, kwargs: Qwen2VlKwargs = {}): ImageSize => {
    const size = resizes ? fit(width, height, boundsOf(kwargs, ownBounds), temporalPatchSize) : { width, height };
    if (size.width % factor !== 0 || size.height % factor !== 0) {
      throw new MediaDecodeError(
        `Expected sides that are multiples of ${factor} pixels, as do_resize is off: found ${width} x ${height}`,
        { code: "unsupported_image" },
      );
    }
    checkResized(size);
    return size;
  };

  const layout = { patchSize, temporalPatchSize, mergeSize: own.isRaster ? 1 : mergeSize };
  const patchLength = 3 * temporalPatchSize * patchSize ** 2;
  const processFile = (bytes: Uint8Array, limits?: ImageLimits, kwargs?: Qwen2VlKwargs) => {
    using image = decodeIntoCore(bytes, limits);
    const size = sizeOf(image.width, image.height, kwargs);
    const grid = { width: size.width / patchSize, height: size.height / patchSize };
    const data = new Float32Array(grid.width * grid.height * patchLength);
    writePatches(image, { size, resample, levels, out: data }, layout);
    return { ...grid, data };
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
      const patchDims = own.isRaster
        ? [3 * temporalPatchSize, patchSize, patchSize]
        : [3 * temporalPatchSize * patchSize ** 2];
      const pictures = images.map((bytes) => processFile(bytes, limits, kwargs));
      const numPatches = pictures.reduce((sum, { height, width }) => sum + height * width, 0);
      const data = pictures.length === 1 ? pictures[0].data : new Float32Array(numPatches * numElements(patchDims));
      if (pictures.length > 1) {
        pictures.reduce((at, picture) => (data.set(picture.data, at), at + picture.data.length), 0);
      }
      return {
        pixel_values: { type: "float32", dims: [numPatches, ...patchDims], data },
        image_grid_thw: int64([pictures.length, 3], pictures.flatMap(({ height, width }) => [1, height, width])),
        ...(own.givesMergeSizes && { image_merge_sizes: int64([pictures.length], pictures.map(() => mergeSize)) }),
      };
    },
  };
}

/** The file's bounds: `min_pixels` and `max_pixels`, where they are read, go before `size`. */
function readBounds(size: unknown, config: Settings): Pick<SmartResizeBounds, "minPixels" | "maxPixels"> {
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
