/**
 * The decoder of the Llama line: Llama, Mistral, Qwen2.
 *
 * Source: transformers `modeling_llama.py`, `modeling_mistral.py`, `modeling_qwen2.py`.
 *
 * @module
 */

import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { attention } from "../ops/attention.ts";
import { toFloat } from "../ops/cast.ts";
import { lastToken, selectTokens } from "../ops/gather.ts";
import { logits } from "../ops/linear.ts";
import { gatedMlp } from "../ops/mlp.ts";
import { addRmsNorm, rmsNorm } from "../ops/norm.ts";
import { rotary } from "../ops/rotary.ts";
import type { DecoderConfig } from "./decoder_config.ts";
import { linearLayer, linearWeights } from "./layers.ts";

/** What a decoder's graph leaves open. */
export interface DecoderOptions {
  /** Canonical name of the stack, before `.layers.0`, `.norm`, `.embed_tokens`; `model` if absent. */
  readonly prefix?: string;
  /** Canonical name of the output head; `lm_head` if absent. Not used if the head is the embedding table. */
  readonly head?: string;
  /** Longest sequence that will be run, tokens: the length of the cosine and sine tables; the model's own if absent. */
  readonly maxPositions?: number;
  /**
   * Which tokens get logits: `last` (the default), the last one of each sequence; `indices`, those that the input
   * `logits_indices` `int64` `[batch, num_logits]` names by their row in `[batch * num_tokens]`, for padded batches.
   */
  readonly logits?: "last" | "indices";
}

function selfAttention(g: GraphBuilder, x: Value, layer: number, name: string, config: DecoderConfig, positions: {
  readonly ids: Value;
  readonly max: number;
}): Value {
  const { numHeads, numKvHeads, headDim, qkvBias, rope } = config;
  const project = (part: string, heads: number) => linearLayer(g, x, `${name}.${part}_proj`, heads * headDim, qkvBias);
  const rotate = (rows: Value, heads: number) =>
    rotary(g, rows, positions.ids, { numHeads: heads, headDim, maxPositions: positions.max, rope });
  const mixed = attention(g, {
    q: rotate(project("q", numHeads), numHeads),
    k: rotate(project("k", numKvHeads), numKvHeads),
    v: project("v", numKvHeads),
  }, {
    numHeads,
    numKvHeads,
    headDim,
    mask: "causal",
    window: config.windows[layer] ?? undefined,
    cacheLayer: layer,
  });
  return linearLayer(g, mixed, `${name}.o_proj`, config.hiddenSize, config.outputBias);
}

/**
 * Appends a whole decoder with its inputs, KV cache and outputs.
 *
 * Inputs: `inputs_embeds` `float32` `[batch, num_tokens, hidden]`, `position_ids` `int64` `[batch, num_tokens]`, and the
 * cache's, see {@linkcode Graph.cache}. Output: `logits` `float32` `[batch, 1, vocab]`, or `[batch, num_logits, vocab]`
 * for `indices`.
 *
 * @example
 * ```ts
 * import { buildGraph, decoder, decoderSchema } from "../mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const config = decoderSchema.parse({
 *   model_type: "llama",
 *   hidden_size: 8,
 *   intermediate_size: 16,
 *   num_hidden_layers: 1,
 *   num_attention_heads: 2,
 *   vocab_size: 32,
 * });
 * const graph = buildGraph("language", (g) => decoder(g, config));
 * assertEquals(graph.outputs.map(({ name }) => name), ["present.0.key", "present.0.value", "logits"]);
 * ```
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode decoderSchema}.
 * @param options Names of the weights, and which tokens get logits.
 */
export function decoder(g: GraphBuilder, config: DecoderConfig, options: DecoderOptions = {}): void {
  const { prefix = "model", head = "lm_head", maxPositions: max = config.maxPositionEmbeddings } = options;
  const { hiddenSize, intermediateSize, mlpBias } = config;
  const eps = config.rmsNormEps;
  const normWeight = (name: string) => g.weight(`${name}.weight`, [hiddenSize]);
  const ids = g.input("position_ids", "int64", ["batch", "num_tokens"]);
  let sum = toFloat(g, g.input("inputs_embeds", "float32", ["batch", "num_tokens", hiddenSize]));
  let normed = rmsNorm(g, sum, normWeight(`${prefix}.layers.0.input_layernorm`), { eps });
  for (let layer = 0; layer < config.numLayers; layer++) {
    const name = `${prefix}.layers.${layer}`;
    const next = layer + 1 < config.numLayers ? `${prefix}.layers.${layer + 1}.input_layernorm` : `${prefix}.norm`;
    const attended = selfAttention(g, normed, layer, `${name}.self_attn`, config, { ids, max });
    ({ sum, normed } = addRmsNorm(g, sum, attended, normWeight(`${name}.post_attention_layernorm`), { eps }));
    const fed = gatedMlp(g, normed, {
      gate: linearWeights(g, `${name}.mlp.gate_proj`, [intermediateSize, hiddenSize], mlpBias),
      up: linearWeights(g, `${name}.mlp.up_proj`, [intermediateSize, hiddenSize], mlpBias),
      down: linearWeights(g, `${name}.mlp.down_proj`, [hiddenSize, intermediateSize], mlpBias),
    }, config.activation);
    ({ sum, normed } = addRmsNorm(g, sum, fed, normWeight(next), { eps }));
  }
  const chosen = options.logits === "indices"
    ? selectTokens(g, normed, g.input("logits_indices", "int64", ["batch", "num_logits"]))
    : lastToken(g, normed);
  const table = config.tieWordEmbeddings ? `${prefix}.embed_tokens.weight` : `${head}.weight`;
  g.output("logits", logits(g, chosen, g.weight(table, [config.vocabSize, hiddenSize])));
}
