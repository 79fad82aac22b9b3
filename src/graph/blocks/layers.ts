import type { GraphBuilder } from "../builder.ts";
import { linear, type LinearWeights } from "../ops/linear.ts";
import type { Value } from "../graph.ts";

/**
 * Declares the weights of a linear layer: `{name}.weight` and, if asked for, `{name}.bias`.
 *
 * @param g The graph.
 * @param name Canonical name of the layer.
 * @param size Width of the result and of the operand.
 * @param hasBias Whether there is a bias.
 * @returns The weights.
 */
export function linearWeights(
  g: GraphBuilder,
  name: string,
  [to, from]: readonly [to: number, from: number],
  hasBias: boolean,
): LinearWeights {
  return {
    weight: g.weight(`${name}.weight`, [to, from]),
    bias: hasBias ? g.weight(`${name}.bias`, [to]) : undefined,
  };
}

/**
 * Appends a linear layer whose weights are called after it.
 *
 * @param g The graph.
 * @param x `float` `[..., from]`.
 * @param name Canonical name of the layer.
 * @param to Width of the result.
 * @param hasBias Whether there is a bias.
 * @returns `float` `[..., to]`.
 */
export function linearLayer(g: GraphBuilder, x: Value, name: string, to: number, hasBias: boolean): Value {
  return linear(g, x, linearWeights(g, name, [to, Number(x.shape.at(-1))], hasBias));
}
