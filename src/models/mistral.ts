import { defineTextFamily } from "./text_only.ts";

/** The family of `MistralForCausalLM`; transformers `modeling_mistral.py`. Its quirks: `graph/blocks/text_config/mistral.ts`. */
export const mistral = defineTextFamily("mistral");
