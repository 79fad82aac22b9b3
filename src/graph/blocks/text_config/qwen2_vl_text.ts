import { qwenSlides } from "./qwen2.ts";
import { defineTextConfig, type TextConfigDefinition } from "./define_text_config.ts";

/** What the decoders of Qwen2-VL and Qwen2.5-VL have in common: Qwen2 whose positions have three axes. */
const QWEN_VL: Omit<TextConfigDefinition, "modelType"> = {
  defaults: {
    hidden_size: 8192,
    intermediate_size: 29568,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    max_position_embeddings: 32768,
    max_window_layers: 80,
    rms_norm_eps: 1e-5,
    rope_theta: 1000000,
    vocab_size: 152064,
    sliding_window: 4096,
  },
  traits: (fields, problem) => {
    const key = fields.rope_scaling ? "rope_scaling" : "rope_parameters";
    const sections = fields[key]?.mrope_section;
    return {
      qkvBias: true,
      slides: qwenSlides(fields),
      readRopeType: (type) => type === "mrope" ? "default" : type,
      mropeSections: sections ?? problem([key, "mrope_section"], "an array of pairs for each axis of positions"),
    };
  },
};

/** Transformers `Qwen2VLTextConfig`, `modeling_qwen2_vl.py`; files from the hub have its keys beside the picture's. */
export const qwen2VlText = defineTextConfig({ modelType: "qwen2_vl_text", ...QWEN_VL });

/** Transformers `Qwen2_5_VLTextConfig`, `modeling_qwen2_5_vl.py`. */
export const qwen25VlText = defineTextConfig({ modelType: "qwen2_5_vl_text", ...QWEN_VL });
