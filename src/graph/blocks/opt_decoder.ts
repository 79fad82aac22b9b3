/**
 * The decoder of OPT: learned positions, layer norms, one perceptron without a gate.
 *
 * Source: transformers `modeling_opt.py`; "OPT: Open Pre-trained Transformer Language Models", arXiv 2205.01068.
 *
 * @module
 */

import { z } from "zod";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat, toFloat32 } from "../ops/cast.ts";
import { add } from "../ops/elementwise.ts";
import { gatherRows, lastToken } from "../ops/gather.ts";
import { linear } from "../ops/linear.ts";
import { mlp } from "../ops/mlp.ts";
import { layerNorm } from "../ops/norm.ts";
import { rowsWeight } from "../weights.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { linearLayer, linearWeights } from "./layers.ts";
import { hasWholeHeads } from "./whole_heads.ts";

/** What an OPT decoder's graph is built from. */
export interface OptDecoderConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Rows of the embedding table, and logits. */
  readonly vocabSize: number;
  /** Longest sequence, tokens. */
  readonly maxPositionEmbeddings: number;
  /** Activation of the perceptron. */
  readonly activation: Activation;
  /** Whether the linear layers have biases. */
  readonly hasBias: boolean;
  /** Whether a norm stands before attention and perceptron, or behind each with what passed around it. */
  readonly norms: "pre" | "post";
  /** Whether a norm stands behind the last layer. */
  readonly hasFinalNorm: boolean;
  /** Whether the norms have weights and biases. */
  readonly normsHaveWeights: boolean;
  /** Whether the output head is the embedding table. */
  readonly tieWordEmbeddings: boolean;
}

const count = z.int().positive();

/**
 * Checks the configuration of an OPT decoder and fills in what the configuration class of transformers assumes. Embeddings
 * of another width than the rows (OPT-350M) are refused.
 */
export const optDecoderSchema: z.ZodType<OptDecoderConfig> = z.looseObject({
  model_type: z.literal("opt"),
  vocab_size: count.default(50272),
  hidden_size: count.default(768),
  num_hidden_layers: layerCount.default(12),
  ffn_dim: count.default(3072),
  max_position_embeddings: count.default(2048),
  do_layer_norm_before: z.boolean().default(true),
  _remove_final_layer_norm: z.boolean().default(false),
  word_embed_proj_dim: count.nullish(),
  num_attention_heads: count.default(12),
  activation_function: activationName.default("relu"),
  enable_bias: z.boolean().default(true),
  layer_norm_elementwise_affine: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
}).transform((config, context): OptDecoderConfig => {
  const problem = (key: string, message: string) => {
    context.addIssue({ code: "custom", path: [key], message });
    return z.NEVER;
  };
  if (!hasWholeHeads(config, context)) return z.NEVER;
  if ((config.word_embed_proj_dim ?? config.hidden_size) !== config.hidden_size) {
    return problem("word_embed_proj_dim", `equal to hidden_size (${config.hidden_size})`);
  }
  const isPre = config.do_layer_norm_before;
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.ffn_dim,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    vocabSize: config.vocab_size,
    maxPositionEmbeddings: config.max_position_embeddings,
    activation: config.activation_function,
    hasBias: config.enable_bias,
    norms: isPre ? "pre" : "post",
    hasFinalNorm: isPre && !config._remove_final_layer_norm,
    normsHaveWeights: config.layer_norm_elementwise_affine,
    tieWordEmbeddings: config.tie_word_embeddings,
  };
});

/** Names of the weights, and how long sequences get. */
export interface OptDecoderOptions {
  /** Canonical name of the stack, before `.layers.0` and `.embed_tokens`. */
  readonly prefix: string;
  /** Canonical name of the output head. Not used if the head is the embedding table. */
  readonly head: string;
  /** Longest sequence that will be run, tokens: how much of the table of positions is kept. */
  readonly maxPositions: number;
}

