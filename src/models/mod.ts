/**
 * What the author of a model family needs: {@linkcode defineAdapter} and the types of its parts, fields, prompt updates,
 * media processors, errors, and zod's `z` for schemas. Networks are built with the functions of `./graph`.
 *
 * `docs/adding-a-model.md` goes through it step by step.
 *
 * @module
 */
export { z } from "zod";
export type { JsonFile, JsonObject } from "../checkpoint/mod.ts";
export * from "../core/errors.ts";
export type { PlaceholderRange } from "../core/generate.ts";
export type { Modality } from "../core/message.ts";
export type { DataType, Tensor, TypedArray } from "../core/tensor.ts";
export type { Graph } from "../graph/graph.ts";
export * from "../multimodal/audio_processor.ts";
export { type CustomProcess, customProcessor, type OutputSpec } from "../multimodal/custom_processor.ts";
export * from "../multimodal/field.ts";
export { decodeImage, probeImage, resizeImage } from "../multimodal/image.ts";
export type { ImageHeader, ImageLimits, ResizeFilter, ResizeOptions, RgbImage } from "../multimodal/image.ts";
export * from "../multimodal/image_processor.ts";
export * from "../multimodal/image_processors/mod.ts";
export type * from "../multimodal/item.ts";
export * from "../multimodal/image_processors/clip.ts";
export * from "../multimodal/image_processors/gemma3.ts";
export * from "../multimodal/image_processors/gemma4.ts";
export * from "../multimodal/image_processors/got_ocr2.ts";
export * from "../multimodal/image_processors/idefics2.ts";
export * from "../multimodal/image_processors/idefics3.ts";
export * from "../multimodal/image_processors/janus.ts";
export * from "../multimodal/image_processors/lfm2_vl.ts";
export * from "../multimodal/image_processors/llava_next.ts";
export * from "../multimodal/image_processors/mllama.ts";
export type * from "../multimodal/image_processors/picture_steps.ts";
export * from "../multimodal/image_processors/pixtral.ts";
export * from "../multimodal/image_processors/qwen2_vl.ts";
export * from "../multimodal/image_processors/siglip2.ts";
export type * from "../multimodal/image_processors/tile_grids.ts";
export * from "../multimodal/placeholder.ts";
export * from "../multimodal/prompt_update.ts";
export type * from "./adapter.ts";
export { defineAdapter } from "./define_adapter.ts";
export { requireProcessor } from "./required_files.ts";
export * from "./text_decoder.ts";
