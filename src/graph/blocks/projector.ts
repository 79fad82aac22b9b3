/**
 * The connector of LLaVA: two linear layers that bring a tower's features into the width of the language network.
 *
 * Source: transformers `LlavaMultiModalProjector`.
 *
 * @module
 */

import type { GraphBuilder } from "../builder.ts";
import { multiplyDims } from "../dims.ts";
import type { Value } from "../graph.ts";
import type { Activation } from "../ops/activation.ts";
import { toFloat32 } from "../ops/cast.ts";
import { mlp } from "../ops/mlp.ts";
import { reshape } from "../ops/reshape.ts";
import { linearWeights } from "./layers.ts";

/** What a projector's graph is built from. */
export interface ProjectorConfig {
  /** Canonical name, before `.linear_1`; `multi_modal_projector` if absent. */
  readonly prefix?: string;
  /** Width of the language network. */
  readonly hiddenSize: number;
  /** Between the layers. */
  readonly activation: Activation;
  /** Whether both layers have a bias. */
  readonly hasBias: boolean;
}

/**
 * Appends a projector.
 *
 * @param g The graph.
 * @param x `float` `[num_images, tokens, features]`.
 * @param config Width, activation, bias.
 * @returns `float` `[num_images, tokens, hidden]`.
 */
export function projector(g: GraphBuilder, x: Value, config: ProjectorConfig): Value {
  const { prefix = "multi_modal_projector", hiddenSize, activation, hasBias } = config;
  return mlp(g, x, {
    up: linearWeights(g, `${prefix}.linear_1`, [hiddenSize, Number(x.shape.at(-1))], hasBias),
    down: linearWeights(g, `${prefix}.linear_2`, [hiddenSize, hiddenSize], hasBias),
  }, activation);
}

/**
 * Makes the tokens of all items the output `rows` `float32` `[num_items * tokens, hidden]`, item by item.
 *
 * @param g The graph.
 * @param x `float` `[num_items, tokens, hidden]`.
 */
export function outputRows(g: GraphBuilder, x: Value): void {
  const [items, tokens, hidden] = x.shape;
  g.output("rows", toFloat32(g, reshape(g, x, [multiplyDims(items, tokens), hidden])));
}
