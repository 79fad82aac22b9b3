/**
 * The vision towers of CLIP and SigLIP, as far as their hidden states are wanted.
 *
 * Source: transformers `modeling_clip.py`, `modeling_siglip.py`; which states are taken: `modeling_llava.py`.
 *
 * @module
 */

import { z } from "zod";
import type { GraphBuilder } from "../builder.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat } from "../ops/cast.ts";
import { conv2d } from "../ops/conv2d.ts";
import { add } from "../ops/elementwise.ts";
import { mlp } from "../ops/mlp.ts";
import { layerNorm } from "../ops/norm.ts";
import { concat } from "../ops/concat.ts";
import { repeat } from "../ops/repeat.ts";
import { reshape } from "../ops/reshape.ts";
import { slice } from "../ops/slice.ts";
import { transpose } from "../ops/transpose.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { linearLayer, linearWeights } from "./layers.ts";
import { hasWholeHeads } from "./whole_heads.ts";

/** What a tower's graph is built from. */
export interface VisionTowerConfig {
  /** CLIP has a class token in front of the patches and a norm before the layers; SigLIP has a bias on the patches. */
  readonly kind: "clip" | "siglip";
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Colour channels. */
  readonly numChannels: number;
  /** Height and width of a picture, pixels. */
  readonly imageSize: number;
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Activation of the perceptron. */
  readonly activation: Activation;
  /** Epsilon of the norms. */
  readonly layerNormEps: number;
}

const count = z.int().positive();

/**
 * Checks the vision configuration of a CLIP or SigLIP tower and fills in what the configuration classes of transformers
 * assume.
 */
export const visionTowerSchema: z.ZodType<VisionTowerConfig> = z.looseObject({
  model_type: z.enum(["clip_vision_model", "siglip_vision_model"]),
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_hidden_layers: layerCount.default(12),
  num_attention_heads: count.default(12),
  num_channels: count.default(3),
  image_size: count.default(224),
  patch_size: count.optional(),
  hidden_act: activationName.optional(),
  layer_norm_eps: z.number().positive().optional(),
}).transform((config, context): VisionTowerConfig => {
  const isClip = config.model_type === "clip_vision_model";
  if (!hasWholeHeads(config, context)) return z.NEVER;
  return {
    kind: isClip ? "clip" : "siglip",
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    numChannels: config.num_channels,
    imageSize: config.image_size,
    patchSize: config.patch_size ?? (isClip ? 32 : 16),
    activation: config.hidden_act ?? (isClip ? "quick_gelu" : "gelu_pytorch_tanh"),
    layerNormEps: config.layer_norm_eps ?? (isClip ? 1e-5 : 1e-6),
  };
});

/** Which hidden states are the features of a picture; `vision_feature_*` in config.json. */
export interface VisionTowerOptions {
  /** Canonical name of the tower, before `.embeddings` and `.encoder`; `vision_tower` if absent. */
  readonly prefix?: string;
  /** Hidden state: 0 is what enters the first layer, negative counts from the end; several are joined in width. */
  readonly featureLayer: number | readonly number[];
  /** `default` drops the first token of each picture, CLIP's class token; `full` keeps it. */
  readonly selectStrategy: "default" | "full";
}

/** Patches and positions, and CLIP's class token and norm. */
function embedPatches(g: GraphBuilder, config: VisionTowerConfig, prefix: string): Value {
  const { kind, hiddenSize, numChannels, imageSize, patchSize, layerNormEps: eps } = config;
  const name = `${prefix}.embeddings`;
  const pixels = toFloat(g, g.input("pixel_values", "float32", ["num_images", numChannels, imageSize, imageSize]));
  const grid = conv2d(g, pixels, {
    weight: g.weight(`${name}.patch_embedding.weight`, [hiddenSize, numChannels, patchSize, patchSize]),
    bias: kind === "siglip" ? g.weight(`${name}.patch_embedding.bias`, [hiddenSize]) : undefined,
  }, { stride: patchSize });
  const numPatches = Math.floor(imageSize / patchSize) ** 2;
  const patches = transpose(g, reshape(g, grid, ["num_images", hiddenSize, numPatches]), [0, 2, 1]);
  const position = (length: number) => g.weight(`${name}.position_embedding.weight`, [length, hiddenSize]);
  if (kind === "siglip") return add(g, patches, position(numPatches));
  const tensor = `${name}.class_embedding`;
  const token = g.weight({ name: tensor, shape: [1, 1, hiddenSize], source: { kind: "tensor", tensor } });
  const tokens = add(g, concat(g, [repeat(g, token, patches), patches], 1), position(numPatches + 1));
  return layerNorm(g, tokens, normWeights(g, `${prefix}.pre_layrnorm`, hiddenSize), { eps });
}

