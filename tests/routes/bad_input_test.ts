/**
 * Bad input, over HTTP on a real engine (only the networks are scripted): each row of vLLM's table of errors that a client can
 * cause has a 4xx of ours that names the input, and the next request is answered.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { AppOptions } from "../../routes/mod.ts";
import { type EngineSettings, resolveEngineConfig } from "../../src/config.ts";
import { fetchMediaWithin } from "../../src/engine/fetch_media.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { createFakeExecutor } from "../../src/runtime/fake_executor.ts";
import { encodeWav } from "../../src/testing/wav.ts";
import { safetensorsBytes } from "../checkpoint/safetensors_bytes.ts";
import { drawnPicture } from "../kit/drawn_picture.ts";
import { errorOf, send } from "./client.ts";

const DATA = new URL("../testdata/", import.meta.url);
const MARK = "SeCrEt";

async function newEngine(checkpoint: string, settings: EngineSettings = {}) {
  const config = resolveEngineConfig({
    model: fromFileUrl(new URL(checkpoint, DATA)),
    servedModelName: "fake",
    allowedMediaHosts: ["127.0.0.1:9"],
    ...settings,
  });
  const loaded = await loadModel(config, {
    newExecutor: ({ vocabSize, hiddenSize }) =>
      createFakeExecutor({ vocabSize, hiddenSize, numRows: (_, numItems) => 16 * numItems, script: () => 300 }),
  });
  return new LocalEngine(loaded, config, { fetchMedia: fetchMediaWithin(config) });
}

type Part = Record<string, unknown>;
const text = (text: string): Part => ({ type: "text", text });
const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`;
const PNG = Deno.readFileSync(new URL("llava/wide.png", DATA));
const picture = (url = dataUrl(PNG), extra: Part = {}): Part => ({ type: "image_url", image_url: { url }, ...extra });
/** Precomputed rows of these dimensions. */
function embeds(dims: number[], name = "image_embeds"): Part {
  const bytes = 4 * dims.reduce((product, dim) => product * dim, 1);
  const file = safetensorsBytes({ [name]: { dtype: "F32", shape: dims, data_offsets: [0, bytes] } });
  return { type: "image_embeds", image_embeds: file.toBase64() };
}

/** So many samples of silence at 16 kHz. */
const sound = (numSamples: number): Part => ({
  type: "input_audio",
  input_audio: { data: encodeWav(new Float32Array(numSamples), 16_000).toBase64(), format: "wav" },
});

interface BadInput {
  content: Part[];
  /** Further fields of the body. */
  body?: Record<string, unknown>;
  settings?: EngineSettings;
  options?: AppOptions;
  checkpoint?: string;
  param: string;
  code: string;
  /** What the message must hold. */
  says?: string[];
}

const at = (index: number, key = "image_url") => `messages[0].content[${index}].${key}`;
const withEmbeds = { options: { enableMmEmbeds: true } };

