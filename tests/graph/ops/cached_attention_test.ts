import { assertThrows } from "@std/assert";
import * as ort from "onnxruntime-web";
import { DeviceError } from "../../../src/core/errors.ts";
import { attention, buildGraph, interpret, lowerToOnnx, toFloat, toFloat32 } from "../../../src/graph/mod.ts";
import { assertClose, int32Tensor, openGraph, randomNumbers, randomTensor, weightsFrom } from "../running.ts";

const graph = buildGraph("capped", (g) => {
  const rows = (name: string) => toFloat(g, g.input(name, "float32", ["batch", "num_tokens", 32]));
  const operands = { q: rows("q"), k: rows("k"), v: rows("v") };
  const settings = { numHeads: 2, numKvHeads: 2, headDim: 16, mask: "causal", cacheLayer: 0, softcap: 3 } as const;
  g.output("y", toFloat32(g, attention(g, operands, settings)));
});

Deno.test("WASM computes attention with a soft cap as the interpreter does", async () => {
  const random = randomNumbers(5);
  const rows = () => randomTensor(random, [1, 4, 32], 3);
  const past = () => randomTensor(random, [1, 2, 3, 16], 3);
  const feeds = {
    q: rows(),
    k: rows(),
    v: rows(),
    "past_key_values.0.key": past(),
    "past_key_values.0.value": past(),
    seqlens_k: int32Tensor([1], [6]),
    total_sequence_length: int32Tensor([1], [7]),
  };
  const read = weightsFrom({});
  await using open = await openGraph(graph, read, { ort, target: "wasm" });
  assertClose((await open.run(feeds)).y, interpret(graph, read, feeds).y, 1e-4, "y");
});

Deno.test("a soft cap, which WebGPU's kernel would leave out, is refused there", () => {
  assertThrows(
    () => lowerToOnnx(graph, { dtype: "f32", target: "webgpu" }),
    DeviceError,
    "Expected attention without a soft cap on WebGPU: found one of 3",
  );
});
