/**
 * The classes that cut a picture into patches at a size near its own, with what each takes where a file says nothing, and
 * where it departs from Qwen2-VL's.
 *
 * Source: transformers `image_processing_<model>.py` of `qwen2_vl`, `ernie4_5_vl_moe`, `glm4v`, `glm46v`, `paddleocr_vl` and
 * `video_llama_3`.
 *
 * @module
 */
import { CLIP_STATISTICS, HALF_STATISTICS } from "./levels.ts";
import type { ImageSize, Settings } from "./settings.ts";
import { roundHalfToEven } from "./size_rule.ts";
import { smartResize, type SmartResizeBounds } from "./smart_resize.ts";

/** What is peculiar to a class. */
export interface PatchGridClass {
  /** What it takes where a file says nothing. */
  readonly defaults: Settings;
  /** Size that an upright picture is brought to. */
  readonly fit: (width: number, height: number, bounds: SmartResizeBounds, frames: number) => ImageSize;
  /** Whether `min_pixels` and `max_pixels` go before `size`. */
  readonly readsPixelBounds?: true;
  /** Whether patches lie row by row, each with its channels as planes, in the place of cell by cell and flat. */
  readonly isRaster?: true;
  /** Whether `image_merge_sizes` is given too. */
  readonly givesMergeSizes?: true;
}

const QWEN2_VL: PatchGridClass = {
  defaults: {
    ...CLIP_STATISTICS,
    resample: 3,
    size: { shortest_edge: 56 * 56, longest_edge: 28 * 28 * 1280 },
    patch_size: 14,
    temporal_patch_size: 2,
    merge_size: 2,
  },
  fit: (width, height, bounds) => smartResize(width, height, bounds),
  readsPixelBounds: true,
};

const GLM4V: PatchGridClass = {
  defaults: { ...QWEN2_VL.defaults, size: { shortest_edge: 112 * 112, longest_edge: 28 * 28 * 15000 } },
  fit: fitWithFrames,
};

const ERNIE: PatchGridClass = {
  defaults: {
    ...QWEN2_VL.defaults,
    size: { shortest_edge: 56 * 56, longest_edge: 28 * 28 * 6177 },
    temporal_patch_size: 1,
  },
  fit: (width, height, bounds) => smartResize(width, height, bounds),
};

/** By class name; `Qwen2_5_VLImageProcessor` is that of the first files of Qwen2.5-VL. */
export const PATCH_GRID_CLASSES: Readonly<Record<string, PatchGridClass>> = {
  Ernie4_5_VLMoeImageProcessor: ERNIE,
  Ernie4_5_VL_MoeImageProcessor: ERNIE,
  Glm46VImageProcessor: GLM4V,
  Glm4vImageProcessor: GLM4V,
  PaddleOCRVLImageProcessor: {
    defaults: {
      ...QWEN2_VL.defaults,
      size: { shortest_edge: 384 * 384, longest_edge: 1536 * 1536 },
      temporal_patch_size: 1,
    },
    fit: fitFromFactor,
    readsPixelBounds: true,
    isRaster: true,
  },
  Qwen2VLImageProcessor: QWEN2_VL,
  Qwen2_5_VLImageProcessor: QWEN2_VL,
  VideoLlama3ImageProcessor: {
    ...QWEN2_VL,
    defaults: { ...QWEN2_VL.defaults, ...HALF_STATISTICS, temporal_patch_size: 1, merge_size: 1 },
    givesMergeSizes: true,
  },
};

/** GLM-4V: a side below the factor is brought up to it first, with the other one; bounds count all frames. */
function fitWithFrames(width: number, height: number, bounds: SmartResizeBounds, frames: number): ImageSize {
  const { factor } = bounds;
  const scale = Math.max(factor / height, factor / width);
  if (scale <= 1) return smartResize(width, height, bounds, frames);
  return smartResize(Math.trunc(width * scale), Math.trunc(height * scale), bounds, frames);
}

/** PaddleOCR-VL: a side below the factor becomes the factor first, the height before the width. */
function fitFromFactor(width: number, height: number, bounds: SmartResizeBounds): ImageSize {
  const { factor } = bounds;
  if (height < factor) [width, height] = [roundHalfToEven(width * factor / height), factor];
  if (width < factor) [width, height] = [factor, roundHalfToEven(height * factor / width)];
  return smartResize(width, height, bounds);
}
