/**
 * Pictures as sequences of patches that are filled up to one length, as SigLIP 2's encoder takes them.
 *
 * Source: `convert_image_to_patches` and `pad_along_first_dim` of transformers' `image_processing_siglip2.py`.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { ShapeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import type { ImageSize } from "./settings.ts";
import { int64 } from "./stack.ts";

/** The patches of a picture. */
export interface PatchSequence {
  /** Rows and columns of patches. */
  readonly grid: ImageSize;
  /** `[rows * columns, patch * patch * channels]`: each patch line by line, its channels side by side. */
  readonly values: Float32Array;
}

/**
 * Cuts a picture into patches, row by row.
 *
 * @param image Sides are multiples of a patch's.
 * @param patchSize Side of a patch, pixels.
 * @param levels Value of each 8-bit level, channel after channel, `[3 * 256]`.
 */
export function patchesOf(image: CoreImage, patchSize: number, levels: Float32Array): PatchSequence {
  const pixels = image.pixels();
  const { width, height } = image;
  const values = new Float32Array(width * height * 3);
  const lineLength = patchSize * 3;
  let at = 0;
  for (let y = 0; y < height; y += patchSize) {
    for (let x = 0; x < width; x += patchSize) {
      for (let line = 0; line < patchSize; line++) {
        const from = ((y + line) * width + x) * 3;
        for (let i = 0; i < lineLength; i += 3) {
          values[at++] = levels[pixels[from + i]];
          values[at++] = levels[256 + pixels[from + i + 1]];
          values[at++] = levels[512 + pixels[from + i + 2]];
        }
      }
    }
  }
  return { grid: { height: height / patchSize, width: width / patchSize }, values };
}

/**
 * Sequences one behind the other: `pixel_values`, float32, `[n, length, patch * patch * channels]`, zeros behind the last
 * patch; `pixel_attention_mask`, int32, `[n, length]`, 1 for each patch; `spatial_shapes`, int64, `[n, 2]`: rows and columns
 * of patches. Where every sequence is longer than `length`, and all alike, `pixel_values` has theirs, as in the source.
 *
 * @throws {ShapeError} If some sequences are longer than `length`.
 */
export function padSequences(
  sequences: readonly PatchSequence[],
  length: number,
  patchSize: number,
): Record<"pixel_values" | "pixel_attention_mask" | "spatial_shapes", Tensor> {
  const patchLength = patchSize * patchSize * 3;
  const lengths = sequences.map(({ values }) => Math.max(values.length / patchLength, length));
  const other = lengths.find((found) => found !== lengths[0]);
  if (other) throw new ShapeError("pixel_values", [lengths[0], patchLength], [other, patchLength]);
  const dims = [sequences.length, lengths[0], patchLength];
  const data = new Float32Array(numElements(dims));
  const mask = new Int32Array(sequences.length * length);
  sequences.forEach(({ values }, i) => {
    data.set(values, i * lengths[0] * patchLength);
    mask.fill(1, i * length, Math.min(i * length + values.length / patchLength, (i + 1) * length));
  });
  return {
    pixel_values: { type: "float32", dims, data },
    pixel_attention_mask: { type: "int32", dims: [sequences.length, length], data: mask },
    spatial_shapes: int64([sequences.length, 2], sequences.flatMap(({ grid }) => [grid.height, grid.width])),
  };
}
