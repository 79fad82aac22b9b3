/**
 * The vision tower of Pixtral and Mistral 3: pictures of any size as patches, rotary positions of rows and columns, RMS norms
 * and gated perceptrons as in a decoder; and the merger of Mistral 3, which joins the patches of a cell.
 *
 * Source: transformers `modeling_pixtral.py`, `Mistral3PatchMerger` of `modeling_mistral3.py`.
 *
 * @module
 */

import { z } from "zod";
import { CheckpointError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import { multiplyDims } from "../dims.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { toFloat } from "../ops/cast.ts";
import { concat } from "../ops/concat.ts";
import { add } from "../ops/elementwise.ts";
import { linear } from "../ops/linear.ts";
import { gatedMlp } from "../ops/mlp.ts";
import { rmsNorm } from "../ops/norm.ts";
import { reshape } from "../ops/reshape.ts";
import { rotaryTables } from "../ops/rotary_tables.ts";
import { transpose } from "../ops/transpose.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { linearLayer, linearWeights } from "./layers.ts";

/** What a tower's graph is built from. */
export interface PixtralTowerConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the gated perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Colour channels. */
  readonly numChannels: number;
  /** Height and width of a patch, pixels. */
  readonly patchSize: number;
  /** Activation of the gate. */
  readonly activation: Activation;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
}

/** All norms of the tower have this epsilon, whatever the configuration says. */
const NORM_EPS = 1e-5;

const count = z.int().positive();
const ropeSchema = z.looseObject({
  rope_type: z.enum(["axial", "default"]).optional(),
  rope_theta: z.number().positive().optional(),
});

/** Checks the configuration of a Pixtral tower and fills in what the configuration class of transformers assumes. */
export const pixtralTowerSchema: z.ZodType<PixtralTowerConfig> = z.looseObject({
  model_type: z.literal("pixtral"),
  hidden_size: count.default(1024),
  intermediate_size: count.default(4096),
  num_hidden_layers: layerCount.default(24),
  num_attention_heads: count.default(16),
  num_channels: z.literal(3).default(3),
  patch_size: z.union([count, z.tuple([count, count]).refine(([rows, columns]) => rows === columns, "a square")])
    .default(16),
  hidden_act: activationName.default("gelu"),
  rope_theta: z.number().positive().default(10000),
  rope_parameters: ropeSchema.nullish(),
}).transform((config, context): PixtralTowerConfig => {
  const headDim = config.hidden_size / config.num_attention_heads;
  if (headDim % 2 !== 0) {
    const message = `twice a multiple of num_attention_heads (${config.num_attention_heads})`;
    context.addIssue({ code: "custom", path: ["hidden_size"], message });
    return z.NEVER;
  }
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    headDim,
    numChannels: config.num_channels,
    patchSize: typeof config.patch_size === "number" ? config.patch_size : config.patch_size[0],
    activation: config.hidden_act,
    ropeTheta: config.rope_parameters?.rope_theta ?? config.rope_theta,
  };
});

/** Which hidden states are the features of a picture, and what its patches are grouped by. */
export interface PixtralTowerOptions {
  /** Canonical name of the tower, before `.patch_conv`; `vision_tower` if absent. */
  readonly prefix?: string;
  /** Hidden state: 0 is what enters the first layer, negative counts from the end; several are joined in width. */
  readonly featureLayer: number | readonly number[];
  /** Patches along a side of a cell. */
  readonly mergeSize: number;
}

/** One layer: attention and perceptron, each behind a norm and around which the rows pass unchanged. */
function towerLayer(
  g: GraphBuilder,
  x: Value,
  name: string,
  config: PixtralTowerConfig,
  tables: { readonly cos: Value; readonly sin: Value },
): Value {
  const { hiddenSize, intermediateSize, numHeads, headDim } = config;
  const norm = (of: Value, part: string) =>
    rmsNorm(g, of, g.weight(`${name}.${part}.weight`, [hiddenSize]), { eps: NORM_EPS });
  const normed = norm(x, "attention_norm");
  const project = (part: string) => linearLayer(g, normed, `${name}.attention.${part}_proj`, hiddenSize, false);
  const rotate = (rows: Value) => rotaryTables(g, rows, tables, { numHeads, headDim });
  const mixed = attention(g, { q: rotate(project("q")), k: rotate(project("k")), v: project("v") }, {
    numHeads,
    numKvHeads: numHeads,
    headDim,
    mask: "bidirectional",
  });
  const attended = add(g, x, linearLayer(g, mixed, `${name}.attention.o_proj`, hiddenSize, false));
  const fed = gatedMlp(g, norm(attended, "ffn_norm"), {
    gate: linearWeights(g, `${name}.feed_forward.gate_proj`, [intermediateSize, hiddenSize], false),
    up: linearWeights(g, `${name}.feed_forward.up_proj`, [intermediateSize, hiddenSize], false),
    down: linearWeights(g, `${name}.feed_forward.down_proj`, [hiddenSize, intermediateSize], false),
  }, config.activation);
  return add(g, attended, fed);
}

