import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { resolveEngineConfig } from "../../src/config.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { createEngine } from "../../src/engine/create_engine.ts";
import type { MemoryReport } from "../../src/engine/interface.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { type MemoryNeeds, planMemory, showBytes } from "../../src/engine/memory_plan.ts";
import { type Graph, lowerToOnnx, lowerToProgram } from "../../src/graph/mod.ts";
import type { Model } from "../../src/models/adapter.ts";
import { createFakeExecutor } from "../../src/runtime/fake_executor.ts";
import { EMBEDDED_PATH } from "../kit/embedded_model.ts";

const TINY = fromFileUrl(new URL("../testdata/llava/clip-llama", import.meta.url));
const [MIB, GIB] = [2 ** 20, 2 ** 30];

async function tinyModel(model = TINY): Promise<Model> {
  const config = resolveEngineConfig({ model });
  const loaded = await loadModel(config, {
    newExecutor: ({ vocabSize, hiddenSize }) => createFakeExecutor({ vocabSize, hiddenSize, script: () => 0 }),
  });
  return loaded.model;
}

/** A 7B model in numbers: weights of 256 MiB in f16 per layer of the KV cache, 32 layers of 8 heads of 128. */
function largeModel(): Model {
  const graph = (name: string, layers: number): Graph => ({
    name,
    values: {},
    inputs: [],
    outputs: [],
    nodes: [],
    weights: Array.from({ length: layers }, (_, i) => ({
      name: `w${i}`,
      shape: [128 * MIB],
      source: { kind: "tensor", tensor: `w${i}` },
    })),
    cache: Array.from({ length: layers }, (_, layer) => ({ layer, numKvHeads: 8, headDim: 128 })),
  });
  return {
    language: { hiddenSize: 4096, vocabSize: 32_000, maxPositionEmbeddings: 32_768 },
    limits: { image: null },
    numTokens: () => 576,
    largestItem: () => ({ kind: "image", modality: "image", index: 0, width: 336, height: 336 }),
    networks: { encoders: { image: { graph: () => graph("tower", 1) } }, language: () => graph("language", 32) },
  } as unknown as Model;
}

function needs(extra: Partial<MemoryNeeds>): MemoryNeeds {
  return {
    choice: { device: "webgpu", dtype: "f16" },
    executor: "auto",
    model: largeModel(),
    limits: { image: null },
    embeddingBytes: 250 * MIB,
    processorCacheBytes: 256 * MIB,
    longest: 32_768,
    ...extra,
  };
}

Deno.test("the plan counts what the lowered networks and the KV cache really have", async () => {
  const model = await tinyModel();
  for (const dtype of ["f32", "f16"] as const) {
    for (const maxModelLen of [256, 100]) {
      const plan = planMemory({
        ...needs({ choice: { device: "webgpu", dtype }, longest: 256, maxModelLen, model, limits: model.limits }),
        maxNumSeqs: 3,
      });
      // Beside tables that the lowering makes by itself.
      const bytesOf = (graph: Graph) =>
        lowerToOnnx(graph, { dtype, target: "webgpu" }).weights
          .reduce((sum, { spec, byteLength }) => sum + (spec.source.kind === "constant" ? 0 : byteLength), 0);
      const placed = bytesOf(model.networks.language(maxModelLen)) + bytesOf(model.networks.encoders.image!.graph());
      assertEquals(plan.weightBytes, placed);
      const bytes = dtype === "f32" ? 4 : 2;
      // 2 layers, keys and values, 2 heads of 8.
      assertEquals(plan.kvBytesPerToken, 2 * 2 * 2 * 8 * bytes);
      assertEquals(plan.kvBytesPerSequence, maxModelLen * plan.kvBytesPerToken);
    }
  }
});

Deno.test("of quantized matrices the plan counts what the kernels pack, but for the filling of their panels", async () => {
  const model = await tinyModel(EMBEDDED_PATH);
  const packedBytes = (weightType: "f32" | "q8") =>
    [model.networks.language(256), model.networks.encoders.image!.graph()].flatMap((graph) =>
      lowerToProgram(graph, weightType).packed.map(({ byteLength }) => byteLength)
    ).reduce((sum, bytes) => sum + bytes, 0);
  const planned = (weightType?: "q8") =>
    planMemory({
      ...needs({ choice: { device: "wasm", dtype: "f32" }, weightType, longest: 256, maxModelLen: 256 }),
      model,
      limits: model.limits,
    }).weightBytes;
  const [plain, quantized] = [planned(), planned("q8")];
  for (const [found, packed] of [[plain, packedBytes("f32")], [quantized, packedBytes("q8")]]) {
    assert(Math.abs(found / packed - 1) < 0.05, `${found} planned, ${packed} packed`);
  }
  assert(quantized < plain / 3);
});

