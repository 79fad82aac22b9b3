import { defineTextConfig } from "./define_text_config.ts";
import type { TextFields } from "./text_fields.ts";

/**
 * Which layers of a Qwen decoder have the window: none unless `use_sliding_window`; those that `layer_types` names, or from
 * `max_window_layers` on.
 *
 * @param fields The configuration.
 * @returns A function of the layer's index.
 */
export function qwenSlides({ use_sliding_window, layer_types, max_window_layers }: TextFields) {
  return (layer: number): boolean =>
    use_sliding_window === true &&
    (layer_types ? layer_types[layer] === "sliding_attention" : layer >= max_window_layers);
}

/** Qwen2 and Qwen2.5: biases of queries, keys and values; transformers `Qwen2Config`, `modeling_qwen2.py`. */
export const qwen2 = defineTextConfig({
  modelType: "qwen2",
  defaults: {
    intermediate_size: 22016,
    num_key_value_heads: 32,
    max_position_embeddings: 32768,
    vocab_size: 151936,
    sliding_window: 4096,
  },
  traits: (fields) => ({ qkvBias: true, slides: qwenSlides(fields) }),
});
