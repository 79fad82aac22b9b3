/**
 * LLaVA 1.5 and its like: a CLIP or SigLIP tower, a two-layer projector, a Llama, Qwen2 or Mistral decoder.
 *
 * The number of tokens of a picture does not depend on its size. Reference: `LlavaForConditionalGeneration` and
 * `LlavaProcessor` of transformers; "Improved Baselines with Visual Instruction Tuning", arXiv 2310.03744.
 *
 * @module
 */
import { z } from "zod";
import { parseWith } from "../checkpoint/mod.ts";
import { CheckpointError } from "../core/errors.ts";
import { buildGraph, decoder, decoderSchema, projector, visionTower, visionTowerSchema } from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { ImageProcessor } from "../multimodal/image_processor.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import { type CheckpointConfigs, defineAdapter, type Model } from "./adapter.ts";

const schema = z.object({
  text_config: z.unknown(),
  vision_config: z.unknown(),
  image_token_index: z.int().nonnegative().optional(),
  image_token_id: z.int().nonnegative().optional(),
  projector_hidden_act: z.string().default("gelu"),
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: z.union([z.int(), z.array(z.int()).min(1)]).default(-2),
  vision_feature_select_strategy: z.enum(["default", "full"]).default("default"),
});
