import { defineTextConfig } from "./define_text_config.ts";

/** Llama 1 to 3; transformers `LlamaConfig`, `modeling_llama.py`. */
export const llama = defineTextConfig({
  modelType: "llama",
  defaults: { intermediate_size: 11008, max_position_embeddings: 2048, vocab_size: 32000 },
  traits: ({ attention_bias, mlp_bias }) => ({
    qkvBias: attention_bias,
    outputBias: attention_bias,
    mlpBias: mlp_bias,
  }),
});
