import { assertThrows } from "@std/assert";
import * as ort from "onnxruntime-web";
import { CheckpointError } from "../../../src/core/errors.ts";
import { buildGraph, decoder, decoderSchema, interpret, ropeOffset } from "../../../src/graph/mod.ts";
import { decodeInChunks, emptyCache, type Run, sequence, tokenFeeds, tokenRange } from "../decoding.ts";
import { readGolden } from "../golden.ts";
import { assertClose, int64Tensor, openGraph, weightsFrom } from "../running.ts";

const GOLDENS = [
  "llama_llama3_rope",
  "llama_llama3_rope_v5",
  "llama_linear_rope_biases",
  "qwen2_tied",
  "qwen2_window",
  "mistral_window",
  "mistral",
  "llama_yarn",
  "llama_dynamic",
  "qwen3",
  "phi3_partial_rotary",
  "phi3_longrope_short",
  "phi3_longrope_long",
  "gemma3_text",
  "gemma3_text_v4",
];

/** f16 weights, activations and cache through two layers whose logits reach some 10, or are capped at 2. */
const TOLERANCE = { f32: 1e-4, f16: 5e-2 } as const;

function open(name: string, logits: "last" | "indices" = "last") {
  const { config, tensors } = readGolden(name);
  const settings = decoderSchema.parse(config);
  const graph = buildGraph(name, (g) => decoder(g, settings, { logits, offsetsPositions: true }));
  const read = weightsFrom(tensors);
  const embeds = tensors["input.inputs_embeds"];
  const offset = ropeOffset(settings.layers[0].rope, embeds.dims[1]);
  return { graph, read, embeds, offset, logits: tensors["output.logits"] };
}

/** Prefill at once; in two chunks; token by token: transformers' logits each time. */
async function checkRuns(name: string, run: Run, tolerance: number): Promise<void> {
  const { graph, embeds, offset, logits } = open(name);
  const numTokens = embeds.dims[1];
  const [whole] = await decodeInChunks(graph, run, embeds, [numTokens], offset);
  assertClose(whole, tokenRange(logits, numTokens - 1, numTokens), tolerance, "prefill at once");
  const first = sequence(embeds, 0);
  const [, second] = await decodeInChunks(graph, run, first, [4, numTokens - 4], offset);
  assertClose(second, sequence(tokenRange(logits, numTokens - 1, numTokens), 0), tolerance, "prefill in two chunks");
  const steps = await decodeInChunks(graph, run, embeds, Array(numTokens).fill(1), offset);
  steps.forEach((step, token) => assertClose(step, tokenRange(logits, token, token + 1), tolerance, `token ${token}`));
}

for (const name of GOLDENS) {
  Deno.test(`the interpreter decodes ${name} as transformers does`, async () => {
    const { graph, read } = open(name);
    await checkRuns(name, (feeds) => interpret(graph, read, feeds), 1e-4);
  });
  for (const dtype of ["f32", "f16"] as const) {
    Deno.test(`WASM ${dtype} decodes ${name} as transformers does`, async () => {
      const { graph, read } = open(name);
      await using session = await openGraph(graph, read, { ort, target: "wasm", dtype });
      await checkRuns(name, session.run, TOLERANCE[dtype]);
    });
  }
}

Deno.test("logits of chosen tokens, in a batch whose second sequence is padded at the end", async () => {
  const { graph, read, embeds, logits } = open("llama_llama3_rope", "indices");
  const numTokens = embeds.dims[1];
  const feeds = {
    ...emptyCache(graph, 2),
    ...tokenFeeds(embeds, 0),
    seqlens_k: { type: "int32", dims: [2], data: Int32Array.of(numTokens - 1, 4) } as const,
    logits_indices: int64Tensor([2, 2], [2, numTokens - 1, numTokens + 1, numTokens + 4]),
  };
  await using session = await openGraph(graph, read, { ort, target: "wasm" });
  for (const found of [interpret(graph, read, feeds).logits, (await session.run(feeds)).logits]) {
    assertClose(tokenRange(sequence(found, 0), 0, 1), tokenRange(sequence(logits, 0), 2, 3), 1e-4, "token 2");
    assertClose(
      tokenRange(sequence(found, 0), 1, 2),
      tokenRange(sequence(logits, 0), numTokens - 1, numTokens),
      1e-4,
      "last",
    );
    assertClose(tokenRange(sequence(found, 1), 0, 1), tokenRange(sequence(logits, 1), 1, 2), 1e-4, "token 1");
    assertClose(tokenRange(sequence(found, 1), 1, 2), tokenRange(sequence(logits, 1), 4, 5), 1e-4, "token 4");
  }
});

Deno.test("a batched decode step of sequences of different lengths", async () => {
  const { graph, read, embeds, logits } = open("llama_llama3_rope");
  await using session = await openGraph(graph, read, { ort, target: "wasm" });
  const lengths = [9, 5];
  for (const run of [session.run, (feeds: Parameters<Run>[0]) => interpret(graph, read, feeds)]) {
    // Prefill both padded to 9, then one token each: token 9 of the first sequence, token 5 of the second.
    const prefill = await run({
      ...emptyCache(graph, 2),
      ...tokenFeeds(tokenRange(embeds, 0, 9), 0),
      seqlens_k: { type: "int32", dims: [2], data: Int32Array.from(lengths, (length) => length - 1) },
    });
    const past = Object.fromEntries(
      Object.entries(prefill).filter(([key]) => key !== "logits").map((
        [key, value],
      ) => [key.replace("present.", "past_key_values."), value]),
    );
    const rows = lengths.map((length, b) => tokenRange(sequence(embeds, b), length, length + 1));
    const data = Float32Array.from(rows.flatMap((row) => Array.from(row.data as Float32Array)));
    const step = await run({
      ...past,
      inputs_embeds: { type: "float32", dims: [2, 1, embeds.dims[2]], data },
      position_ids: int64Tensor([2, 1], lengths),
      seqlens_k: { type: "int32", dims: [2], data: Int32Array.from(lengths) },
      total_sequence_length: { type: "int32", dims: [1], data: Int32Array.of(10) },
    });
    lengths.forEach((length, b) =>
      assertClose(sequence(step.logits, b), tokenRange(sequence(logits, b), length, length + 1), 1e-4, `sequence ${b}`)
    );
  }
});

Deno.test("a longrope is refused where position ids would not begin at its offset", () => {
  const { config } = readGolden("phi3_longrope_long");
  const settings = decoderSchema.parse(config);
  const build = (maxPositions: number) => buildGraph("language", (g) => decoder(g, settings, { maxPositions }));
  build(10);
  assertThrows(() => build(11), CheckpointError, "Expected at most 10 tokens with longrope in this family: found 11");
});

Deno.test("sums that f16 cannot hold do not spoil a Gemma in f16", async () => {
  const { graph, read, embeds } = open("gemma3_text");
  const data = (embeds.data as Float32Array).map((value) => value * 1e6);
  const feeds = { ...emptyCache(graph, 2), ...tokenFeeds({ ...embeds, data }, 0) };
  await using session = await openGraph(graph, read, { ort, target: "wasm", dtype: "f16" });
  const found = await session.run(feeds);
  assertClose(found.logits, interpret(graph, read, feeds).logits, TOLERANCE.f16, "logits");
});
