import { type DecoderConfig, decoderSchema } from "../graph/mod.ts";
import type { Model, ModelAdapter } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { textDecoder } from "./text_decoder.ts";

function configure(text: DecoderConfig): Model {
  const { language, languageInputs, graph } = textDecoder(text);
  return {
    language,
    limits: {},
    numTokens: () => 0,
    placeholder: () => null,
    fields: () => ({}),
    processors: {},
    promptUpdates: () => [],
    languageInputs,
    networks: { encoders: {}, language: graph },
  };
}

/**
 * Defines a family that takes text and nothing else. Its quirks are those of its text configuration.
 *
 * @param modelType A `model_type` that `decoderSchema` knows.
 */
export function defineTextFamily(modelType: string): ModelAdapter<DecoderConfig> {
  return defineAdapter({
    modelType,
    config: decoderSchema,
    // A file without the head's class leaves `model.` out.
    tensorNames: (name) => [name, name.replace(/^model\./, "")],
    configure,
  });
}
