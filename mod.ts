/**
 * Limbus serves multimodal models on Deno behind an OpenAI-compatible API.
 *
 * `deno serve -P mod.ts` runs the default export. Everything else here is for embedding it in another program.
 *
 * @example Answer a request without a socket
 * ```ts
 * import { createApp, createEngine } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using engine = await createEngine({ device: "wasm" });
 * const app = createApp(engine);
 * const answer = await app.fetch(new Request("http://localhost/health"));
 * assertEquals((await answer.json()).status, "ok");
 * ```
 *
 * @module
 */
import { createServer } from "./routes/server.ts";
import { denoHost } from "./routes/serve.ts";
import { settingsFromEnv } from "./src/config.ts";

export { type App, type AppOptions, createApp, type LogEntry } from "./routes/mod.ts";
export type { JsonFile, JsonObject } from "./src/checkpoint/mod.ts";
export type { EngineConfig, EngineSettings } from "./src/config.ts";
export * from "./src/core/errors.ts";
export type * from "./src/core/generate.ts";
export type * from "./src/core/message.ts";
export type * from "./src/core/schema.ts";
export type * from "./src/core/segment.ts";
export type * from "./src/core/tensor.ts";
export { createEngine } from "./src/engine/create_engine.ts";
export type * from "./src/engine/interface.ts";
export type * from "./src/graph/dims.ts";
export type * from "./src/graph/graph.ts";
export type * from "./src/graph/weights.ts";
export type * from "./src/models/adapter.ts";
export { defineAdapter } from "./src/models/define_adapter.ts";
export { builtinAdapters } from "./src/models/registry.ts";
export { type CustomProcess, customProcessor, type OutputSpec } from "./src/multimodal/custom_processor.ts";
export { decodeAudio, probeAudio, resampleAudio, resampledLength } from "./src/multimodal/audio.ts";
export type { AudioHeader, DecodeAudioOptions, MonoAudio } from "./src/multimodal/audio.ts";
export * from "./src/multimodal/audio_processor.ts";
export * from "./src/multimodal/field.ts";
export { decodeImage, probeImage, resizeImage } from "./src/multimodal/image.ts";
export type { ImageHeader, ImageLimits, ResizeFilter, ResizeOptions, RgbImage } from "./src/multimodal/image.ts";
export * from "./src/multimodal/image_processor.ts";
export type * from "./src/multimodal/item.ts";
export * from "./src/multimodal/find_placeholders.ts";
export { mergeEmbeddings } from "./src/multimodal/merge_embeddings.ts";
export * from "./src/multimodal/prompt_update.ts";
export * from "./src/tokenizer/tokenizer.ts";

const server = createServer(denoHost(() => settingsFromEnv(Deno.env.toObject())));

/** What `deno serve` runs: settings from the environment, the engine started when the port is open. */
const served: Deno.ServeDefaultExport = {
  fetch: (request, info) => server.fetch(request, info),
  onListen: (address) => server.onListen(address as Deno.NetAddr),
};

export default served;
