import { defineTextFamily } from "./text_only.ts";

/** The family of `LlamaForCausalLM`; transformers `modeling_llama.py`. Its quirks: `graph/blocks/text_config/llama.ts`. */
export const llama = defineTextFamily("llama");
