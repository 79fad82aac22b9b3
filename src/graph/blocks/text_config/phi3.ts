import { defineTextConfig } from "./define_text_config.ts";

/** Phi-3 and Phi-4: fused projections, rotation of a part of each head; transformers `Phi3Config`, `modeling_phi3.py`. */
export const phi3 = defineTextConfig({
  modelType: "phi3",
  defaults: {
    hidden_size: 3072,
    intermediate_size: 8192,
    max_position_embeddings: 4096,
    original_max_position_embeddings: 4096,
    rms_norm_eps: 1e-5,
    vocab_size: 32064,
  },
  traits: () => ({
    fusedProjections: true,
    slides: () => true,
    // Early files have other names for it.
    readRopeType: (type) => type === "su" || type === "yarn" ? "longrope" : type,
  }),
});