/** The table of positions begins with rows that were meant for padding. */
const POSITION_OFFSET = 2;

/**
 * Appends a whole decoder with its inputs, KV cache and output.
 *
 * Inputs: `inputs_embeds` `float32` `[batch, num_tokens, hidden]`, `position_ids` `int64` `[batch, num_tokens]`, and the
 * cache's, see {@linkcode Graph.cache}. Output: `logits` `float32` `[batch, 1, vocab]` of the last token.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode optDecoderSchema}.
 * @param options Names of the weights.
 */
export function optDecoder(g: GraphBuilder, config: OptDecoderConfig, options: OptDecoderOptions): void {
  const { prefix, head, maxPositions } = options;
  const { hiddenSize, vocabSize, maxPositionEmbeddings } = config;
  const embeds = toFloat(g, g.input("inputs_embeds", "float32", ["batch", "num_tokens", hiddenSize]));
  const rows = [POSITION_OFFSET, POSITION_OFFSET + maxPositions] as const;
  const size = [POSITION_OFFSET + maxPositionEmbeddings, hiddenSize];
  const table = g.weight(rowsWeight(`${prefix}.embed_positions.weight`, rows, size));
  let x = add(g, embeds, gatherRows(g, table, g.input("position_ids", "int64", ["batch", "num_tokens"])));
  for (let layer = 0; layer < config.numLayers; layer++) x = optLayer(g, x, layer, `${prefix}.layers.${layer}`, config);
  const last = lastToken(g, x);
  const normed = config.hasFinalNorm ? norm(g, last, `${prefix}.final_layer_norm`, config) : last;
  const weight = config.tieWordEmbeddings ? `${prefix}.embed_tokens.weight` : `${head}.weight`;
  g.output("logits", toFloat32(g, linear(g, normed, { weight: g.weight(weight, [vocabSize, hiddenSize]) })));
}

function optLayer(g: GraphBuilder, x: Value, layer: number, name: string, config: OptDecoderConfig): Value {
  const { hiddenSize, intermediateSize, numHeads, hasBias } = config;
  const before = (rows: Value, part: string) =>
    config.norms === "pre" ? norm(g, rows, `${name}.${part}`, config) : rows;
  const after = (rows: Value, part: string) =>
    config.norms === "post" ? norm(g, rows, `${name}.${part}`, config) : rows;
  const project = (of: Value, part: string) => linearLayer(g, of, `${name}.self_attn.${part}`, hiddenSize, hasBias);

  const normed = before(x, "self_attn_layer_norm");
  const mixed = attention(g, {
    q: project(normed, "q_proj"),
    k: project(normed, "k_proj"),
    v: project(normed, "v_proj"),
  }, { numHeads, numKvHeads: numHeads, headDim: hiddenSize / numHeads, mask: "causal", cacheLayer: layer });
  const attended = after(add(g, x, project(mixed, "out_proj")), "self_attn_layer_norm");
  const fed = mlp(g, before(attended, "final_layer_norm"), {
    up: linearWeights(g, `${name}.fc1`, [intermediateSize, hiddenSize], hasBias),
    down: linearWeights(g, `${name}.fc2`, [hiddenSize, intermediateSize], hasBias),
  }, config.activation);
  return after(add(g, attended, fed), "final_layer_norm");
}

function norm(g: GraphBuilder, x: Value, name: string, { hiddenSize, normsHaveWeights }: OptDecoderConfig): Value {
  const weights = normsHaveWeights
    ? { weight: g.weight(`${name}.weight`, [hiddenSize]), bias: g.weight(`${name}.bias`, [hiddenSize]) }
    : { weight: g.weight(ones(hiddenSize)) };
  return layerNorm(g, x, weights, { eps: 1e-5 });
}

function ones(size: number) {
  return {
    name: `ones.${size}`,
    shape: [size],
    source: { kind: "constant", data: new Float32Array(size).fill(1) },
  } as const;
}
