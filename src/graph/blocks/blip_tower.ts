/**
 * The vision tower of BLIP-2: a vision transformer with a class token, queries, keys and values in one tensor, and a norm
 * behind the last layer.
 *
 * Source: transformers `modeling_blip_2.py`.
 *
 * @module
 */

import { z } from "zod";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat } from "../ops/cast.ts";
import { concat } from "../ops/concat.ts";
import { conv2d } from "../ops/conv2d.ts";
import { add } from "../ops/elementwise.ts";
import { linear } from "../ops/linear.ts";
import { mlp } from "../ops/mlp.ts";
import { layerNorm } from "../ops/norm.ts";
import { repeat } from "../ops/repeat.ts";
import { reshape } from "../ops/reshape.ts";
import { transpose } from "../ops/transpose.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { joinedLinearWeights, linearLayer, linearWeights } from "./layers.ts";
import { hasWholeHeads } from "./whole_heads.ts";

/** What a tower's graph is built from. */
export interface BlipTowerConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Height and width of a picture, pixels. */
  readonly imageSize: number;
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Whether queries, keys and values have a bias. */
  readonly qkvBias: boolean;
  /** Activation of the perceptron. */
  readonly activation: Activation;
  /** Epsilon of the norms. */
  readonly layerNormEps: number;
}

const count = z.int().positive();

/** Checks the configuration of a tower and fills in what the configuration class of transformers assumes. */
export const blipTowerSchema: z.ZodType<BlipTowerConfig> = z.looseObject({
  hidden_size: count.default(1408),
  intermediate_size: count.default(6144),
  num_hidden_layers: layerCount.default(39),
  num_attention_heads: count.default(16),
  image_size: count.default(224),
  patch_size: count.default(14),
  qkv_bias: z.boolean().default(true),
  hidden_act: activationName.default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-6),
}).transform((config, context): BlipTowerConfig => {
  if (!hasWholeHeads(config, context)) return z.NEVER;
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    imageSize: config.image_size,
    patchSize: config.patch_size,
    qkvBias: config.qkv_bias,
    activation: config.hidden_act,
    layerNormEps: config.layer_norm_eps,
  };
});

/**
 * Appends a tower with its input `pixel_values` `float32` `[num_images, 3, image_size, image_size]`.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode blipTowerSchema}.
 * @param prefix Canonical name of the tower, before `.embeddings` and `.encoder`.
 * @returns `float` `[num_images, 1 + patches, hidden]`.
 */
export function blipTower(g: GraphBuilder, config: BlipTowerConfig, prefix: string): Value {
  const { hiddenSize, layerNormEps: eps } = config;
  let x = embedPatches(g, config, `${prefix}.embeddings`);
  for (let layer = 0; layer < config.numLayers; layer++) {
    x = blipLayer(g, x, `${prefix}.encoder.layers.${layer}`, config);
  }
  return layerNorm(g, x, normWeights(g, `${prefix}.post_layernorm`, hiddenSize), { eps });
}

/** The class token and the patches, with their positions. */
function embedPatches(g: GraphBuilder, { hiddenSize, imageSize, patchSize }: BlipTowerConfig, name: string): Value {
  const pixels = toFloat(g, g.input("pixel_values", "float32", ["num_images", 3, imageSize, imageSize]));
  const grid = conv2d(g, pixels, {
    weight: g.weight(`${name}.patch_embedding.weight`, [hiddenSize, 3, patchSize, patchSize]),
    bias: g.weight(`${name}.patch_embedding.bias`, [hiddenSize]),
  }, { stride: patchSize });
  const numPatches = Math.floor(imageSize / patchSize) ** 2;
  const patches = transpose(g, reshape(g, grid, ["num_images", hiddenSize, numPatches]), [0, 2, 1]);
  const token = g.weight(`${name}.class_embedding`, [1, 1, hiddenSize]);
  const tokens = concat(g, [repeat(g, token, patches), patches], 1);
  return add(g, tokens, g.weight(`${name}.position_embedding`, [1, numPatches + 1, hiddenSize]));
}

/** Attention and perceptron, each behind a norm and around which the rows pass unchanged. */
function blipLayer(g: GraphBuilder, x: Value, name: string, config: BlipTowerConfig): Value {
  const { hiddenSize, intermediateSize, numHeads, layerNormEps: eps } = config;
  const normed = layerNorm(g, x, normWeights(g, `${name}.layer_norm1`, hiddenSize), { eps });
  const { q, k, v } = joinedLinearWeights(g, `${name}.self_attn`, {
    joined: "qkv",
    parts: { q: hiddenSize, k: hiddenSize, v: hiddenSize },
    from: hiddenSize,
    hasBias: config.qkvBias,
  });
  const mixed = attention(g, { q: linear(g, normed, q), k: linear(g, normed, k), v: linear(g, normed, v) }, {
    numHeads,
    numKvHeads: numHeads,
    headDim: hiddenSize / numHeads,
    mask: "bidirectional",
  });
  const attended = add(g, x, linearLayer(g, mixed, `${name}.self_attn.projection`, hiddenSize, true));
  const fed = mlp(g, layerNorm(g, attended, normWeights(g, `${name}.layer_norm2`, hiddenSize), { eps }), {
    up: linearWeights(g, `${name}.mlp.fc1`, [intermediateSize, hiddenSize], true),
    down: linearWeights(g, `${name}.mlp.fc2`, [hiddenSize, intermediateSize], true),
  }, config.activation);
  return add(g, attended, fed);
}

function normWeights(g: GraphBuilder, name: string, size: number): { weight: Value; bias: Value } {
  return { weight: g.weight(`${name}.weight`, [size]), bias: g.weight(`${name}.bias`, [size]) };
}
