import { qwenSlides } from "./qwen2.ts";
import { defineTextConfig } from "./define_text_config.ts";

/** Qwen3: norms of each head of queries and keys; transformers `Qwen3Config`, `modeling_qwen3.py`. */
export const qwen3 = defineTextConfig({
  modelType: "qwen3",
  defaults: {
    intermediate_size: 22016,
    num_key_value_heads: 32,
    head_dim: 128,
    max_position_embeddings: 32768,
    vocab_size: 151936,
    sliding_window: 4096,
  },
  traits: (fields) => ({
    qkNorm: true,
    qkvBias: fields.attention_bias,
    outputBias: fields.attention_bias,
    slides: qwenSlides(fields),
  }),
});
