/**
 * The decoder of the Llama line: Llama, Mistral, Qwen2, Qwen3, Phi-3, Gemma. What differs is settings of
 * {@linkcode DecoderConfig}; rotation and attention can be replaced.
 *
 * Source: transformers `modeling_llama.py`, `modeling_mistral.py`, `modeling_qwen2.py`, `modeling_qwen3.py`,
 * `modeling_phi3.py`, `modeling_gemma3.py`.
 *
 * @module
 */

import { CheckpointError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { activation } from "../ops/activation.ts";
import { attention, type AttentionAttributes, type AttentionOperands } from "../ops/attention.ts";
import { toFloat, toFloat32 } from "../ops/cast.ts";
import { scale } from "../ops/elementwise.ts";
import { lastToken, selectTokens } from "../ops/gather.ts";
import { linear } from "../ops/linear.ts";
import { gatedMlp } from "../ops/mlp.ts";
import { addRmsNorm, rmsNorm } from "../ops/norm.ts";
import { reshape } from "../ops/reshape.ts";
import { rotary } from "../ops/rotary.ts";
import { ropeOffset } from "../rope.ts";
import type { DecoderConfig } from "./decoder_config.ts";
import { joinedLinearWeights, linearLayer, linearWeights } from "./layers.ts";

/** Rotates queries or keys `[batch, num_tokens, numHeads * headDim]` of a layer by their positions. */
export type Rotation = (x: Value, numHeads: number, layer: number) => Value;

/** Settings of a layer's attention; `cacheLayer` is the layer's index. */
export type LayerAttention = AttentionAttributes & { readonly cacheLayer: number };

/** Mixes the values of a layer, `[batch, num_tokens, numHeads * headDim]`, and keeps its cache. */
export type Mixing = (heads: AttentionOperands, settings: LayerAttention) => Value;

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
  /**
   * Whether position ids begin where `ropeOffset` says. Without, a longrope is refused for sequences beyond its old context;
   * `textDecoder` of the models gives such ids.
   */
  readonly offsetsPositions?: boolean;
  /** Declares inputs of its own and makes the rotation. Absent: `position_ids` `[batch, num_tokens]`, each layer's rope. */
  readonly rotation?: (g: GraphBuilder, maxPositions: number) => Rotation;
  /** Declares inputs of its own and makes the attention of all layers. Absent: {@linkcode attention} with these settings. */
  readonly mixing?: (g: GraphBuilder) => Mixing;
}

function plainRotation(g: GraphBuilder, { headDim, rotaryDim, layers }: DecoderConfig, maxPositions: number): Rotation {
  const ids = g.input("position_ids", "int64", ["batch", "num_tokens"]);
  return (x, numHeads, layer) =>
    rotary(g, x, ids, { numHeads, headDim, rotaryDim, maxPositions, rope: layers[layer].rope });
}

/** Position ids begin at one offset: that of the only rope, or none. */
function checkRopes({ layers }: DecoderConfig, maxPositions: number, offsetsPositions: boolean): void {
  const offsets = layers.map(({ rope }) => ropeOffset(rope, maxPositions));
  const border = Math.max(...offsets);
  if (border === 0 || offsetsPositions && offsets.every((offset) => offset === border)) return;
  throw new CheckpointError(`Expected at most ${border} tokens with longrope in this family: found ${maxPositions}`, {
    param: "config.json: rope_scaling.type",
    hint: `Set LIMBUS_MAX_MODEL_LEN to ${border} or less`,
  });
}

/** One layer's place in the graph. */
interface Layer {
  readonly index: number;
  /** Canonical name. */
  readonly name: string;
  readonly rotate: Rotation;
  readonly mix: Mixing;
}

/** Attention up to the mixed values `[batch, num_tokens, numHeads * headDim]`, before the output projection. */
function mixValues(g: GraphBuilder, x: Value, { index, name, rotate, mix }: Layer, config: DecoderConfig): Value {
  const { numHeads, numKvHeads, headDim, qkvBias, normWeightOffset, rmsNormEps: eps } = config;
  const weights = joinedLinearWeights(g, `${name}.self_attn`, {
    joined: config.fusedProjections ? "qkv_proj" : undefined,
    parts: { q_proj: numHeads * headDim, k_proj: numKvHeads * headDim, v_proj: numKvHeads * headDim },
    from: config.hiddenSize,
    hasBias: qkvBias,
  });
  const normHeads = (rows: Value, part: "q" | "k", heads: number) => {
    if (!config.qkNorm) return rows;
    const [batch, numTokens, width] = rows.shape;
    const weight = g.weight(`${name}.self_attn.${part}_norm.weight`, [headDim]);
    const split = reshape(g, rows, [batch, numTokens, heads, headDim]);
    return reshape(g, rmsNorm(g, split, weight, { eps, weightOffset: normWeightOffset }), [batch, numTokens, width]);
  };
  const project = (part: "q" | "k", heads: number) =>
    rotate(normHeads(linear(g, x, weights[`${part}_proj`]), part, heads), heads, index);
  return mix({
    q: project("q", numHeads),
    k: project("k", numKvHeads),
    v: linear(g, x, weights.v_proj),
  }, {
    numHeads,
    numKvHeads,
    headDim,
    scale: config.queryScale,
    mask: "causal",
    window: config.layers[index].window ?? undefined,
    softcap: config.attentionSoftcap ?? undefined,
    cacheLayer: index,
  });
}

