/**
 * The picture processor of LFM2-VL: a size near the picture's own; a large picture is cut into tiles, with that size as one
 * more; all of them as sequences of patches.
 *
 * Source: transformers `image_processing_lfm2_vl.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import type { Tensor } from "../../core/tensor.ts";
import { decodeIntoCore, type ImageLimits } from "../image.ts";
import { forEachTile } from "./any_resolution.ts";
import { type Lfm2VlSteps, readLfm2VlSteps } from "./lfm2_vl_settings.ts";
import { padSequences, patchesOf, type PatchSequence } from "./patch_sequences.ts";
import { resizePicture } from "./resize_picture.ts";
import { type ImageSize, pictureSettings, readProcessorType } from "./settings.ts";
import { roundHalfToEven } from "./size_rule.ts";
import { int64 } from "./stack.ts";
import { nearestShape, type TileGrid } from "./tile_grids.ts";

/** Names of the classes that {@linkcode readLfm2Vl} reads. */
export const LFM2_VL_CLASSES = ["Lfm2VlImageProcessor"] as const;

/** A processor of this class. */
export interface Lfm2VlProcessor {
  /**
   * Of a batch of pictures, tiles in order: `pixel_values`, float32, `[tiles, patches, patch * patch * channels]`, zeros
   * behind the last patch; `pixel_attention_mask`, int32, `[tiles, patches]`; `spatial_shapes`, int64, `[tiles, 2]`: rows and
   * columns of patches. If `return_row_col_info` asks for them also `image_rows` and `image_cols`, int64, `[pictures]`: tiles
   * down and across; and `image_sizes`, int64, `[pictures, 2]`: height and width of the whole one.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If a long, narrow picture has more patches than there is room for.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of an LFM2-VL image processor. Pictures are always resized, whatever `do_resize` says.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readLfm2Vl(file: object): Lfm2VlProcessor {
  const given = pictureSettings(file);
  readProcessorType(given, LFM2_VL_CLASSES);
  const steps = readLfm2VlSteps(given);
  return {
    process(images, limits) {
      const sequences: PatchSequence[] = [];
      const cuts = images.map((bytes) => {
        using image = decodeIntoCore(bytes, limits);
        return cut(steps, image, sequences);
      });
      const outputs = padSequences(sequences, steps.numPatches, steps.patchSize);
      if (!steps.tellsGrids) return outputs;
      return {
        ...outputs,
        image_rows: int64([cuts.length], cuts.map(({ rows }) => rows)),
        image_cols: int64([cuts.length], cuts.map(({ columns }) => columns)),
        image_sizes: int64([cuts.length, 2], cuts.flatMap(({ whole }) => [whole.height, whole.width])),
      };
    },
  };
}

/** Adds the sequences of a picture, and returns how it was cut and the size of the whole one. */
function cut(
  steps: Lfm2VlSteps,
  image: CoreImage,
  sequences: PatchSequence[],
): TileGrid & { readonly whole: ImageSize } {
  const { grids, tileSize, resample, patchSize, levels } = steps;
  const take = (part: CoreImage) => void sequences.push(patchesOf(part, patchSize, levels));
  const whole = wholeSize(steps, image);
  const isCut = grids.length > 0 && isLarge(steps, image);
  const tile = { height: tileSize, width: tileSize };
  const grid = isCut ? nearestShape(grids, tile, image) : { rows: 1, columns: 1 };
  if (isCut) {
    const size = { height: grid.rows * tileSize, width: grid.columns * tileSize };
    using canvas = resizePicture(image, size, resample);
    forEachTile(canvas, tileSize, take);
  }
  if (!isCut || (steps.hasThumbnail && grid.rows * grid.columns > 1)) {
    using resized = resizePicture(image, whole, resample);
    take(resized);
  }
  return { ...grid, whole };
}

function isLarge({ factor, patchSize, largeFrom }: Lfm2VlSteps, { width, height }: ImageSize): boolean {
  const near = (side: number) => Math.max(patchSize, roundHalfToEven(side / factor) * factor);
  return near(height) * near(width) > largeFrom;
}

/** As Qwen2-VL's size, but with no side below the factor and no bound on the ratio of the sides. */
function wholeSize({ factor, minPixels, maxPixels }: Lfm2VlSteps, { width, height }: ImageSize): ImageSize {
  const both = (scale: (side: number) => number): ImageSize => ({ height: scale(height), width: scale(width) });
  const near = both((side) => Math.max(factor, roundHalfToEven(side / factor) * factor));
  if (near.height * near.width > maxPixels) {
    const shrink = Math.sqrt(height * width / maxPixels);
    return both((side) => Math.max(factor, Math.floor(side / shrink / factor) * factor));
  }
  if (near.height * near.width < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    return both((side) => Math.ceil(side * grow / factor) * factor);
  }
  return near;
}