function normWeights(g: GraphBuilder, name: string, size: number): { weight: Value; bias: Value } {
  return { weight: g.weight(`${name}.weight`, [size]), bias: g.weight(`${name}.bias`, [size]) };
}

/**
 * Appends one encoder layer: attention and perceptron, each behind a norm and around which the rows pass unchanged.
 *
 * @param g The graph.
 * @param x `float` `[num_images, tokens, hidden]`.
 * @param name Canonical name of the layer.
 * @param config Extents and settings.
 * @returns `float`, the shape of `x`.
 */
export function visionLayer(g: GraphBuilder, x: Value, name: string, config: VisionTowerConfig): Value {
  const { hiddenSize, intermediateSize, numHeads, layerNormEps: eps } = config;
  const normed = layerNorm(g, x, normWeights(g, `${name}.layer_norm1`, hiddenSize), { eps });
  const project = (part: string) => linearLayer(g, normed, `${name}.self_attn.${part}_proj`, hiddenSize, true);
  const mixed = attention(g, { q: project("q"), k: project("k"), v: project("v") }, {
    numHeads,
    numKvHeads: numHeads,
    headDim: hiddenSize / numHeads,
    mask: "bidirectional",
  });
  const attended = add(g, x, linearLayer(g, mixed, `${name}.self_attn.out_proj`, hiddenSize, true));
  const fed = mlp(g, layerNorm(g, attended, normWeights(g, `${name}.layer_norm2`, hiddenSize), { eps }), {
    up: linearWeights(g, `${name}.mlp.fc1`, [intermediateSize, hiddenSize], true),
    down: linearWeights(g, `${name}.mlp.fc2`, [hiddenSize, intermediateSize], true),
  }, config.activation);
  return add(g, attended, fed);
}

/**
 * Appends a vision tower with its input `pixel_values` `float32` `[num_images, channels, image_size, image_size]`; no layer
 * beyond the last one that is asked for is run.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode visionTowerSchema}.
 * @param options Which hidden states are wanted.
 * @returns `float` `[num_images, tokens, hidden * layers asked for]`.
 * @throws {CheckpointError} If a hidden state is asked for that the tower does not have.
 */
export function visionTower(g: GraphBuilder, config: VisionTowerConfig, options: VisionTowerOptions): Value {
  const { prefix = "vision_tower", featureLayer, selectStrategy } = options;
  const asked = typeof featureLayer === "number" ? [featureLayer] : featureLayer;
  const wanted = asked.map((layer) => {
    const index = layer < 0 ? config.numLayers + 1 + layer : layer;
    if (index >= 0 && index <= config.numLayers) return index;
    throw new CheckpointError(`Expected a hidden state of ${config.numLayers} layers: found ${layer}`, {
      param: "config.json: vision_feature_layer",
    });
  });
  const states = [embedPatches(g, config, prefix)];
  for (let layer = 0; layer < Math.max(...wanted); layer++) {
    states.push(visionLayer(g, states[layer], `${prefix}.encoder.layers.${layer}`, config));
  }
  const features = wanted.map((index) =>
    selectStrategy === "full" ? states[index] : slice(g, states[index], { axis: 1, start: 1 })
  );
  return features.length === 1 ? features[0] : concat(g, features, 2);
}
