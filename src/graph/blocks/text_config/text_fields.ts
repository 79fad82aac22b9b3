/**
 * The keys of the text configurations of transformers, and what they are where a file does not say.
 *
 * @module
 */

import { z } from "zod";
import { layerCount } from "../layer_count.ts";
import { ropeFields } from "./rope_fields.ts";

const count = z.int().positive();

/** Keys of any kind of decoder; the defaults of the kind are filled in before. */
export const textFields = z.looseObject({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: layerCount,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  original_max_position_embeddings: count.nullish(),
  rms_norm_eps: z.number().positive(),
  hidden_act: z.string(),
  hidden_activation: z.string().nullish(),
  attention_bias: z.boolean(),
  mlp_bias: z.boolean(),
  tie_word_embeddings: z.boolean(),
  partial_rotary_factor: z.number().positive().max(1).nullish(),
  rope_theta: z.number().positive(),
  rope_local_base_freq: z.number().positive().nullish(),
  rope_scaling: ropeFields.nullish(),
  // One for all layers, or one for each kind of layer.
  rope_parameters: ropeFields.extend({
    full_attention: ropeFields.nullish(),
    sliding_attention: ropeFields.nullish(),
  }).nullish(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullable(),
  max_window_layers: z.int().nonnegative(),
  sliding_window_pattern: count.nullish(),
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
  query_pre_attn_scalar: z.number().positive().nullish(),
  attn_logit_softcapping: z.number().positive().nullish(),
  final_logit_softcapping: z.number().positive().nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
});

/** A text configuration with the defaults of its kind filled in. */
export type TextFields = z.output<typeof textFields>;

/** What configuration classes of transformers assume unless they say otherwise. */
export const TEXT_DEFAULTS: Readonly<Partial<Record<keyof TextFields, unknown>>> = {
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  rms_norm_eps: 1e-6,
  hidden_act: "silu",
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: false,
  rope_theta: 10000,
  use_sliding_window: false,
  max_window_layers: 28,
};
