import type { GraphBuilder } from "../builder.ts";
import { linear, type LinearWeights } from "../ops/linear.ts";
import type { Value } from "../graph.ts";
import { rowsWeight } from "../weights.ts";

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

/** What {@linkcode joinedLinearWeights} is told. */
export interface JoinedLayers<Part extends string> {
  /** Name of the tensor that holds all parts one behind the other; absent if each has a tensor of its own. */
  readonly joined?: string;
  /** Width of each part, by its own name, in the order in which the tensor holds them. */
  readonly parts: Readonly<Record<Part, number>>;
  /** Width of the operand. */
  readonly from: number;
  /** Whether there are biases. */
  readonly hasBias: boolean;
}

/**
 * Declares the weights of linear layers over the same operand, which some checkpoints hold as one tensor.
 *
 * @param g The graph.
 * @param prefix Canonical name of the module that has them.
 * @param layers Names and widths.
 * @returns The weights by part.
 */
export function joinedLinearWeights<Part extends string>(
  g: GraphBuilder,
  prefix: string,
  { joined, parts, from, hasBias }: JoinedLayers<Part>,
): Record<Part, LinearWeights> {
  const widths = Object.entries(parts) as [Part, number][];
  const total = widths.reduce((sum, [, width]) => sum + width, 0);
  let start = 0;
  const weights = widths.map(([part, width]): [Part, LinearWeights] => {
    if (joined === undefined) return [part, linearWeights(g, `${prefix}.${part}`, [width, from], hasBias)];
    const range = [start, start += width] as const;
    const name = `${prefix}.${joined}`;
    return [part, {
      weight: g.weight(rowsWeight(`${name}.weight`, range, [total, from])),
      bias: hasBias ? g.weight(rowsWeight(`${name}.bias`, range, [total])) : undefined,
    }];
  });
  return Object.fromEntries(weights) as Record<Part, LinearWeights>;
}