Deno.test("all parts are in the total, once", () => {
  const plan = planMemory(needs({ maxModelLen: 4096, maxNumSeqs: 2 }));
  assertEquals(plan.kvBytesPerToken, 32 * 2 * 8 * 128 * 2);
  assertEquals(plan.weightBytes, 33 * 256 * MIB);
  assertEquals(plan.largestItems, { image: 576 });
  // 4096 tokens and the rows of the 7 pictures that fit among them, 4096 wide in f32.
  assertEquals(plan.promptBytes, (4096 + 7 * 576) * 4096 * 4);
  const { weightBytes, embeddingBytes, kvBytesPerSequence, promptBytes, stepBytes, processorCacheBytes } = plan;
  assertEquals(
    plan.totalBytes,
    weightBytes + embeddingBytes + 2 * kvBytesPerSequence + promptBytes + stepBytes + processorCacheBytes,
  );
  const one = planMemory(needs({ maxModelLen: 4096, maxNumSeqs: 2, limits: { image: 1 } }));
  assertEquals(one.promptBytes, (4096 + 576) * 4096 * 4);
  const none = planMemory(needs({ maxModelLen: 4096, maxNumSeqs: 2, limits: { image: 0 } }));
  assertEquals([none.weightBytes, none.largestItems], [32 * 256 * MIB, {}]);
});

Deno.test("what is left open is lowered until it fits: first sequences, then their length", () => {
  const chosen = (memoryBytes: number, extra: Partial<MemoryNeeds> = {}) => {
    const plan = planMemory(needs({ memoryBytes, ...extra }));
    assert(plan.totalBytes <= memoryBytes, showBytes(plan.totalBytes));
    const { maxNumSeqs = 8, maxModelLen = 32_768 } = extra;
    assertEquals(plan.lowered, plan.maxNumSeqs < maxNumSeqs || plan.maxModelLen < maxModelLen);
    return [plan.maxNumSeqs, plan.maxModelLen];
  };
  assertEquals(chosen(100 * GIB), [8, 32_768]);
  assertEquals(chosen(24 * GIB), [3, 32_768]);
  assertEquals(chosen(14.5 * GIB), [1, 32_768]);
  const [seqs, len] = chosen(10 * GIB);
  assertEquals([seqs, len % 256], [1, 0]);
  assert(len < 32_768 && len >= 4096);
  // As long as it can be: one step more would not fit.
  const more = () => planMemory(needs({ memoryBytes: 10 * GIB, maxModelLen: len + 256, maxNumSeqs: 1 }));
  assertThrows(more, ConfigError);
  assertEquals(chosen(24 * GIB, { maxNumSeqs: 3 }), [3, 32_768]);
  assertEquals(chosen(24 * GIB, { maxModelLen: 4096 }), [8, 4096]);
});

Deno.test("what is set and does not fit is refused, with the numbers and what to lower", () => {
  const refusal = (extra: Partial<MemoryNeeds>) => assertThrows(() => planMemory(needs(extra)), ConfigError);
  const both = refusal({ memoryBytes: 12 * GIB, maxNumSeqs: 8, maxModelLen: 32_768 });
  assertEquals(both.param, "LIMBUS_MEMORY_BYTES");
  assert(both.message.startsWith("Expected to need at most 12.0 GiB of memory: found 41."), both.message);
  for (const part of ["weights 8.3 GiB", "embeddings 250 MiB", "KV cache 4.0 GiB for each of 8 sequences of 32768"]) {
    assert(both.message.includes(part), both.message);
  }
  assertEquals(
    both.hint,
    "Lower LIMBUS_MAX_NUM_SEQS, LIMBUS_MAX_MODEL_LEN, LIMBUS_PROCESSOR_CACHE_BYTES, or serve a smaller checkpoint",
  );
  const weights = refusal({ memoryBytes: 4 * GIB, processorCacheBytes: 0 });
  assertEquals(weights.hint, "Serve a smaller checkpoint");
});