function feedForward(g: GraphBuilder, x: Value, name: string, config: DecoderConfig): Value {
  const { hiddenSize, intermediateSize, mlpBias } = config;
  const { gate_proj: gate, up_proj: up } = joinedLinearWeights(g, `${name}.mlp`, {
    joined: config.fusedProjections ? "gate_up_proj" : undefined,
    parts: { gate_proj: intermediateSize, up_proj: intermediateSize },
    from: hiddenSize,
    hasBias: mlpBias,
  });
  const down = linearWeights(g, `${name}.mlp.down_proj`, [hiddenSize, intermediateSize], mlpBias);
  return gatedMlp(g, x, { gate, up, down }, config.activation);
}

/**
 * Appends a whole decoder with its inputs, KV cache and outputs.
 *
 * Inputs: `inputs_embeds` `float32` `[batch, num_tokens, hidden]`, `position_ids` `int64` `[batch, num_tokens]` (or what
 * `rotation` declares), and the cache's, see {@linkcode Graph.cache}. Output: `logits` `float32` `[batch, 1, vocab]`, or
 * `[batch, num_logits, vocab]` for `indices`.
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
 * @param options Names of the weights, which tokens get logits, and what a family does its own way.
 * @throws {CheckpointError} If the rope is a longrope for sequences whose position ids would have to begin elsewhere.
 */
export function decoder(g: GraphBuilder, config: DecoderConfig, options: DecoderOptions = {}): void {
  const { prefix = "model", maxPositions = config.maxPositionEmbeddings } = options;
  const { hiddenSize, layers, norms } = config;
  const settings = { eps: config.rmsNormEps, weightOffset: config.normWeightOffset };
  const weight = (name: string) => g.weight(`${name}.weight`, [hiddenSize]);
  const normAfter = (x: Value, name: string) => norms === "pre" ? x : rmsNorm(g, x, weight(name), settings);
  checkRopes(config, maxPositions, options.offsetsPositions ?? false);
  const rotate = options.rotation?.(g, maxPositions) ?? plainRotation(g, config, maxPositions);
  const mix = options.mixing?.(g) ?? ((heads, attributes) => attention(g, heads, attributes));

  const embeds = g.input("inputs_embeds", "float32", ["batch", "num_tokens", hiddenSize]);
  const choose = tokenChoice(g, options);
  let sum = config.wideResiduals ? embeds : toFloat(g, embeds);
  let normed = rmsNorm(g, sum, weight(`${prefix}.layers.0.input_layernorm`), settings);
  for (const index of layers.keys()) {
    const name = `${prefix}.layers.${index}`;
    const beforeMlp = norms === "pre" ? "post_attention_layernorm" : "pre_feedforward_layernorm";
    const beforeNext = index + 1 < layers.length ? `${prefix}.layers.${index + 1}.input_layernorm` : `${prefix}.norm`;
    let mixed = mixValues(g, normed, { index, name, rotate, mix }, config);
    // Nothing reads the last layer's results but the logits: its other tokens only leave keys and values behind.
    if (index + 1 === layers.length) [mixed, sum] = [choose(mixed), choose(sum)];
    const attended = linearLayer(g, mixed, `${name}.self_attn.o_proj`, hiddenSize, config.outputBias);
    const attendedNorm = normAfter(attended, `${name}.post_attention_layernorm`);
    ({ sum, normed } = addRmsNorm(g, sum, attendedNorm, weight(`${name}.${beforeMlp}`), settings));
    const fed = normAfter(feedForward(g, normed, name, config), `${name}.post_feedforward_layernorm`);
    ({ sum, normed } = addRmsNorm(g, sum, fed, weight(beforeNext), settings));
  }
  outputLogits(g, normed, config, options);
}

/** How rows `[batch, num_tokens, width]` become those of the tokens that get logits. */
function tokenChoice(g: GraphBuilder, { logits = "last" }: DecoderOptions): (x: Value) => Value {
  if (logits === "last") return (x) => lastToken(g, x);
  const indices = g.input("logits_indices", "int64", ["batch", "num_logits"]);
  return (x) => selectTokens(g, x, indices);
}

function outputLogits(g: GraphBuilder, normed: Value, config: DecoderConfig, options: DecoderOptions): void {
  const { prefix = "model", head = "lm_head" } = options;
  const table = config.tieWordEmbeddings ? `${prefix}.embed_tokens.weight` : `${head}.weight`;
  const raw = linear(g, normed, { weight: g.weight(table, [config.vocabSize, config.hiddenSize]) });
  const cap = config.logitSoftcap;
  g.output("logits", toFloat32(g, cap === null ? raw : scale(g, activation(g, scale(g, raw, 1 / cap), "tanh"), cap)));
}
