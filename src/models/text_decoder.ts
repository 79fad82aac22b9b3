/**
 * The language network of a family in the terms of an adapter: what the engine must know of it, its graph, its inputs.
 *
 * @module
 */
import { buildGraph, decoder, type DecoderConfig, type DecoderOptions, type Graph, ropeOffset } from "../graph/mod.ts";
import type { ExpandedPrompt, LanguageInputs, LanguageSpec } from "./adapter.ts";

/** Parts of a {@linkcode Model} that come from its decoder. */
export interface TextDecoder {
  /** `language`. */
  readonly language: LanguageSpec;
  /** `languageInputs`, for decoders with one axis of positions. */
  readonly languageInputs: (prompt: Pick<ExpandedPrompt, "tokenIds">) => LanguageInputs;
  /** `networks.language`. */
  readonly graph: (maxPositions: number) => Graph;
}

/**
 * Makes the language parts of a model of its text configuration, whatever its kind.
 *
 * @example
 * ```ts
 * import { decoderSchema } from "../graph/mod.ts";
 * import { textDecoder } from "./text_decoder.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const text = decoderSchema.parse({ model_type: "qwen3", hidden_size: 64, num_hidden_layers: 1 });
 * const { language } = textDecoder(text, { prefix: "language_model.model", head: "language_model.lm_head" });
 * assertEquals(language.embeddingTensor, "language_model.model.embed_tokens.weight");
 * ```
 *
 * @param text The text configuration, from `decoderSchema`.
 * @param options Names of the weights, and what the family does its own way.
 */
export function textDecoder(
  text: DecoderConfig,
  options: Omit<DecoderOptions, "maxPositions" | "offsetsPositions"> = {},
): TextDecoder {
  const { prefix = "model" } = options;
  return {
    language: {
      hiddenSize: text.hiddenSize,
      vocabSize: text.vocabSize,
      maxPositionEmbeddings: text.maxPositionEmbeddings,
      embeddingTensor: `${prefix}.embed_tokens.weight`,
      embeddingScale: text.embeddingScale,
    },
    languageInputs: ({ tokenIds }) => plainPositions(text, tokenIds.length),
    graph: (maxPositions) =>
      buildGraph("language", (g) => decoder(g, text, { ...options, maxPositions, offsetsPositions: true })),
  };
}

/** Positions that count up, from where the rope of a sequence of this length begins. */
function plainPositions(text: DecoderConfig, numTokens: number): LanguageInputs {
  const { rope } = text.layers[0];
  const offset = ropeOffset(rope, numTokens);
  if (offset > 0) {
    return { positionIds: Int32Array.from({ length: numTokens }, (_, i) => offset + i), positionDelta: offset };
  }
  return rope.type === "longrope" ? { longestSequence: rope.originalMaxPositions } : {};
}
