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
export type { EngineSettings } from "./src/config.ts";
export * from "./src/core/errors.ts";
export type * from "./src/core/generate.ts";
export type * from "./src/core/message.ts";
export type * from "./src/core/segment.ts";
export type * from "./src/core/tensor.ts";
export { createEngine } from "./src/engine/create_engine.ts";
export type { CallOptions, Engine, HealthReport, TokenizeResult } from "./src/engine/interface.ts";
export * from "./src/models/adapter.ts";
export { builtinAdapters } from "./src/models/registry.ts";
export {
  decodeImage,
  type ImageHeader,
  type ImageLimits,
  probeImage,
  resizeImage,
  type ResizeOptions,
  type RgbImage,
} from "./src/multimodal/image.ts";
export { ImageProcessor } from "./src/multimodal/image_processor.ts";
export { MultiModalField } from "./src/multimodal/field.ts";
export {
  applyPromptUpdates,
  PromptInsertion,
  PromptReplacement,
  PromptTarget,
} from "./src/multimodal/prompt_update.ts";
export { Tokenizer } from "./src/tokenizer/tokenizer.ts";

const server = createServer(denoHost(() => settingsFromEnv(Deno.env.toObject())));

export default {
  fetch: (request) => server.fetch(request),
  onListen: (address) => server.onListen(address as Deno.NetAddr),
} satisfies Deno.ServeDefaultExport;