const TABLE: Record<string, BadInput> = {
  "too many items": {
    content: [picture(), picture(), text("hi"), picture()],
    settings: { limitMmPerPrompt: { image: 2 } },
    param: at(3),
    code: "too_many_media_items",
    says: ["at most 2 image items", "found 3"],
  },
  "a modality that is switched off": {
    content: [picture()],
    settings: { limitMmPerPrompt: { image: 0 } },
    param: at(0),
    code: "too_many_media_items",
  },
  "a modality that the model does not take": {
    content: [{ type: "audio_embeds", audio_embeds: embeds([1, 32], "audio_embeds").image_embeds }],
    ...withEmbeds,
    param: at(0, "audio_embeds"),
    code: "unsupported_modality",
    says: ["image", "found audio"],
  },
  "a sound for a model of pictures": {
    content: [sound(16_000)],
    param: at(0, "input_audio"),
    code: "unsupported_modality",
    says: ["image", "found audio"],
  },
  "a sound that is too short": {
    content: [sound(16_000), sound(10)],
    checkpoint: "qwen2_audio/one-second-f16",
    param: at(1, "input_audio"),
    code: "audio_too_short",
  },
  "a sound that is too long": {
    content: [sound(16_001)],
    settings: { maxAudioSeconds: 1 },
    checkpoint: "qwen2_audio/one-second-f16",
    param: at(0, "input_audio"),
    code: "audio_too_long",
    says: ["at most 1 seconds"],
  },
  "a file that is no sound": {
    content: [{ type: "audio_url", audio_url: { url: dataUrl(PNG) } }],
    checkpoint: "qwen2_audio/one-second-f16",
    param: at(0, "audio_url"),
    code: "invalid_audio",
  },
  "a picture for a model of sounds": {
    content: [picture()],
    checkpoint: "qwen2_audio/one-second-f16",
    param: at(0),
    code: "unsupported_modality",
  },
  "an unknown part": { content: [{ type: MARK }], param: at(0, "type"), code: "invalid_value" },
  "a video": { content: [{ type: "video_url", video_url: { url: "x" } }], param: at(0, "type"), code: "invalid_value" },
  "a part without type": { content: [{ text: "x" }], param: at(0, "type"), code: "missing_required_parameter" },
  "a type that is no text": { content: [{ type: 7 }], param: at(0, "type"), code: "invalid_type" },
  "files and embeddings of one modality": {
    content: [picture(), embeds([16, 32])],
    ...withEmbeds,
    param: at(1, "image_embeds"),
    code: "invalid_value",
    says: ["found both"],
  },
  "embeddings without leave": {
    content: [embeds([16, 32])],
    param: at(0, "image_embeds"),
    code: "embeddings_disabled",
    says: ["LIMBUS_ENABLE_MM_EMBEDS=1"],
  },
  "embeddings of rank 1": {
    content: [text("hi"), embeds([32])],
    ...withEmbeds,
    param: at(1, "image_embeds"),
    code: "invalid_value",
    says: ["image_embeds 0", "[num_rows, hidden_size]", "found [32]"],
  },
  "embeddings of rank 4": {
    content: [embeds([1, 1, 16, 32])],
    ...withEmbeds,
    param: at(0, "image_embeds"),
    code: "invalid_value",
  },
  "embeddings of another width": {
    content: [embeds([16, 32]), embeds([16, 31])],
    ...withEmbeds,
    param: at(1, "image_embeds"),
    code: "invalid_value",
    says: ["image_embeds 1", "rows of 32", "found rows of 31"],
  },
  "embeddings under another name": {
    content: [embeds([16, 32], MARK)],
    ...withEmbeds,
    param: at(0, "image_embeds"),
    code: "invalid_value",
    says: ["image_embeds"],
  },
  "embeddings that lack a field of the family": {
    content: [embeds([4, 32])],
    ...withEmbeds,
    checkpoint: "qwen2_vl/nested-tied",
    param: at(0, "image_embeds"),
    code: "invalid_value",
    says: ["image_embeds, image_grid_thw"],
  },
  "embeddings of another grid than their rows": {
    content: [{
      type: "image_embeds",
      image_embeds: safetensorsBytes({
        image_embeds: { dtype: "F32", shape: [4, 32], data_offsets: [0, 512] },
        image_grid_thw: { dtype: "I64", shape: [1, 3], data_offsets: [512, 536] },
      }).toBase64(),
    }],
    ...withEmbeds,
    checkpoint: "qwen2_vl/nested-tied",
    param: at(0, "image_embeds"),
    code: "invalid_value",
  },
  "embeddings that are no file": {
    content: [{ type: "image_embeds", image_embeds: btoa(MARK) }],
    ...withEmbeds,
    param: at(0, "image_embeds"),
    code: "invalid_embeddings",
  },
  "a picture 201 times as wide as high": {
    content: [picture(dataUrl(await drawnPicture(804, 4)))],
    checkpoint: "qwen2_vl/nested-tied",
    param: at(0),
    code: "unsupported_image",
  },
  "a picture whose processing fails behind its header": {
    content: [picture(), picture(dataUrl(PNG.subarray(0, PNG.length - 60)))],
    param: at(1),
    code: "invalid_image",
  },
  "a file that is no picture": {
    content: [picture(`data:text/plain;base64,${btoa(MARK)}`)],
    param: at(0),
    code: "invalid_image",
  },
  "a uuid that is not known": {
    content: [picture(), { type: "image_url", image_url: null, uuid: MARK }],
    param: at(1),
    code: "media_cache_miss",
    says: ["image 1", "Send these items again"],
  },
  "neither payload nor uuid": {
    content: [{ type: "image_url", image_url: null }],
    param: at(0),
    code: "missing_required_parameter",
  },
  "a host that does not answer": {
    content: [picture("http://127.0.0.1:9/x.png")],
    param: at(0),
    code: "media_fetch_failed",
  },
  "a host that is not on the list": {
    content: [picture(`http://${MARK}.example/x.png`)],
    param: at(0),
    code: "media_host_not_allowed",
  },
  "another scheme": { content: [picture("ftp://example.org/x.png")], param: at(0), code: "unsupported_url_scheme" },
  "a local file": { content: [picture("file:///etc/passwd")], param: at(0), code: "unsupported_url_scheme" },
  "a data URL without base64": { content: [picture("data:image/png,abc")], param: at(0), code: "invalid_data_url" },
  "a data URL without a comma": { content: [picture("data:image/png;base64")], param: at(0), code: "invalid_data_url" },
  "a picture above the limit of pixels": {
    content: [picture(dataUrl(await drawnPicture(101, 100)))],
    settings: { maxImagePixels: 10_000 },
    param: at(0),
    code: "image_too_large",
    says: ["at most 10000 pixels", "found 101 x 100"],
  },
  "a file above the limit of bytes": {
    content: [picture()],
    settings: { maxMediaBytes: 100 },
    param: at(0),
    code: "media_too_large",
  },
  "files above the limit of bytes of one request": {
    content: [picture(), picture(), picture()],
    settings: { maxRequestMediaBytes: 2 * PNG.length },
    param: at(2),
    code: "media_too_large",
    says: ["bytes of media in one request"],
  },
  "an item above the limit of tokens": {
    content: [embeds([16, 32]), embeds([17, 32])],
    ...withEmbeds,
    settings: { maxItemTokens: 16 },
    param: at(1, "image_embeds"),
    code: "media_item_too_long",
    says: ["image 1 to take at most 16 tokens", "found 17", "LIMBUS_MAX_ITEM_TOKENS"],
  },
  "a prompt that is too long once its items are expanded": {
    content: [...Array(4).fill(picture()), text("hi")],
    settings: { maxModelLen: 70 },
    param: "messages",
    code: "context_length_exceeded",
    says: ["at most 69 tokens, media included"],
  },
  "items that alone are longer than the context": {
    content: Array(5).fill(picture()),
    settings: { maxModelLen: 64 },
    param: "messages",
    code: "context_length_exceeded",
    says: ["at most 63 tokens", "found 80 for the media alone"],
  },
  "a setting that the model's processor does not have": {
    content: [picture()],
    body: { mm_processor_kwargs: { max_pixls: 1 } },
    checkpoint: "qwen2_vl/nested-tied",
    param: "mm_processor_kwargs.max_pixls",
    code: "unknown_parameter",
  },
  "a setting of a model that has none": {
    content: [text("hi")],
    body: { mm_processor_kwargs: { size: MARK } },
    param: "mm_processor_kwargs.size",
    code: "unknown_parameter",
  },
  "a setting of the wrong type": {
    content: [picture()],
    body: { mm_processor_kwargs: { max_pixels: MARK } },
    checkpoint: "qwen2_vl/nested-tied",
    param: "mm_processor_kwargs.max_pixels",
    code: "invalid_value",
  },
};

