import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type * as Ort from "onnxruntime-web";
import * as ortNode from "onnxruntime-web";
import * as ortJspi from "onnxruntime-web/jspi";
import { folderFiles } from "../../src/checkpoint/folder.ts";
import { openTensorIndex } from "../../src/checkpoint/tensor_index.ts";
import { createWeightPlacer } from "../../src/checkpoint/weight_file.ts";
import { createWeightSource } from "../../src/checkpoint/weight_source.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { buildGraph, linear, lowerToOnnx, toFloat, toFloat32 } from "../../src/graph/mod.ts";

const tensors = await openTensorIndex(await folderFiles(new URL("../testdata/checkpoint/sharded", import.meta.url)));
const source = createWeightSource(tensors, { names: (name) => [name, `model.${name}`], chunkElements: 5 });

/** Two linear layers over the goldens: `[num_tokens, 3] -> [num_tokens, 8]`, the second of two joined weights. */
const graph = buildGraph("two_layers", (g) => {
  const x = toFloat(g, g.input("x", "float32", ["num_tokens", 3]));
  const weight = g.weight("linear.weight", [4, 3]);
  const bias = g.weight("linear.bias", [4]);
  const joined = g.weight({
    name: "joined",
    shape: [8, 3],
    source: { kind: "concat", tensors: ["linear.weight", "linear.weight"], axis: 0 },
  });
  g.output("y", toFloat32(g, linear(g, x, { weight, bias })));
  g.output("z", toFloat32(g, linear(g, x, { weight: joined })));
});

async function floats(name: string, shape: number[]): Promise<Float32Array> {
  const spec = { name, shape, source: { kind: "tensor", tensor: name } } as const;
  return new Float32Array((await source.read(spec, "float32")).buffer);
}

const builds = [
  { name: "the whole file on the CPU", ort: ortNode as typeof Ort, target: "wasm", blob: false },
  { name: "a virtual Blob on the CPU", ort: ortJspi as unknown as typeof Ort, target: "wasm", blob: true },
  { name: "a virtual Blob on the GPU", ort: ortJspi as unknown as typeof Ort, target: "webgpu", blob: true },
] as const;

for (const { name, ort, target, blob } of builds) {
  for (const dtype of ["f32", "f16"] as const) {
    Deno.test({
      name: `ONNX Runtime reads ${dtype} weights from ${name}`,
      // The runtime's module and device live as long as the process.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const lowered = lowerToOnnx(graph, { dtype, target });
        const progress: [number, number][] = [];
        const place = createWeightPlacer(source, (done, total) => progress.push([done, total]));
        const file = place(lowered.weights, lowered.dataBytes);
        assertEquals(file.size, lowered.dataBytes);
        assertEquals(progress, []);
        const session = await ort.InferenceSession.create(lowered.model, {
          executionProviders: [target],
          externalData: [{ path: lowered.dataFile, data: blob ? file.blob() : await file.bytes() }],
          logSeverityLevel: 3,
        });
        const total = lowered.weights.reduce((sum, { byteLength }) => sum + byteLength, 0);
        assertEquals(progress.at(-1), [total, total]);
        // ONNX Runtime reads some weights twice; progress must not go back.
        assertEquals(progress.every(([done], index) => index === 0 || done > progress[index - 1][0]), true);
        const x = Float32Array.from([1, -2, 0.5, 0, 3, 1]);
        const { y, z } = await session.run({ x: new ort.Tensor("float32", x, [2, 3]) });
        const [weight, bias] = [await floats("linear.weight", [4, 3]), await floats("linear.bias", [4])];
        for (let token = 0; token < 2; token++) {
          for (let row = 0; row < 8; row++) {
            const out = row % 4;
            const product = [0, 1, 2].reduce((sum, i) => sum + x[token * 3 + i] * weight[out * 3 + i], 0);
            const tolerance = dtype === "f32" ? 1e-5 : 1e-2;
            assertAlmostEquals(Number(z.data[token * 8 + row]), product, tolerance);
            if (row < 4) assertAlmostEquals(Number(y.data[token * 4 + row]), product + bias[out], tolerance);
          }
        }
        await session.release();
      },
    });
  }
}

Deno.test("a missing tensor fails before any byte is read", () => {
  const missing = buildGraph("missing", (g) => {
    const x = toFloat(g, g.input("x", "float32", ["num_tokens", 3]));
    g.output("y", toFloat32(g, linear(g, x, { weight: g.weight("absent.weight", [4, 3]) })));
  });
  const lowered = lowerToOnnx(missing, { dtype: "f32", target: "wasm" });
  assertThrows(() => createWeightPlacer(source)(lowered.weights, lowered.dataBytes), CheckpointError, "absent.weight");
});

Deno.test("the bytes and the Blob of a file are the same", async () => {
  const lowered = lowerToOnnx(graph, { dtype: "f16", target: "webgpu" });
  const file = createWeightPlacer(source)(lowered.weights, lowered.dataBytes);
  assertEquals(await file.bytes(), new Uint8Array(await file.blob().arrayBuffer()));
});
