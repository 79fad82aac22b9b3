import { defineTextConfig } from "./define_text_config.ts";

/**
 * Gemma 3: sandwich norms of `1 + w`, norms of queries and keys, five sliding layers for each full one with a rope of their
 * own; transformers `Gemma3TextConfig`, `modeling_gemma3.py`.
 */
export const gemma3Text = defineTextConfig({
  modelType: "gemma3_text",
  defaults: {
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    hidden_activation: "gelu_pytorch_tanh",
    max_position_embeddings: 131072,
    vocab_size: 262208,
    tie_word_embeddings: true,
    rope_theta: 1000000,
    rope_local_base_freq: 10000,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    sliding_window_pattern: 6,
  },
  traits: (fields, problem) => {
    const { layer_types: types, sliding_window_pattern: pattern, query_pre_attn_scalar: scalar } = fields;
    if (fields.use_bidirectional_attention) {
      problem(["use_bidirectional_attention"], "false, for a decoder that writes");
    }
    return {
      embeddingScale: Math.sqrt(fields.hidden_size),
      norms: "sandwich",
      normWeightOffset: 1,
      wideResiduals: true,
      qkNorm: true,
      queryScale: 1 / Math.sqrt(scalar!),
      attentionSoftcap: fields.attn_logit_softcapping ?? null,
      logitSoftcap: fields.final_logit_softcapping ?? null,
      qkvBias: fields.attention_bias,
      outputBias: fields.attention_bias,
      slides: (layer) => types ? types[layer] === "sliding_attention" : (layer + 1) % pattern! !== 0,
    };
  },
});