for (
  const [title, { content, body, settings, options, checkpoint = "llava/clip-llama", ...want }] of Object.entries(TABLE)
) {
  Deno.test(`${title}: refused with a 4xx that names the input, and the next request is answered`, async () => {
    await using engine = await newEngine(checkpoint, settings);
    const ask = (content: unknown, extra: Record<string, unknown> = {}) =>
      send(engine, "/v1/chat/completions", {
        json: { model: "fake", messages: [{ role: "user", content }], max_tokens: 2, ...extra },
      }, { ...options, log: () => {} });
    const answer = await ask(content, body);
    const { message, type, param, code } = errorOf(answer);
    assertEquals([answer.status, type, param, code], [400, "invalid_request_error", want.param, want.code], message);
    for (const part of want.says ?? []) assert(message.includes(part), message);
    assert(!answer.text.includes(MARK), message);
    assertEquals((await ask("hi")).status, 200);
  });
}

Deno.test("placeholders that a user types are text: no item is missing, none is bound to them", async () => {
  await using engine = await newEngine("llava/clip-llama");
  for (const content of [[text("<image><image>")], [text("<image> and <image>"), picture()]]) {
    const json = { model: "fake", messages: [{ role: "user", content }], max_tokens: 2 };
    assertEquals((await send(engine, "/v1/chat/completions", { json })).status, 200);
  }
});

// vLLM's test_limit_mm_per_prompt_apply and test_budget_caps: allowed is the less of what is set and what the model takes.
Deno.test("items up to the server's limit are taken, none beyond", async () => {
  for (const [numItems, limit] of [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2], [2, 1], [2, 2]]) {
    await using engine = await newEngine("llava/clip-llama", { limitMmPerPrompt: { image: limit } });
    const content = [...Array(numItems).fill(picture()), text("hi")];
    const json = { model: "fake", messages: [{ role: "user", content }], max_tokens: 2 };
    const answer = await send(engine, "/v1/chat/completions", { json });
    assertEquals(answer.status, numItems <= limit ? 200 : 400, `${numItems} of ${limit}`);
    if (numItems > limit) assert(errorOf(answer).message.includes("at most"));
  }
});
