/**
 * One picture in every way in which it can come, on a real network: the answer is the same, to the last token.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { createApp } from "../../routes/mod.ts";
import { type EngineSettings, resolveEngineConfig } from "../../src/config.ts";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { ContentPart, MediaPart, MediaSource } from "../../src/core/message.ts";
import { encodeItems } from "../../src/engine/encode_items.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { preprocess } from "../../src/engine/preprocess.ts";
import { safetensorsBytes } from "../checkpoint/safetensors_bytes.ts";

const DATA = new URL("../testdata/llava/", import.meta.url);
const [WIDE, TALL] = ["wide.png", "tall.png"].map((name) => Deno.readFileSync(new URL(name, DATA)));
const fetchMedia = ({ source }: MediaPart) => Promise.resolve((source as { bytes: Uint8Array }).bytes);

async function load(settings: EngineSettings = {}) {
  const model = fromFileUrl(new URL("clip-llama", DATA));
  const config = resolveEngineConfig({ model, device: "wasm", numThreads: 1, servedModelName: "llava", ...settings });
  const loaded = await loadModel(config);
  return { loaded, engine: new LocalEngine(loaded, config, { fetchMedia }) };
}

const file = (bytes: Uint8Array): MediaSource => ({ kind: "bytes", bytes });
let nextId = 0;

function request(sources: { source: MediaSource; uuid?: string }[], tenant?: string): GenerateRequest {
  const content = sources.flatMap(({ source, uuid }, index): ContentPart[] => [
    { type: "media", modality: "image", source, uuid, param: `messages[0].content[${2 * index}]` },
    { type: "text", text: "and" },
  ]);
  const prompt = { kind: "chat", messages: [{ role: "user", content }] } as const;
  return { requestId: `r${nextId++}`, prompt, sampling: { temperature: 0, maxTokens: 12 }, tenant };
}

async function answer({ engine }: Awaited<ReturnType<typeof load>>, asked: GenerateRequest): Promise<number[]> {
  const tokenIds: number[] = [];
  for await (const output of engine.generate(asked)) if (output.type === "delta") tokenIds.push(...output.tokenIds);
  return tokenIds;
}

Deno.test("as a file, cached, by its client's name, or as its own rows: the same answer", async () => {
  const uncached = await load({ processorCacheBytes: 0 });
  const cached = await load();
  await using _uncached = uncached.engine;
  await using _cached = cached.engine;
  const files = request([{ source: file(WIDE) }, { source: file(TALL), uuid: "tall" }]);
  const expected = await answer(uncached, files);
  assertEquals(expected.length, 12);
  const other = await answer(uncached, request([{ source: file(TALL) }, { source: file(WIDE) }]));
  assert(other.join() !== expected.join(), "the answer must depend on the pictures");

  assertEquals(await answer(cached, files), expected);
  assertEquals(await answer(cached, files), expected);
  const byName = request([{ source: file(WIDE) }, { source: { kind: "cached" }, uuid: "tall" }]);
  assertEquals(await answer(cached, byName), expected);

  // Rows as the encoder makes them, sent instead of the pictures.
  const prompt = await preprocess(uncached.loaded, files, fetchMedia);
  const rows = (await encodeItems(uncached.loaded, prompt)).map(({ rows }) => rows.slice());
  const embeds = rows.map((data, i): { source: MediaSource; uuid?: string } => ({
    source: {
      kind: "embeds",
      tensors: { image_embeds: { type: "float32", dims: [...i === 0 ? [1] : [], data.length / 32, 32], data } },
    },
    uuid: `rows ${i}`,
  }));
  assertEquals(await answer(cached, request(embeds)), expected);
  const named = embeds.map(({ uuid }) => ({ source: { kind: "cached" } as const, uuid }));
  assertEquals(await answer(cached, request(named)), expected);
  await assertRejects(() => answer(cached, request(named, "another client")), InvalidRequestError);

  // The same over HTTP.
  const content = rows.flatMap((data) => {
    const header = {
      image_embeds: { dtype: "F32", shape: [data.length / 32, 32], data_offsets: [0, data.byteLength] },
    };
    const bytes = safetensorsBytes(header, new Uint8Array(data.buffer));
    return [{ type: "image_embeds", image_embeds: bytes.toBase64() }, { type: "text", text: "and" }];
  });
  const body = { model: "llava", messages: [{ role: "user", content }], temperature: 0, max_tokens: 12 };
  const response = await createApp(cached.engine, { enableMmEmbeds: true }).request("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, return_token_ids: true }),
  });
  assertEquals((await response.json()).choices[0].token_ids, expected);
});

Deno.test("prompts of ids and of text with media: one placeholder for each item, or a 4xx", async () => {
  const { engine, loaded } = await load();
  await using _engine = engine;
  const media = (count: number): MediaPart[] =>
    Array.from({ length: count }, (_, i) => ({
      type: "media",
      modality: "image",
      source: file(WIDE),
      param: `prompt.media[${i}]`,
    }));
  const image = 380;
  const ask = (tokenIds: number[], count?: number) => {
    const sampling = { temperature: 0, maxTokens: 2 };
    const prompt = { kind: "tokens", tokenIds, media: count === undefined ? undefined : media(count) } as const;
    return answer({ engine, loaded }, { requestId: `r${nextId++}`, prompt, sampling });
  };
  assertEquals((await ask([1, image, 7, image], 2)).length, 2);
  assertEquals((await ask([1, image, 7])).length, 2); // without media an id is an id
  const refused: [number[], number, string, string][] = [
    [[1, image, 7], 2, "prompt.media[1]", "prompt_update_unmatched"],
    [[1, 7], 1, "prompt.media[0]", "prompt_update_unmatched"],
    [[1, image, image, 7], 1, "prompt", "placeholder_count"],
    [[1, image, 7], 0, "prompt", "placeholder_count"],
  ];
  for (const [tokenIds, count, param, code] of refused) {
    const error = await assertRejects(() => ask(tokenIds, count), InvalidRequestError);
    assertEquals([error.param, error.code], [param, code]);
  }
  const prompt = { kind: "text", text: "<image> hi <image>", media: media(1) } as const;
  const asked = { requestId: "text", prompt, sampling: { maxTokens: 2 } };
  await assertRejects(() => answer({ engine, loaded }, asked), InvalidRequestError, "found 2");
});
