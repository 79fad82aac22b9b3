import { assert, assertEquals } from "@std/assert";
import * as ort from "onnxruntime-web";
import {
  buildGraph,
  decoder,
  decoderSchema,
  interpret,
  linear,
  lowerToOnnx,
  toFloat,
  toFloat32,
} from "../../../src/graph/mod.ts";
import { readGolden } from "../golden.ts";
import { assertClose, openGraph, randomNumbers, randomTensor, weightsFrom } from "../running.ts";

const { config } = readGolden("llama_llama3_rope");
const language = buildGraph("language", (g) => decoder(g, decoderSchema.parse(config)));

Deno.test("weights lie one behind the other, aligned, each once, in the float type asked for", () => {
  for (const [dtype, type, bytes] of [["f32", "float32", 4], ["f16", "float16", 2]] as const) {
    const { weights, dataBytes } = lowerToOnnx(language, { dtype, target: "wasm" });
    let end = 0;
    for (const weight of weights) {
      assert(weight.offset >= end && weight.offset < end + 64 && weight.offset % 64 === 0, weight.spec.name);
      assertEquals(weight.type, type);
      assertEquals(weight.byteLength, weight.spec.shape.reduce((a, b) => a * b) * bytes);
      end = weight.offset + weight.byteLength;
    }
    assertEquals(dataBytes, end);
    assertEquals(new Set(weights.map(({ spec }) => spec.name)).size, weights.length);
  }
});

Deno.test("WASM takes matrices as they are stored, WebGPU transposed", () => {
  const name = "model.layers.0.self_attn.k_proj.weight";
  const find = (target: "wasm" | "webgpu") =>
    lowerToOnnx(language, { dtype: "f32", target }).weights.map(({ spec }) => spec).find((spec) =>
      spec.source.kind === "tensor" && spec.source.tensor === name
    );
  assertEquals(find("wasm"), { name, shape: [16, 16], source: { kind: "tensor", tensor: name } });
  assertEquals(find("webgpu"), {
    name: `${name}.transposed`,
    shape: [16, 16],
    source: { kind: "tensor", tensor: name, transform: "transpose" },
  });
});

Deno.test("the host feeds and fetches float32, but for the cache", () => {
  const { inputs, outputs } = lowerToOnnx(language, { dtype: "f16", target: "webgpu" });
  const types = Object.fromEntries([...inputs, ...outputs].map(({ name, type }) => [name, type]));
  assertEquals(
    [
      types.inputs_embeds,
      types.position_ids,
      types.seqlens_k,
      types["past_key_values.1.value"],
      types["present.0.key"],
      types.logits,
    ],
    ["float32", "int64", "int32", "float16", "float16", "float32"],
  );
});

Deno.test("all nodes with the same rope share one pair of tables", () => {
  const { weights } = lowerToOnnx(language, { dtype: "f32", target: "wasm" });
  assertEquals(weights.filter(({ spec }) => spec.name.startsWith("rope.")).map(({ spec }) => spec.shape), [[64, 4], [
    64,
    4,
  ]]);
});

Deno.test("weights that are joined, transposed or constant; an input that is an output; a value with two names", async () => {
  const random = randomNumbers(4);
  const graph = buildGraph("test", (g) => {
    const x = toFloat(g, g.input("x", "float32", ["n", 3]));
    const joined = g.weight({ name: "ab", shape: [5, 3], source: { kind: "concat", tensors: ["a", "b"], axis: 0 } });
    const turned = g.weight({
      name: "at",
      shape: [3, 2],
      source: { kind: "tensor", tensor: "a", transform: "transpose" },
    });
    const data = Float32Array.of(1, 2, 3, 4);
    const constant = g.weight({ name: "c", shape: [2, 2], source: { kind: "constant", data } });
    const y = linear(g, x, { weight: joined });
    const z = linear(g, linear(g, linear(g, x, { weight: g.weight("a", [2, 3]) }), { weight: constant }), {
      weight: turned,
    });
    g.output("y", toFloat32(g, y));
    g.output("y_again", toFloat32(g, y));
    g.output("z", toFloat32(g, z));
    g.output("x_again", toFloat32(g, x));
  });
  const read = weightsFrom({ a: randomTensor(random, [2, 3]), b: randomTensor(random, [3, 3]) });
  const feeds = { x: randomTensor(random, [4, 3]) };
  const expected = interpret(graph, read, feeds);
  await using session = await openGraph(graph, read, { ort, target: "wasm" });
  const found = await session.run(feeds);
  assertEquals(Object.keys(found).sort(), ["x_again", "y", "y_again", "z"]);
  for (const name of Object.keys(expected)) assertClose(found[name], expected[name], 1e-5, name);
});
