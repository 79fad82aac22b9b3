/**
 * Runs a family's tiny checkpoints through the engine and compares each stage with what transformers gave.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type EngineConfig, resolveEngineConfig } from "../../src/config.ts";
import type { GenerateOutput, GenerateRequest } from "../../src/core/generate.ts";
import type { ChatMessage, ContentPart } from "../../src/core/message.ts";
import { numElements, type Tensor } from "../../src/core/tensor.ts";
import { encodeItems } from "../../src/engine/encode_items.ts";
import { fetchMediaWithin } from "../../src/engine/fetch_media.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { preprocess } from "../../src/engine/preprocess.ts";
import type { GpuProbe } from "../../src/runtime/device.ts";

/** A part of a message; media take their files in order. */
type GoldenPart = { type: "text"; text: string } | { type: "image" | "audio" };

/** One conversation and what transformers made of it. */
export interface GoldenCase {
  title: string;
  messages: { role: "system" | "user" | "assistant"; content: GoldenPart[] }[];
  files: string[];
  processorKwargs?: Record<string, unknown>;
  promptTokenIds: number[];
  greedyTokenIds: number[];
  /** Five most likely tokens of each step, as id and log-probability. */
  logprobs?: [id: number, logprob: number][][];
  /** Outputs of the processor for all items together, sampled; null without items. */
  tensors: Record<string, { dims: number[]; sum: number; stride: number; head: number[] }> | null;
  /** Rows of all items in order, sampled; null without items. */
  rows: { dims: number[]; stride: number; values: number[] } | null;
}

/** One checkpoint and its cases. */
export interface FamilyGolden {
  folder: string;
  modelType: string;
  cases: GoldenCase[];
}

const MIME: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", wav: "audio/wav" };

function folderOf(family: string): URL {
  return new URL(`../testdata/${family}/`, import.meta.url);
}

/** Goldens of a family; see `tests/testdata/<family>/make_goldens.py`. */
export function readFamily(family: string): FamilyGolden[] {
  return JSON.parse(Deno.readTextFileSync(new URL("goldens.json", folderOf(family))));
}

/**
 * Loads a checkpoint of the goldens on a device, in f32. The KV cache starts small, so that it must grow.
 *
 * @param executor What runs the networks on `wasm`; default: `auto`, our own kernels.
 */
export async function loadFamily(
  family: string,
  folder: string,
  device: "wasm" | "webgpu",
  executor: EngineConfig["executor"] = "auto",
) {
  const model = fromFileUrl(new URL(folder, folderOf(family)));
  const config = resolveEngineConfig({ model, device, executor, dtype: "f32", numThreads: 2 });
  const gpu = device === "webgpu" ? navigator.gpu as unknown as GpuProbe : undefined;
  const loaded = await loadModel(config, { gpu, initialKvCapacity: 24 });
  const engine = new LocalEngine(loaded, config, { fetchMedia: fetchMediaWithin(config) });
  return { family, loaded, engine, config };
}

/** A loaded checkpoint of {@linkcode loadFamily}. */
export type LoadedFamily = Awaited<ReturnType<typeof loadFamily>>;

/** The case as a request. Media come as `data:` URLs, as a client sends them. */
export function toRequest(family: string, golden: GoldenCase): GenerateRequest {
  let file = 0;
  const toPart = (part: GoldenPart, param: string): ContentPart => {
    if (part.type === "text") return part;
    const name = golden.files[file++];
    const base64 = Deno.readFileSync(new URL(name, folderOf(family))).toBase64();
    const url = `data:${MIME[name.split(".").at(-1)!]};base64,${base64}`;
    return { type: "media", modality: part.type, source: { kind: "url", url }, param };
  };
  const messages = golden.messages.map(({ role, content }, i): ChatMessage => ({
    role,
    content: content.map((part, j) => toPart(part, `messages[${i}].content[${j}].${part.type}_url`)),
  }));
  const maxTokens = golden.greedyTokenIds.length;
  return {
    requestId: golden.title,
    prompt: { kind: "chat", messages },
    sampling: { temperature: 0, maxTokens, logprobs: golden.logprobs ? 5 : undefined },
    mmProcessorKwargs: golden.processorKwargs,
  };
}

/** Every stage of one case against transformers. */
export async function checkCase(model: LoadedFamily, golden: GoldenCase): Promise<void> {
  const { family, loaded, engine, config } = model;
  const request = toRequest(family, golden);
  const fetchMedia = fetchMediaWithin(config);
  const prompt = await preprocess(loaded, request, (part) => fetchMedia(part, new AbortController().signal));
  assertEquals([...prompt.promptTokenIds], golden.promptTokenIds, "prompt ids");

  const { tensors, rows } = golden;
  if (tensors && prompt.items.length === 1) checkTensors(prompt.items[0].tensors, tensors);
  if (rows) {
    const found = (await encodeItems(loaded, prompt)).flatMap((item) => [...item.rows]);
    assertEquals(found.length, numElements(rows.dims), "elements of the rows");
    rows.values.forEach((want, i) =>
      assertAlmostEquals(found[i * rows.stride], want, 1e-4, `element ${i * rows.stride} of the rows`)
    );
  }

  const outputs: GenerateOutput[] = [];
  for await (const output of engine.generate(request)) outputs.push(output);
  const deltas = outputs.filter((output) => output.type === "delta");
  const tokenIds = deltas.flatMap((delta) => [...delta.tokenIds]);
  assertEquals(tokenIds, golden.greedyTokenIds, "greedy tokens");
  const positions = deltas.flatMap((delta) => delta.logprobs ?? []);
  golden.logprobs?.forEach((step, i) => {
    const found = new Map(positions[i].top.map(({ tokenId, logprob }) => [tokenId, logprob]));
    // Near ties may change the order, and at the fifth place even the token.
    step.slice(0, 4).forEach(([id, logprob], rank) => {
      const own = found.get(id);
      assert(own !== undefined, `Expected token ${id} among the best of step ${i}`);
      assertAlmostEquals(own, logprob, 1e-3, `log-probability ${rank} of step ${i}`);
    });
  });
}

/** The tensors of the only item against transformers' batch of one. */
function checkTensors(item: Readonly<Record<string, Tensor>>, wanted: NonNullable<GoldenCase["tensors"]>): void {
  for (const [name, { dims, sum, stride, head }] of Object.entries(wanted)) {
    const found = item[name];
    if (!found) continue; // a tensor that no field names is not used
    assertEquals(found.data.length, numElements(dims), `elements of ${name}`);
    const values = Array.from(found.data as Float32Array, Number);
    head.forEach((want, i) => assertAlmostEquals(values[i * stride], want, 1e-5, `${name} at ${i * stride}`));
    const tolerance = 1e-5 * Math.max(1, Math.abs(sum), values.length / 100);
    assertAlmostEquals(values.reduce((total, value) => total + value, 0), sum, tolerance, `sum of ${name}`);
  }
}
