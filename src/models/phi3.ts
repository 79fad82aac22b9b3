import { defineTextFamily } from "./text_only.ts";

/** The family of `Phi3ForCausalLM`; transformers `modeling_phi3.py`. Its quirks: `graph/blocks/text_config/phi3.ts`. */
export const phi3 = defineTextFamily("phi3");
