/**
 * The configuration of LLaVA and LLaVA-NeXT: a CLIP or SigLIP tower, a projector and a decoder, nested in the same way.
 *
 * @module
 */
import { z } from "zod";
import {
  type Activation,
  activationName,
  type DecoderConfig,
  decoderSchema,
  type VisionTowerConfig,
  visionTowerSchema,
} from "../graph/mod.ts";
import { llavaHead } from "./llava_tensors.ts";
import { addNestedIssues } from "./nested_schema.ts";

/** What `config.json` says of the model. */
export interface LlavaConfig {
  /** The decoder. */
  readonly text: DecoderConfig;
  /** The tower. */
  readonly vision: VisionTowerConfig;
  /** Activation between the projector's two layers. */
  readonly activation: Activation;
  /** Whether the projector's layers have biases. */
  readonly hasBias: boolean;
  /** Layers of the tower whose rows are taken; negative ones from the end. */
  readonly featureLayer: number | number[];
  /** Whether the row of the class token is left out. */
  readonly selectStrategy: "default" | "full";
  /** Id that stands for a row of a picture. */
  readonly imageTokenId: number;
  /** Canonical name of the output head. */
  readonly head: string;
}

/**
 * Checks a configuration and fills in what transformers assumes.
 *
 * @param defaultTower `vision_config` where there is none.
 */
export function llavaSchema(defaultTower: Readonly<Record<string, unknown>>): z.ZodType<LlavaConfig> {
  return z.looseObject({
    text_config: z.looseObject({}).prefault({}),
    vision_config: z.looseObject({}).prefault(defaultTower),
    // transformers 4 writes image_token_index, 5 may write image_token_id.
    image_token_index: z.int().nonnegative().optional(),
    image_token_id: z.int().nonnegative().optional(),
    projector_hidden_act: activationName.default("gelu"),
    multimodal_projector_bias: z.boolean().default(true),
    vision_feature_layer: z.union([z.int(), z.array(z.int()).min(1)]).default(-2),
    vision_feature_select_strategy: z.enum(["default", "full"]).default("default"),
    tie_word_embeddings: z.boolean().optional(),
  }).transform((config, context): LlavaConfig => {
    const text = decoderSchema.safeParse({ ...config.text_config, tie_word_embeddings: false }); // llavaHead knows better
    const vision = visionTowerSchema.safeParse(config.vision_config);
    addNestedIssues(context, { text_config: text, vision_config: vision });
    if (!text.success || !vision.success) return z.NEVER;
    return {
      text: text.data,
      vision: vision.data,
      activation: config.projector_hidden_act,
      hasBias: config.multimodal_projector_bias,
      featureLayer: config.vision_feature_layer,
      selectStrategy: config.vision_feature_select_strategy,
      imageTokenId: config.image_token_index ?? config.image_token_id ?? 32000,
      head: llavaHead(config.tie_word_embeddings, config.text_config.tie_word_embeddings),
    };
  });
}
