import { assert, assertEquals } from "@std/assert";
import { HIDDEN, patchRotaryTables, patchWindows } from "../../../src/graph/mod.ts";

Deno.test("patches turn by row and by column, in the order of their cells", () => {
  const grid = { rows: 4, columns: 6, mergeSize: 2 };
  const { rotary_cos, rotary_sin } = patchRotaryTables(grid, { headDim: 8, theta: 100 });
  assertEquals([rotary_cos.dims, rotary_sin.dims], [[24, 4], [24, 4]]);
  // Patches 0 to 3 are the cell in the corner; 4 begins the cell on its right, 12 the one below.
  const places = new Map([[0, [0, 0]], [1, [0, 1]], [2, [1, 0]], [3, [1, 1]], [4, [0, 2]], [12, [2, 0]], [23, [3, 5]]]);
  for (const [patch, [row, column]] of places) {
    // Frequencies of half a head: 1 and 100 ** (-1 / 2).
    const angles = [row, row * 0.1, column, column * 0.1];
    angles.forEach((angle, i) => {
      assert(Math.abs(Number(rotary_cos.data[4 * patch + i]) - Math.cos(angle)) < 1e-6, `cosine ${i} of ${patch}`);
      assert(Math.abs(Number(rotary_sin.data[4 * patch + i]) - Math.sin(angle)) < 1e-6, `sine ${i} of ${patch}`);
    });
  }
});

Deno.test("windows hold every patch once, those at the edges fewer", () => {
  for (const [rows, columns] of [[2, 2], [4, 4], [6, 10], [8, 8], [2, 14]]) {
    const { window_patches, window_bias, patch_places } = patchWindows({ rows, columns, mergeSize: 2 }, 2);
    const numWindows = Math.ceil(rows / 4) * Math.ceil(columns / 4);
    assertEquals([window_patches.dims, window_bias.dims], [[numWindows, 16], [numWindows, 16]]);
    const seen = Array.from(window_patches.data as Int32Array).filter((_, place) => window_bias.data[place] === 0);
    assertEquals(seen.toSorted((a, b) => a - b), Array.from({ length: rows * columns }, (_, i) => i));
    assertEquals([...new Set(window_bias.data as Float32Array)].filter((bias) => bias !== 0 && bias !== HIDDEN), []);
    Array.from(patch_places.data as Int32Array).forEach((place, patch) => {
      assertEquals([window_patches.data[place], window_bias.data[place]], [patch, 0]);
    });
  }
});

Deno.test("patches of a window are neighbours", () => {
  const { window_patches, window_bias } = patchWindows({ rows: 6, columns: 6, mergeSize: 2 }, 2);
  // Cells 0 1 2 / 3 4 5 / 6 7 8: windows {0, 1, 3, 4}, {2, 5}, {6, 7}, {8}.
  const cells = Array.from({ length: 4 }, (_, window) => {
    const places = Array.from({ length: 16 }, (_, i) => 16 * window + i).filter((at) => window_bias.data[at] === 0);
    return [...new Set(places.map((at) => Math.floor(Number(window_patches.data[at]) / 4)))];
  });
  assertEquals(cells, [[0, 1, 3, 4], [2, 5], [6, 7], [8]]);
});