/**
 * Appends a tower for one picture with the inputs that `pixtralInputs` makes: `patches`, `rotary_cos` and `rotary_sin`, cell
 * by cell. No layer beyond the last one that is asked for is run.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode pixtralTowerSchema}.
 * @param options Which hidden states are wanted, and how large a cell is.
 * @returns `float` `[1, mergeSize^2 * num_rows, hidden * layers asked for]`.
 * @throws {CheckpointError} If a hidden state is asked for that the tower does not have.
 */
export function pixtralTower(g: GraphBuilder, config: PixtralTowerConfig, options: PixtralTowerOptions): Value {
  const { prefix = "vision_tower", featureLayer, mergeSize } = options;
  const { hiddenSize, numChannels, patchSize, headDim, numLayers } = config;
  const wanted = (typeof featureLayer === "number" ? [featureLayer] : featureLayer).map((layer) => {
    const index = layer < 0 ? numLayers + 1 + layer : layer;
    if (index >= 0 && index <= numLayers) return index;
    throw new CheckpointError(`Expected a hidden state of ${numLayers} layers: found ${layer}`, {
      param: "config.json: vision_feature_layer",
    });
  });
  const cell = mergeSize ** 2;
  const numPatches = multiplyDims(cell, "num_rows");
  const patchValues = numChannels * patchSize ** 2;
  const input = (name: string, width: number) => toFloat(g, g.input(name, "float32", ["num_rows", cell, width]));
  const table = (name: string) => reshape(g, input(name, headDim / 2), [numPatches, headDim / 2]);
  const tables = { cos: table("rotary_cos"), sin: table("rotary_sin") };
  const patches = reshape(g, input("patches", patchValues), [1, numPatches, patchValues]);
  const tensor = `${prefix}.patch_conv.weight`;
  const kernel = g.weight({ name: tensor, shape: [hiddenSize, patchValues], source: { kind: "tensor", tensor } });
  const norm = g.weight(`${prefix}.ln_pre.weight`, [hiddenSize]);
  const states = [rmsNorm(g, linear(g, patches, { weight: kernel }), norm, { eps: NORM_EPS })];
  for (let layer = 0; layer < Math.max(...wanted); layer++) {
    states.push(towerLayer(g, states[layer], `${prefix}.transformer.layers.${layer}`, config, tables));
  }
  return wanted.length === 1 ? states[wanted[0]] : concat(g, wanted.map((index) => states[index]), 2);
}

/**
 * Appends the merger of Mistral 3: the patches of a cell become one row. Their elements are interleaved as by torch's
 * `unfold`: all patches of the first element, then of the second.
 *
 * @param g The graph.
 * @param x `float` `[1, mergeSize^2 * num_rows, hidden]`, cell by cell.
 * @param config Canonical name, before `.norm` and `.patch_merger`; patches along a side of a cell; epsilon of the norm.
 * @returns `float` `[num_rows, hidden]`.
 */
export function patchMerger(
  g: GraphBuilder,
  x: Value,
  config: { readonly prefix: string; readonly mergeSize: number; readonly eps: number },
): Value {
  const { prefix, mergeSize, eps } = config;
  const hidden = Number(x.shape[2]);
  const cell = mergeSize ** 2;
  const normed = rmsNorm(g, x, g.weight(`${prefix}.norm.weight`, [hidden]), { eps });
  const cells = transpose(g, reshape(g, normed, ["num_rows", cell, hidden]), [0, 2, 1]);
  const joined = reshape(g, cells, ["num_rows", hidden * cell]);
  return linearLayer(g, joined, `${prefix}.patch_merger.merging_layer`, hidden, false);
}
