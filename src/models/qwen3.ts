import { defineTextFamily } from "./text_only.ts";

/** The family of `Qwen3ForCausalLM`; transformers `modeling_qwen3.py`. Its quirks: `graph/blocks/text_config/qwen3.ts`. */
export const qwen3 = defineTextFamily("qwen3");
