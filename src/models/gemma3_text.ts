import { defineTextFamily } from "./text_only.ts";

/** The family of `Gemma3ForCausalLM`; transformers `modeling_gemma3.py`. Its quirks: `graph/blocks/text_config/gemma3_text.ts`. */
export const gemma3Text = defineTextFamily("gemma3_text");
