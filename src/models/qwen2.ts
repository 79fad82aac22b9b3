import { defineTextFamily } from "./text_only.ts";

/** The family of `Qwen2ForCausalLM`; transformers `modeling_qwen2.py`. Its quirks: `graph/blocks/text_config/qwen2.ts`. */
export const qwen2 = defineTextFamily("qwen2");
