import { fromFileUrl } from "@std/path";
import { resolveEngineConfig } from "../../src/config.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import { encodeItems } from "../../src/engine/encode_items.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { preprocess } from "../../src/engine/preprocess.ts";
import { EMBEDDED_PATH, EXAMPLE_PICTURE } from "../kit/embedded_model.ts";
import { type Measurement, median } from "./main.ts";
import { runPython } from "./python.ts";

const QUESTION = "What is in this picture?";
const [TOKENS, RUNS, THREADS] = [48, 20, 2];

interface Times {
  firstTokenMs: number;
  prefillMs: number;
  decodeMs: number;
}

function request(maxTokens: number): GenerateRequest {
  const source = { kind: "bytes", bytes: Deno.readFileSync(EXAMPLE_PICTURE) } as const;
  return {
    requestId: crypto.randomUUID(),
    prompt: {
      kind: "chat",
      messages: [{
        role: "user",
        content: [{ type: "media", modality: "image", source, param: "picture" }, { type: "text", text: QUESTION }],
      }],
    },
    sampling: { temperature: 0, maxTokens, ignoreEos: true },
  };
}

async function times(count: number, work: () => Promise<unknown>): Promise<number> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work();
    found.push(performance.now() - start);
  }
  return median(found);
}

async function timeLimbus(dtype: "f32" | "q8"): Promise<Times> {
  // Nothing is kept from one request to the next: transformers processes the picture each time, too.
  const config = resolveEngineConfig({
    model: EMBEDDED_PATH,
    device: "wasm",
    dtype,
    numThreads: THREADS,
    processorCacheBytes: 0,
  });
  const loaded = await loadModel(config);
  const fetchMedia = (part: { source: { kind: string; bytes?: Uint8Array } }) => Promise.resolve(part.source.bytes!);
  await using engine = new LocalEngine(loaded, config, { fetchMedia: fetchMedia as never });
  const generate = async (maxTokens: number) => {
    for await (const _ of engine.generate(request(maxTokens)));
  };
  const prompt = await preprocess(loaded, request(1), fetchMedia as never);
  const prefill = async () => {
    const rows = await encodeItems(loaded, prompt);
    const embeds = loaded.embeddings.embedInputIds(prompt.promptTokenIds, rows);
    using cache = loaded.executor.newKvCache(prompt.promptTokenIds.length + 1);
    await loaded.executor.prefill({ inputsEmbeds: embeds }, cache, () => {});
  };
  for (let i = 0; i < 3; i++) await generate(TOKENS);
  const firstTokenMs = await times(RUNS, () => generate(1));
  const prefillMs = await times(RUNS, prefill);
  const short = await times(RUNS, () => generate(1));
  const long = await times(RUNS / 4, () => generate(1 + TOKENS));
  return { firstTokenMs, prefillMs, decodeMs: (long - short) / TOKENS };
}

async function timeTransformers(python: string): Promise<Times> {
  const args = [EMBEDDED_PATH, fromFileUrl(EXAMPLE_PICTURE), QUESTION, TOKENS, RUNS, THREADS];
  return JSON.parse(await runPython(python, "versus_transformers.py", args));
}

/**
 * The embedded model on WASM against transformers in f32 on the same cores, 2 threads each, in turns; ours in f32 and, in rows of
 * its own, with quantized matrices.
 */
export async function benchTransformers(python: string): Promise<Measurement[]> {
  const ours = { f32: [] as Times[], q8: [] as Times[] };
  const theirs: Times[] = [];
  for (let round = 0; round < 3; round++) {
    for (const dtype of ["f32", "q8"] as const) ours[dtype].push(await timeLimbus(dtype));
    theirs.push(await timeTransformers(python));
  }
  const goals = { firstTokenMs: "2 or more", prefillMs: "1 or more", decodeMs: "1 or more" };
  const names = {
    firstTokenMs: "picture in to first token, times as fast",
    prefillMs: "tower and prefill, times as fast",
    decodeMs: "decode of one token, times as fast",
  };
  return (["f32", "q8"] as const).flatMap((dtype) =>
    (Object.keys(goals) as (keyof Times)[]).map((key) => {
      const [limbus, transformers] = [ours[dtype], theirs].map((list) => median(list.map((times) => times[key])));
      return {
        name: `${dtype === "f32" ? "" : `${dtype}: `}${names[key]} as transformers`,
        value: transformers / limbus,
        unit: "x",
        goal: goals[key],
        note: `${limbus.toFixed(2)} ms against ${transformers.toFixed(2)} ms`,
      };
    })
  );
}
