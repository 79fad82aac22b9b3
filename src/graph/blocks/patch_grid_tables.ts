/**
 * What a tower over a grid of patches is fed beside the pixels: the angles of rows and columns, and the windows in which
 * patches see each other.
 *
 * Patches are ordered by cell: the cells row by row, and in each cell its patches row by row.
 *
 * Source: transformers `vision_utils.py` (`get_vision_position_ids`, `get_vision_window_index`).
 *
 * @module
 */

import type { Tensor } from "../../core/tensor.ts";
import { HIDDEN } from "../ops/attention.ts";
import { ropeFrequencies } from "../rope.ts";

/** A picture's patches. */
export interface PatchGrid {
  /** Rows of patches, a multiple of `mergeSize`. */
  readonly rows: number;
  /** Columns of patches, a multiple of `mergeSize`. */
  readonly columns: number;
  /** Patches along a side of a cell. */
  readonly mergeSize: number;
}

/** Row and column of each patch, in the order of the patches. */
function patchPositions({ rows, columns, mergeSize }: PatchGrid): [row: number, column: number][] {
  const cellColumns = columns / mergeSize;
  return Array.from({ length: rows * columns }, (_, patch) => {
    const inner = patch % mergeSize ** 2;
    const cell = Math.floor(patch / mergeSize ** 2);
    return [
      Math.floor(cell / cellColumns) * mergeSize + Math.floor(inner / mergeSize),
      cell % cellColumns * mergeSize + inner % mergeSize,
    ];
  });
}

/**
 * Cosines and sines of each patch: the first half of the pairs turns by row, the second by column.
 *
 * @example
 * ```ts
 * import { patchRotaryTables } from "./patch_grid_tables.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const grid = { rows: 2, columns: 4, mergeSize: 2 };
 * const { rotary_cos } = patchRotaryTables(grid, { headDim: 4, theta: 10000 });
 * // Columns of the patches: 0 1 0 1 in the first cell, 2 3 2 3 in the second.
 * assertEquals(rotary_cos.data[2 * 4 + 1], Math.fround(Math.cos(2)));
 * ```
 *
 * @param grid Rows and columns.
 * @param rope Elements of a head, a multiple of 4; base of the frequencies.
 * @returns `rotary_cos` and `rotary_sin`, float32, `[num_patches, headDim / 2]`.
 */
export function patchRotaryTables(
  grid: PatchGrid,
  rope: { readonly headDim: number; readonly theta: number },
): Record<"rotary_cos" | "rotary_sin", Tensor> {
  const frequencies = ropeFrequencies({ type: "default", theta: rope.theta }, rope.headDim / 2);
  const positions = patchPositions(grid);
  const dims = [positions.length, 2 * frequencies.length];
  const table = (f: (angle: number) => number): Tensor => {
    const data = new Float32Array(dims[0] * dims[1]);
    let at = 0;
    for (const position of positions) {
      for (const place of position) {
        for (const frequency of frequencies) data[at++] = f(Math.fround(place * frequency));
      }
    }
    return { type: "float32", dims, data };
  };
  return { rotary_cos: table(Math.cos), rotary_sin: table(Math.sin) };
}

/**
 * The windows that cover a grid: squares of cells, cut at the right and at the bottom.
 *
 * @param grid Rows and columns.
 * @param windowCells Cells along a side of a window.
 * @returns `window_patches`, int32, `[num_windows, window_patches]`: the patch at each place of each window, any where there
 * is none. `window_bias`, float32, same shape: 0 where there is one, else what hides it. `patch_places`, int32,
 * `[num_patches]`: place of each patch in the flattened windows.
 */
export function patchWindows(
  grid: PatchGrid,
  windowCells: number,
): Record<"window_patches" | "window_bias" | "patch_places", Tensor> {
  const cellPatches = grid.mergeSize ** 2;
  const [cellRows, cellColumns] = [grid.rows, grid.columns].map((patches) => patches / grid.mergeSize);
  const [down, across] = [cellRows, cellColumns].map((cells) => Math.ceil(cells / windowCells));
  const dims = [down * across, windowCells ** 2 * cellPatches];
  const patches = new Int32Array(dims[0] * dims[1]);
  const bias = new Float32Array(patches.length).fill(HIDDEN);
  const places = new Int32Array(grid.rows * grid.columns);
  for (let cell = 0; cell < cellRows * cellColumns; cell++) {
    const [row, column] = [Math.floor(cell / cellColumns), cell % cellColumns];
    const window = Math.floor(row / windowCells) * across + Math.floor(column / windowCells);
    const inner = row % windowCells * windowCells + column % windowCells;
    for (let i = 0; i < cellPatches; i++) {
      const place = window * dims[1] + inner * cellPatches + i;
      patches[place] = cell * cellPatches + i;
      bias[place] = 0;
      places[cell * cellPatches + i] = place;
    }
  }
  return {
    window_patches: { type: "int32", dims, data: patches },
    window_bias: { type: "float32", dims, data: bias },
    patch_places: { type: "int32", dims: [places.length], data: places },
  };
}