Deno.test("without a setting the host's memory limits what lies in it; that of a GPU is not known", () => {
  const hostMemoryBytes = 2 * GIB;
  const onGpu = planMemory(needs({ hostMemoryBytes }));
  assertEquals([onGpu.maxNumSeqs, onGpu.maxModelLen], [8, 32_768]);
  assertEquals(onGpu.limitBytes, Math.floor(0.9 * hostMemoryBytes));
  assertThrows(() => planMemory(needs({ hostMemoryBytes: GIB / 2 })), ConfigError, "of memory");
  const unknown: MemoryReport = planMemory(needs({}));
  assertEquals(unknown.limitBytes, undefined);
});

Deno.test("WASM can address 4 GiB: more is refused, however much memory there is", async () => {
  const choice = { device: "wasm", dtype: "f32" } as const;
  const error = assertThrows(() => planMemory(needs({ choice, memoryBytes: 1000 * GIB })), ConfigError);
  assertEquals(error.param, "LIMBUS_DEVICE");
  assert(error.message.includes("the 4.0 GiB that WASM can address: found 16."), error.message);
  assertEquals(error.hint, "Serve it on a GPU, or a smaller checkpoint");

  // The tiny model with a context of a million: 256 MiB for each sequence, and 512 MiB for a step.
  const model = await tinyModel();
  const tiny = { choice, model, limits: {}, longest: 2 ** 20 };
  assertEquals(planMemory(needs({ ...tiny, maxNumSeqs: 8 })).maxNumSeqs, 8);
  assertEquals(planMemory(needs({ ...tiny, longest: 2 ** 21 })).maxNumSeqs, 5);
  assertEquals(planMemory(needs({ ...tiny, longest: 2 ** 21, executor: "ort" })).maxNumSeqs, 8);
  const many = assertThrows(() => planMemory(needs({ ...tiny, maxNumSeqs: 14, maxModelLen: 2 ** 20 })), ConfigError);
  assertEquals(many.hint, "Lower LIMBUS_MAX_NUM_SEQS or LIMBUS_MAX_MODEL_LEN, or serve it on a GPU");
});

Deno.test("where only the type of the matrices makes it too large for a CPU, the hint says so", async () => {
  const model = await tinyModel(EMBEDDED_PATH);
  const weights = (weightType?: "q8") =>
    planMemory(needs({ choice: { device: "wasm", dtype: "f32" }, model, longest: 256, weightType })).totalBytes;
  const between = (weights() + weights("q8")) / 2;
  const tight = { model, longest: 256, maxModelLen: 256, maxNumSeqs: 8, memoryBytes: between } as const;
  const hintOf = (extra: Partial<MemoryNeeds>) =>
    assertThrows(() => planMemory(needs({ ...tight, ...extra })), ConfigError).hint ?? "";
  const wasm = { device: "wasm", dtype: "f32" } as const;
  assertEquals(
    hintOf({ choice: wasm }),
    "Set LIMBUS_DTYPE=q8, which fits; or lower LIMBUS_MAX_NUM_SEQS, LIMBUS_PROCESSOR_CACHE_BYTES, or serve a smaller " +
      "checkpoint",
  );
  for (
    const extra of [
      { choice: wasm, executor: "ort" },
      { choice: { device: "webgpu", dtype: "f32" } },
      { choice: wasm, memoryBytes: MIB },
    ] as const
  ) assert(!hintOf(extra).includes("q8"), hintOf(extra));
});

Deno.test("a model that does not fit is refused before its weights are read", async () => {
  const config = resolveEngineConfig({ model: TINY, device: "wasm", memoryBytes: MIB, processorCacheBytes: 2 * MIB });
  let read = 0;
  const error = await loadModel(config, { onProgress: () => void read++ }).then(() => undefined, (error) => error);
  assertEquals([error?.param, read], ["LIMBUS_MEMORY_BYTES", 0]);
});

Deno.test("in the engine's Worker the host's memory is known, and a plan that does not fit fails the start", async () => {
  {
    await using engine = await createEngine({ model: TINY, device: "wasm", numThreads: 1 });
    const memory = engine.health().memory!;
    const { limitBytes = 0, totalBytes } = memory;
    assert(totalBytes <= limitBytes && limitBytes < Deno.systemMemoryInfo().total);
    assertEquals([memory.maxNumSeqs, memory.maxModelLen], [8, 256]);
  }
  const error = await createEngine({ model: TINY, device: "wasm", memoryBytes: MIB }).then(() => undefined, (e) => e);
  assert(error instanceof ConfigError && error.message.includes("at most 1 MiB"), String(error));
});

Deno.test("bytes are shown as people read them", () => {
  assertEquals([1, 1024, 1.5 * MIB, 1.25 * GIB].map(showBytes), ["1 KiB", "1 KiB", "2 MiB", "1.3 GiB"]);
});
