/**
 * Runs a tiny LLaVA checkpoint through the engine and compares each stage with what transformers gave.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type EngineConfig, resolveEngineConfig } from "../../src/config.ts";
import type { GenerateOutput, GenerateRequest } from "../../src/core/generate.ts";
import type { ChatMessage, ContentPart } from "../../src/core/message.ts";
import { encodeItems } from "../../src/engine/encode_items.ts";
import { fetchMediaWithin } from "../../src/engine/fetch_media.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { preprocess } from "../../src/engine/preprocess.ts";
import type { GpuProbe } from "../../src/runtime/device.ts";

const DATA = new URL("../testdata/llava/", import.meta.url);

/** One conversation and what transformers made of it. */
interface GoldenCase {
  title: string;
  messages: { role: "user" | "assistant"; content: ({ type: "text"; text: string } | { type: "image" })[] }[];
  files: string[];
  promptTokenIds: number[];
  greedyTokenIds: number[];
  pixelValues: { dims: number[]; sum: number; head: number[] } | null;
  rows: { dims: number[]; values: number[] } | null;
}

/** One checkpoint and its cases. */
export interface Golden {
  folder: string;
  imageTokenId: number;
  cases: GoldenCase[];
}

/** All goldens; see `tests/testdata/llava/make_goldens.py`. */
export function readGoldens(): Golden[] {
  return JSON.parse(Deno.readTextFileSync(new URL("goldens.json", DATA)));
}

/** The case as a request. Pictures come as `data:` URLs, as a client sends them. */
function toRequest({ messages, files, title }: GoldenCase, maxTokens: number): GenerateRequest {
  let picture = 0;
  const toPart = (part: GoldenCase["messages"][number]["content"][number], param: string): ContentPart => {
    if (part.type === "text") return part;
    const file = files[picture++];
    const url = `data:image/${file.endsWith("png") ? "png" : "jpeg"};base64,${
      Deno.readFileSync(new URL(file, DATA)).toBase64()
    }`;
    return { type: "media", modality: "image", source: { kind: "url", url }, param };
  };
  const checked = messages.map(({ role, content }, i): ChatMessage => ({
    role,
    content: content.map((part, j) => toPart(part, `messages[${i}].content[${j}].image_url`)),
  }));
  return {
    requestId: title,
    prompt: { kind: "chat", messages: checked },
    sampling: { temperature: 0, maxTokens, logprobs: 0 },
  };
}

/** Loads a checkpoint of the goldens on a device, in f32. The KV cache starts small, so that it must grow. */
export async function loadGolden(
  folder: string,
  device: "wasm" | "webgpu",
  executor: EngineConfig["executor"] = "auto",
) {
  const config = resolveEngineConfig({
    model: fromFileUrl(new URL(folder, DATA)),
    device,
    executor,
    dtype: "f32",
    numThreads: 2,
  });
  const gpu = device === "webgpu" ? navigator.gpu as unknown as GpuProbe : undefined;
  const loaded = await loadModel(config, { gpu, initialKvCapacity: 24 });
  return { loaded, engine: new LocalEngine(loaded, config, { fetchMedia: fetchMediaWithin(config) }), config };
}

/** Every stage of one case against transformers. */
export async function checkCase(
  { loaded, engine, config }: Awaited<ReturnType<typeof loadGolden>>,
  golden: GoldenCase,
): Promise<void> {
  const request = toRequest(golden, golden.greedyTokenIds.length);
  const fetchMedia = fetchMediaWithin(config);
  const prompt = await preprocess(loaded, request, (part) => fetchMedia(part, new AbortController().signal));
  assertEquals([...prompt.promptTokenIds], golden.promptTokenIds, "prompt ids");

  if (golden.pixelValues && golden.rows) {
    const pixels = prompt.items.map(({ tensors }) => tensors.pixel_values);
    assertEquals([pixels.length, ...pixels[0].dims], golden.pixelValues.dims);
    const flat = Float32Array.from(pixels.flatMap(({ data }) => [...data as Float32Array]));
    const step = Math.max(1, Math.floor(flat.length / 64));
    golden.pixelValues.head.forEach((want, i) => assertAlmostEquals(flat[i * step], want, 1e-5, `pixel ${i * step}`));
    assertAlmostEquals(flat.reduce((sum, x) => sum + x, 0), golden.pixelValues.sum, 1e-2, "sum of pixels");

    const rows = (await encodeItems(loaded, prompt)).flatMap((item) => [...item.rows]);
    assertEquals(rows.length, golden.rows.dims[0] * golden.rows.dims[1]);
    golden.rows.values.forEach((want, i) =>
      assertAlmostEquals(rows[3 * i], want, 1e-4, `element ${3 * i} of the rows`)
    );
  }

  const outputs: GenerateOutput[] = [];
  for await (const output of engine.generate(request)) outputs.push(output);
  const tokenIds = outputs.flatMap((output) => output.type === "delta" ? [...output.tokenIds] : []);
  assertEquals(tokenIds, golden.greedyTokenIds, "greedy tokens");
  const text = outputs.map((output) => output.type === "delta" ? output.text : "").join("");
  const isEnd = loaded.eosTokenIds.includes(tokenIds.at(-1)!);
  const shown = isEnd ? tokenIds.slice(0, -1) : tokenIds;
  assertEquals(text, loaded.tokenizer.decode(shown, { skipSpecialTokens: true }), "text of the deltas");
  const [finish] = outputs.filter((output) => output.type === "finish");
  assertEquals(finish, outputs.at(-1));
  assertEquals(finish.finishReason, isEnd ? "stop" : "length");
}
