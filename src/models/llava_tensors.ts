/**
 * Names of the tensors of LLaVA and its relatives (LLaVA-NeXT, Mistral 3), which all nest a tower, a projector and a decoder
 * in the same ways.
 *
 * @module
 */

/** Head of a checkpoint whose head may be the embedding table: {@linkcode llavaTensorNames} finds which it is. */
const TIED_HEAD = "language_model.lm_head_or_embeddings";

/**
 * Canonical name of the output head.
 *
 * transformers 4 asked the text configuration whether head and embeddings are one tensor, 5 asks the outer one; either way
 * a head that the checkpoint has is used. So what counts is whether one of them allows that there is none.
 *
 * @param tied `tie_word_embeddings` of both configurations.
 */
export function llavaHead(...tied: readonly unknown[]): string {
  return tied.includes(true) ? TIED_HEAD : "language_model.lm_head";
}

/**
 * Names under which checkpoints store a tensor, best first.
 *
 * The hub's files have `vision_tower.vision_model.` and `language_model.model.`; transformers 5 may write its own nesting.
 *
 * @param name Canonical name.
 */
export function llavaTensorNames(name: string): readonly string[] {
  if (name.startsWith(TIED_HEAD)) {
    return ["language_model.lm_head.weight", "language_model.model.embed_tokens.weight"].flatMap(llavaTensorNames);
  }
  return [
    name,
    name.replace(/^vision_tower\./, "vision_tower.vision_model."),
    `model.${name}`,
    name.replace(/^vision_tower\./, "model.vision_tower.vision_model."),
    name.replace(/^language_model\.model\./, "model.language_model."),
    name.replace(/^language_model\.lm_head\./, "lm_head."),
  ];
}
