import type { Tensor } from "../../core/tensor.ts";
import { ropeFrequencies } from "../rope.ts";
import type { PixtralTowerConfig } from "./pixtral_tower.ts";

/**
 * Cuts a picture into what {@linkcode pixtralTower} takes: its patches, cell by cell, and the cosines and sines of their
 * places. Of the pairs of a head the first half turns by row, with every other frequency, the second by column, with those
 * between.
 *
 * Source: transformers `PixtralVisionRotaryEmbedding`.
 *
 * @example
 * ```ts
 * import { pixtralInputs } from "./pixtral_inputs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const pixels = { type: "float32", dims: [3, 4, 6], data: Float32Array.from({ length: 72 }, (_, i) => i) } as const;
 * const { patches, rotary_cos } = pixtralInputs(pixels, { headDim: 8, patchSize: 2, ropeTheta: 10000, mergeSize: 1 });
 * assertEquals(patches.dims, [6, 1, 12]);
 * assertEquals([...patches.data.subarray(12, 16)], [2, 3, 8, 9]);
 * assertEquals(rotary_cos.dims, [6, 1, 4]);
 * ```
 *
 * @param pixels float32 `[channels, height, width]`, both extents multiples of `patchSize * mergeSize`.
 * @param config Of the tower, and patches along a side of a cell.
 * @returns `patches` `[num_rows, mergeSize^2, channels * patchSize^2]`, `rotary_cos` and `rotary_sin`
 * `[num_rows, mergeSize^2, headDim / 2]`, float32.
 */
export function pixtralInputs(
  pixels: Tensor,
  config: Pick<PixtralTowerConfig, "headDim" | "patchSize" | "ropeTheta"> & { readonly mergeSize: number },
): Record<"patches" | "rotary_cos" | "rotary_sin", Tensor> {
  const { headDim, patchSize, ropeTheta, mergeSize } = config;
  const [channels, height, width] = pixels.dims;
  const [cellRows, cellColumns] = [height, width].map((extent) => extent / (patchSize * mergeSize));
  const numRows = cellRows * cellColumns;
  const cell = mergeSize ** 2;
  const half = headDim / 2;
  const rowPairs = Math.ceil(half / 2);
  const frequencies = ropeFrequencies({ type: "default", theta: ropeTheta }, headDim);
  const patches = new Float32Array(pixels.data.length);
  const [cos, sin] = [new Float32Array(numRows * cell * half), new Float32Array(numRows * cell * half)];
  for (let patch = 0; patch < numRows * cell; patch++) {
    const [index, inner] = [Math.floor(patch / cell), patch % cell];
    const row = Math.floor(index / cellColumns) * mergeSize + Math.floor(inner / mergeSize);
    const column = index % cellColumns * mergeSize + inner % mergeSize;
    for (let line = 0; line < channels * patchSize; line++) {
      const [channel, y] = [Math.floor(line / patchSize), line % patchSize];
      const from = (channel * height + row * patchSize + y) * width + column * patchSize;
      const to = (patch * channels * patchSize + line) * patchSize;
      patches.set((pixels.data as Float32Array).subarray(from, from + patchSize), to);
    }
    for (let pair = 0; pair < half; pair++) {
      const isRow = pair < rowPairs;
      const frequency = frequencies[isRow ? 2 * pair : 2 * (pair - rowPairs) + 1];
      const angle = Math.fround((isRow ? row : column) * frequency);
      cos[patch * half + pair] = Math.cos(angle);
      sin[patch * half + pair] = Math.sin(angle);
    }
  }
  const tensor = (data: Float32Array): Tensor => ({
    type: "float32",
    dims: [numRows, cell, data.length / (numRows * cell)],
    data,
  });
  return { patches: tensor(patches), rotary_cos: tensor(cos), rotary_sin: tensor(sin) };
}
