/**
 * The Q-Former: learned queries that look at each other and, in some layers, at the rows of a picture; what they have seen
 * stands for the picture.
 *
 * Source: transformers `modeling_blip_2.py`; "BLIP-2", arXiv 2301.12597.
 *
 * @module
 */

import { z } from "zod";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { add } from "../ops/elementwise.ts";
import { mlp } from "../ops/mlp.ts";
import { layerNorm } from "../ops/norm.ts";
import { repeat } from "../ops/repeat.ts";
import { activationName } from "./activation_name.ts";
import { layerCount } from "./layer_count.ts";
import { linearLayer, linearWeights } from "./layers.ts";
import { hasWholeHeads } from "./whole_heads.ts";

/** What a Q-Former's graph is built from. */
export interface QFormerConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Heads. */
  readonly numHeads: number;
  /** Every so many layers, from the first one on, the queries look at the picture. */
  readonly crossAttentionFrequency: number;
  /** Activation of the perceptron. */
  readonly activation: Activation;
  /** Epsilon of the norms. */
  readonly layerNormEps: number;
}

const count = z.int().positive();

/** Checks the configuration of a Q-Former and fills in what the configuration class of transformers assumes. */
export const qformerSchema: z.ZodType<QFormerConfig> = z.looseObject({
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_hidden_layers: layerCount.default(12),
  num_attention_heads: count.default(12),
  cross_attention_frequency: count.default(2),
  hidden_act: activationName.default("gelu"),
  layer_norm_eps: z.number().positive().default(1e-12),
}).transform((config, context): QFormerConfig => {
  if (!hasWholeHeads(config, context)) return z.NEVER;
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    crossAttentionFrequency: config.cross_attention_frequency,
    activation: config.hidden_act,
    layerNormEps: config.layer_norm_eps,
  };
});

/** Where a Q-Former is and what it looks at. */
export interface QFormerOptions {
  /** Canonical name, before `.layernorm` and `.encoder`. */
  readonly prefix: string;
  /** The queries: a weight `[1, num_queries, hidden]`. */
  readonly queries: Value;
  /** Rows of the pictures: `float` `[num_images, num_rows, width]`. */
  readonly pictures: Value;
}

/**
 * Appends a Q-Former.
 *
 * @param g The graph.
 * @param config Extents and settings, from {@linkcode qformerSchema}.
 * @param options Its name, its queries and the pictures.
 * @returns `float` `[num_images, num_queries, hidden]`.
 */
export function qformer(g: GraphBuilder, config: QFormerConfig, options: QFormerOptions): Value {
  const { prefix, queries, pictures } = options;
  const eps = config.layerNormEps;
  let x = layerNorm(g, repeat(g, queries, pictures), normWeights(g, `${prefix}.layernorm`, config.hiddenSize), { eps });
  for (let layer = 0; layer < config.numLayers; layer++) {
    const name = `${prefix}.encoder.layer.${layer}`;
    x = attended(g, x, x, `${name}.attention`, config);
    if (layer % config.crossAttentionFrequency === 0) x = attended(g, x, pictures, `${name}.crossattention`, config);
    x = fed(g, x, name, config);
  }
  return x;
}

/** Attention to `seen`, added to the rows, then the norm. */
function attended(g: GraphBuilder, x: Value, seen: Value, name: string, config: QFormerConfig): Value {
  const { hiddenSize, numHeads } = config;
  const project = (of: Value, part: string) => linearLayer(g, of, `${name}.attention.${part}`, hiddenSize, true);
  const mixed = attention(g, { q: project(x, "query"), k: project(seen, "key"), v: project(seen, "value") }, {
    numHeads,
    numKvHeads: numHeads,
    headDim: hiddenSize / numHeads,
    mask: "bidirectional",
  });
  return normedSum(g, linearLayer(g, mixed, `${name}.output.dense`, hiddenSize, true), x, `${name}.output`, config);
}

/** The perceptron of the queries, added to the rows, then the norm. */
function fed(g: GraphBuilder, x: Value, name: string, config: QFormerConfig): Value {
  const { hiddenSize, intermediateSize } = config;
  const inner = mlp(g, x, {
    up: linearWeights(g, `${name}.intermediate_query.dense`, [intermediateSize, hiddenSize], true),
    down: linearWeights(g, `${name}.output_query.dense`, [hiddenSize, intermediateSize], true),
  }, config.activation);
  return normedSum(g, inner, x, `${name}.output_query`, config);
}

function normedSum(g: GraphBuilder, a: Value, b: Value, name: string, config: QFormerConfig): Value {
  const weights = normWeights(g, `${name}.LayerNorm`, config.hiddenSize);
  return layerNorm(g, add(g, a, b), weights, { eps: config.layerNormEps });
}

function normWeights(g: GraphBuilder, name: string, size: number): { weight: Value; bias: Value } {
  return { weight: g.weight(`${name}.weight`, [size]), bias: g.weight(`${name}.bias`, [size]) };
}
