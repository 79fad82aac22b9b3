/**
 * What Limbus does without a model, on any host: tokenization, pictures and sounds to tensors, prompt updates, merging,
 * sampling. For browsers, Node, Cloudflare's workers; one WASM file with SIMD128, no threads, no shared memory, no `Deno`.
 *
 * On Deno it is there at once. Elsewhere {@linkcode initCore} brings it up; see `docs/other-hosts.md`.
 *
 * @example On Deno
 * ```ts
 * import { decodeImage, hashBytes } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const dot = Uint8Array.fromBase64("R0lGODdhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=");
 * assertEquals([...decodeImage(dot).data], [255, 0, 0]);
 * assertEquals(hashBytes([dot]).length, 64);
 * ```
 *
 * @module
 */
export { convertFloats, type FloatType } from "../compute/dtype.ts";
export { type CoreSource, initCore } from "../compute/core.ts";
export { EmbeddingTable, type ItemRows } from "../compute/embedding.ts";
export { hashBytes } from "../compute/hash.ts";
export * from "../core/errors.ts";
export type * from "../core/generate.ts";
export type * from "../core/message.ts";
export type * from "../core/segment.ts";
export type * from "../core/tensor.ts";
export { decodeAudio, probeAudio, resampleAudio, resampledLength } from "../multimodal/audio.ts";
export type { AudioHeader, DecodeAudioOptions, MonoAudio } from "../multimodal/audio.ts";
export * from "../multimodal/audio_processor.ts";
export * from "../multimodal/field.ts";
export * from "../multimodal/find_placeholders.ts";
export { decodeImage, probeImage, resizeImage } from "../multimodal/image.ts";
export type { ImageHeader, ImageLimits, ResizeFilter, ResizeOptions, RgbImage } from "../multimodal/image.ts";
export * from "../multimodal/image_processor.ts";
export type * from "../multimodal/item.ts";
export { mergeEmbeddings } from "../multimodal/merge_embeddings.ts";
export * from "../multimodal/prompt_update.ts";
export * from "../sampling/sampler.ts";
export * from "../tokenizer/tokenizer.ts";
