import { assert, assertEquals } from "@std/assert";
import * as ort from "onnxruntime-web";
import * as webgpu from "onnxruntime-web/jspi";
import type { Tensor } from "../../../src/core/tensor.ts";
import { numElements } from "../../../src/core/tensor.ts";
import {
  buildGraph,
  type Graph,
  interpret,
  patchRotaryTables,
  patchWindows,
  qwenVisionTower,
  type QwenVisionTowerConfig,
  type WeightReader,
} from "../../../src/graph/mod.ts";
import {
  assertClose,
  largestDifference,
  openGraph,
  type OrtModule,
  randomNumbers,
  randomTensor,
  weightsFrom,
} from "../running.ts";

/** Heads of 12 elements, which kernels want filled up to 16. */
const TOWER: QwenVisionTowerConfig = {
  kind: "qwen2_5_vl",
  hiddenSize: 24,
  intermediateSize: 20,
  outHiddenSize: 8,
  numLayers: 3,
  numHeads: 2,
  numChannels: 3,
  patchSize: 2,
  temporalPatchSize: 2,
  mergeSize: 2,
  activation: "silu",
  ropeTheta: 10000,
  windows: { cells: 2, fullLayers: [1] },
};
const PLAIN: QwenVisionTowerConfig = { ...TOWER, kind: "qwen2_vl", activation: "quick_gelu", windows: undefined };

const towerGraph = (config: QwenVisionTowerConfig) => buildGraph("image encoder", (g) => qwenVisionTower(g, config));

/** The same random tensors under the same names for every tower. */
function randomWeights(graph: Graph): WeightReader {
  const tensors: Record<string, Tensor> = {};
  for (const { source, shape } of graph.weights) {
    if (source.kind === "constant" || source.kind === "concat") continue;
    const rows = source.kind === "rows" ? [source.of, ...shape.slice(1)] : shape;
    const seed = [...source.tensor].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65521, 7);
    tensors[source.tensor] ??= randomTensor(randomNumbers(seed), rows, 0.4);
  }
  return weightsFrom(tensors);
}

function feedsOf(config: QwenVisionTowerConfig, rows: number, columns: number): Record<string, Tensor> {
  const { hiddenSize, numHeads, mergeSize, ropeTheta: theta, windows } = config;
  const grid = { rows, columns, mergeSize };
  return {
    pixel_values: randomTensor(randomNumbers(5), [rows * columns, 24]),
    ...patchRotaryTables(grid, { headDim: hiddenSize / numHeads, theta }),
    ...(windows && patchWindows(grid, windows.cells)),
  };
}

const GRIDS = [[2, 2], [6, 10], [8, 4]] as const;
const TOLERANCE = { f32: 1e-4, f16: 3e-2 } as const;

for (const [name, config] of Object.entries({ qwen2_vl: PLAIN, qwen2_5_vl: TOWER })) {
  const graph = towerGraph(config);
  for (const target of ["wasm", "webgpu"] as const) {
    for (const dtype of ["f32", "f16"] as const) {
      Deno.test({
        name: `${target} ${dtype} runs the tower of ${name} as the interpreter does`,
        // Threads, the adapter and its buffers live as long as the process.
        sanitizeOps: false,
        sanitizeResources: false,
        async fn() {
          const choice = { ort: (target === "wasm" ? ort : webgpu) as OrtModule, target, dtype };
          await using session = await openGraph(graph, randomWeights(graph), choice);
          for (const [rows, columns] of GRIDS) {
            const feeds = feedsOf(config, rows, columns);
            const wanted = interpret(graph, randomWeights(graph), feeds).rows;
            assertEquals(wanted.dims, [rows * columns / 4, 8]);
            assertClose((await session.run(feeds)).rows, wanted, TOLERANCE[dtype], `${rows} x ${columns}`);
          }
        },
      });
    }
  }
}

Deno.test("a window as large as the picture is no window; smaller ones change the rows", () => {
  const rowsOf = (windows: QwenVisionTowerConfig["windows"]) => {
    const config = { ...TOWER, windows };
    const graph = towerGraph(config);
    return interpret(graph, randomWeights(graph), feedsOf(config, 6, 10)).rows;
  };
  const whole = rowsOf(undefined);
  assertClose(rowsOf({ cells: 5, fullLayers: [] }), whole, 1e-5, "one window");
  assertClose(rowsOf({ cells: 2, fullLayers: [0, 1, 2] }), whole, 1e-5, "full layers only");
  assert(largestDifference(rowsOf({ cells: 2, fullLayers: [1] }), whole) > 1e-2);
});

Deno.test("what lies in another window changes nothing where no layer sees the whole picture", () => {
  const config = { ...TOWER, windows: { cells: 2, fullLayers: [] } };
  const graph = towerGraph(config);
  const feeds = feedsOf(config, 4, 8);
  const rows = interpret(graph, randomWeights(graph), feeds).rows;
  const pixels = Float32Array.from(feeds.pixel_values.data as Float32Array);
  // The last cell is in the second window.
  pixels.fill(0.5, pixels.length - 4 * 24);
  const changed = interpret(graph, randomWeights(graph), {
    ...feeds,
    pixel_values: { ...feeds.pixel_values, data: pixels },
  }).rows;
  const same = Array.from(
    { length: numElements(rows.dims) / 8 },
    (_, cell) => [0, 1, 2, 3, 4, 5, 6, 7].every((i) => rows.data[8 * cell + i] === changed.data[8 * cell + i]),
  );
  // Cells 0 to 3 above, 4 to 7 below: the windows are {0, 1, 4, 5} and {2, 3, 6, 7}.
  assertEquals(same, [true, true, false, false, true, true, false, false]);
});
