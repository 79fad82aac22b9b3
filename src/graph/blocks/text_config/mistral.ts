import { defineTextConfig } from "./define_text_config.ts";

/** Mistral: the window is for all layers or none; transformers `MistralConfig`, `modeling_mistral.py`. */
export const mistral = defineTextConfig({
  modelType: "mistral",
  defaults: {
    intermediate_size: 14336,
    num_key_value_heads: 8,
    max_position_embeddings: 131072,
    vocab_size: 32000,
    sliding_window: 4096,
  },
  traits: () => ({ slides: () => true }),
});
