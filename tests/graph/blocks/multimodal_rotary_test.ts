import { assertThrows } from "@std/assert";
import * as ort from "onnxruntime-web";
import * as webgpu from "onnxruntime-web/jspi";
import type { Tensor } from "../../../src/core/tensor.ts";
import { buildGraph, decoder, decoderSchema, interpret, multimodalRotation } from "../../../src/graph/mod.ts";
import { emptyCache, type Run, sequence, tokenFeeds, tokenRange } from "../decoding.ts";
import { readGolden } from "../golden.ts";
import { assertClose, int64Tensor, openGraph, type OrtModule, weightsFrom } from "../running.ts";

const { config, tensors } = readGolden("qwen2_vl_text");
const settings = decoderSchema.parse(config);
const graph = buildGraph("language", (g) => {
  decoder(g, settings, { rotation: (g, maxPositions) => multimodalRotation(g, settings, maxPositions) });
});
const read = weightsFrom(tensors);
const embeds = tensors["input.inputs_embeds"];
const logits = tensors["output.logits"];
const [, batch, numTokens] = tensors["input.position_ids"].dims;

/** Positions of tokens from..to, of all sequences or of one. */
function positions(from: number, to: number, only?: number): Tensor {
  const data = tensors["input.position_ids"].data as Float32Array;
  const sequences = only === undefined ? Array.from({ length: batch }, (_, b) => b) : [only];
  const picked = [0, 1, 2].flatMap((axis) =>
    sequences.flatMap((
      b,
    ) => [...data.subarray((axis * batch + b) * numTokens + from, (axis * batch + b) * numTokens + to)])
  );
  return int64Tensor([3, sequences.length, to - from], picked);
}

async function check(run: Run): Promise<void> {
  const whole = await run({
    ...emptyCache(graph, batch),
    ...tokenFeeds(embeds, 0),
    position_ids: positions(0, numTokens),
  });
  assertClose(whole.logits, tokenRange(logits, numTokens - 1, numTokens), 1e-4, "prefill of a batch at once");
  let cache = emptyCache(graph, 1);
  for (const [from, to] of [[0, 9], [9, 10], [10, 11]]) {
    const feeds = {
      ...tokenFeeds(sequence(tokenRange(embeds, from, to), 0), from),
      position_ids: positions(from, to, 0),
    };
    const found = await run({ ...cache, ...feeds });
    assertClose(found.logits, sequence(tokenRange(logits, to - 1, to), 0), 1e-4, `${to} tokens`);
    cache = Object.fromEntries(
      Object.entries(found).filter(([name]) => name !== "logits")
        .map(([name, tensor]) => [name.replace("present.", "past_key_values."), tensor]),
    );
  }
}

Deno.test("the interpreter decodes positions with three axes as transformers does", async () => {
  await check((feeds) => interpret(graph, read, feeds));
});

Deno.test("WASM decodes positions with three axes as transformers does", async () => {
  await using session = await openGraph(graph, read, { ort, target: "wasm" });
  await check(session.run);
});

Deno.test({
  name: "WebGPU decodes positions with three axes as transformers does",
  // The adapter and its buffers live as long as the process.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using session = await openGraph(graph, read, { ort: webgpu as OrtModule, target: "webgpu" });
    await check(session.run);
  },
});

Deno.test("sections that do not add up are an error", () => {
  assertThrows(
    () => buildGraph("language", (g) => void multimodalRotation(g, { ...settings, mropeSections: [1, 1, 1] }, 8)),
    TypeError,
    "Expected mropeSections to add up to 4 pairs: found 3",
  );
});
