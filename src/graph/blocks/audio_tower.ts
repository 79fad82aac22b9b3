/**
 * The audio tower of Whisper and Qwen2-Audio: two convolutions over the spectrogram, learned positions, encoder layers, and
 * neighbours averaged.
 *
 * Source: transformers `modeling_qwen2_audio.py` (after `modeling_whisper.py`).
 *
 * @module
 */

import { z } from "zod";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { type Activation, activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat } from "../ops/cast.ts";
import { conv1d } from "../ops/conv1d.ts";
import { add, scale } from "../ops/elementwise.ts";
import { gatherRows } from "../ops/gather.ts";
import { linear } from "../ops/linear.ts";
import { mlp } from "../ops/mlp.ts";
import { layerNorm } from "../ops/norm.ts";
import { reshape } from "../ops/reshape.ts";
import { squeeze } from "../ops/squeeze.ts";
import { transpose } from "../ops/transpose.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { linearWeights } from "./layers.ts";

/** What an audio tower's graph is built from. */
export interface AudioTowerConfig {
  /** Rows of the spectrogram. */
  readonly numMelBins: number;
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Rows of the table of positions; half as many as the spectrogram's frames. */
  readonly maxSourcePositions: number;
  /** Activation of the perceptron. */
  readonly activation: Activation;
}

const count = z.int().positive();

/** Checks the configuration of a tower and fills in what the configuration class of transformers assumes. */
export const audioTowerSchema: z.ZodType<AudioTowerConfig> = z.looseObject({
  model_type: z.literal("qwen2_audio_encoder").default("qwen2_audio_encoder"),
  num_mel_bins: count.default(128),
  d_model: count.default(1280),
  encoder_layers: layerCount.default(32),
  encoder_attention_heads: count.default(20),
  encoder_ffn_dim: count.default(5120),
  max_source_positions: count.default(1500),
  activation_function: activationName.default("gelu"),
}).transform((config, context): AudioTowerConfig => {
  if (config.d_model % config.encoder_attention_heads !== 0) {
    const message = `a multiple of encoder_attention_heads (${config.encoder_attention_heads})`;
    context.addIssue({ code: "custom", path: ["d_model"], message });
    return z.NEVER;
  }
  return {
    numMelBins: config.num_mel_bins,
    hiddenSize: config.d_model,
    intermediateSize: config.encoder_ffn_dim,
    numLayers: config.encoder_layers,
    numHeads: config.encoder_attention_heads,
    maxSourcePositions: config.max_source_positions,
    activation: config.activation_function,
  };
});

/** Epsilon of all norms, torch's own. */
const NORM = { eps: 1e-5 };

/**
 * Appends the tower for one sound. The frames behind its end are silence that no row may see, so they are left out: what is
 * run is the sound, and only the frames beside its end that the convolutions reach.
 *
 * Inputs: `input_features` `float32` `[1, num_mel_bins, num_frames]`; `positions` `int64` `[num_positions]`, 0, 1, 2, ... for
 * each position that lies in the sound; `even` and `odd` `int64` `[num_rows]`, the positions whose mean is a row.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode audioTowerSchema}.
 * @param prefix Canonical name of the tower, before `.conv1` and `.layers`.
 * @returns `float` `[num_rows, hidden]`.
 */
export function audioTower(g: GraphBuilder, config: AudioTowerConfig, prefix: string): Value {
  const { hiddenSize, maxSourcePositions } = config;
  const positions = g.input("positions", "int64", ["num_positions"]);
  const states = gatherRows(g, convolved(g, config, prefix), positions);
  const table = g.weight(`${prefix}.embed_positions.weight`, [maxSourcePositions, hiddenSize]);
  let x = reshape(g, add(g, states, gatherRows(g, table, positions)), [1, "num_positions", hiddenSize]);
  for (let layer = 0; layer < config.numLayers; layer++) {
    x = encoderLayer(g, x, `${prefix}.layers.${layer}`, config);
  }
  const rows = squeeze(g, x, 0);
  const every = (name: string) => gatherRows(g, rows, g.input(name, "int64", ["num_rows"]));
  const means = scale(g, add(g, every("even"), every("odd")), 0.5);
  return layerNorm(g, means, normWeights(g, `${prefix}.layer_norm`, hiddenSize), NORM);
}

/** Two convolutions, the second of which takes every other frame: `[num_conv_frames, hidden]`. */
function convolved(g: GraphBuilder, { numMelBins, hiddenSize }: AudioTowerConfig, prefix: string): Value {
  const convolve = (x: Value, name: string, from: number, stride: number, length: string) =>
    activation(
      g,
      conv1d(g, x, {
        weight: g.weight(`${prefix}.${name}.weight`, [hiddenSize, from, 3]),
        bias: g.weight(`${prefix}.${name}.bias`, [hiddenSize]),
      }, { stride, padding: 1, length }),
      "gelu",
    );
  const features = toFloat(g, g.input("input_features", "float32", [1, numMelBins, "num_frames"]));
  const wide = convolve(features, "conv1", numMelBins, 1, "num_frames");
  const half = convolve(wide, "conv2", hiddenSize, 2, "num_conv_frames");
  return squeeze(g, transpose(g, half, [0, 2, 1]), 0);
}

/** Attention and perceptron, each behind a norm and around which the rows pass unchanged; keys have no bias. */
function encoderLayer(g: GraphBuilder, x: Value, name: string, config: AudioTowerConfig): Value {
  const { hiddenSize, intermediateSize, numHeads } = config;
  const normed = layerNorm(g, x, normWeights(g, `${name}.self_attn_layer_norm`, hiddenSize), NORM);
  const project = (of: Value, part: string, hasBias = true) =>
    linear(g, of, linearWeights(g, `${name}.self_attn.${part}`, [hiddenSize, hiddenSize], hasBias));
  const mixed = attention(g, {
    q: project(normed, "q_proj"),
    k: project(normed, "k_proj", false),
    v: project(normed, "v_proj"),
  }, { numHeads, numKvHeads: numHeads, headDim: hiddenSize / numHeads, mask: "bidirectional" });
  const attended = add(g, x, project(mixed, "out_proj"));
  const fed = mlp(g, layerNorm(g, attended, normWeights(g, `${name}.final_layer_norm`, hiddenSize), NORM), {
    up: linearWeights(g, `${name}.fc1`, [intermediateSize, hiddenSize], true),
    down: linearWeights(g, `${name}.fc2`, [hiddenSize, intermediateSize], true),
  }, config.activation);
  return add(g, attended, fed);
}

function normWeights(g: GraphBuilder, name: string, size: number): { weight: Value; bias: Value } {
  return { weight: g.weight(`${name}.weight`, [size]), bias: g.weight(`${name}.bias`, [size]) };
}
