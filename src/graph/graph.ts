/**
 * The graph: plain data that says which ops make the outputs of a network from its inputs and weights.
 *
 * @module
 */

import type { Shape } from "./dims.ts";
import type { WeightSpec } from "./weights.ts";

/**
 * Element type of a value. `float` is the graph's own float type, f32 or f16, chosen when the graph is lowered;
 * `float32` is 32 bits wide whatever is chosen, as the host's inputs and outputs are.
 */
export type ElementType = "float" | "float32" | "int32" | "int64" | "bool";

/** Something that an op reads or writes: an input, a weight or a result. */
export interface Value {
  /** Unique in the graph. */
  readonly name: string;
  /** Element type. */
  readonly type: ElementType;
  /** Named and numeric dimensions, outermost first. */
  readonly shape: Shape;
}

/** What an attribute of a node may be. */
export type AttributeValue = number | string | boolean | readonly (number | string)[] | AttributeMap | undefined;

/** A nested group of attributes, such as rope parameters. */
export interface AttributeMap {
  /** One attribute. */
  readonly [name: string]: AttributeValue;
}

/** One application of an op. */
export interface Node {
  /** Name of the op, as in the table of ops. */
  readonly op: string;
  /** Unique in the graph. */
  readonly name: string;
  /** Operand name to value name; an operand that is not given is absent. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Value names, in the op's order. */
  readonly outputs: readonly string[];
  /** The op's settings. */
  readonly attributes: AttributeMap;
}

/** A value under the name by which the host feeds or fetches it. */
export interface Port {
  /** The host's name for it. */
  readonly name: string;
  /** Name of the value in the graph. */
  readonly value: string;
}

/** One layer of the KV cache. */
export interface CacheLayer {
  /** The `i` of `past_key_values.{i}.key`. */
  readonly layer: number;
  /** Key and value heads. */
  readonly numKvHeads: number;
  /** Elements per head in the cache: a multiple of 8, filled up with zeros where the model's heads are not. */
  readonly headDim: number;
}

/** A network, or a part of one that runs by itself. */
export interface Graph {
  /** What it is called in errors and in the lowered model. */
  readonly name: string;
  /** Every value by its name, inputs and weights included. */
  readonly values: Readonly<Record<string, Value>>;
  /** What the host feeds; port and value have the same name. */
  readonly inputs: readonly Port[];
  /** What the host gets. */
  readonly outputs: readonly Port[];
  /** The ops in an order in which they can run. */
  readonly nodes: readonly Node[];
  /** What is read from the checkpoint. */
  readonly weights: readonly WeightSpec[];
  /**
   * The layers with a KV cache, present if there is any. Each has the inputs `past_key_values.{i}.key` and `.value`
   * (`float`, `[batch, numKvHeads, past_len, headDim]`) and the outputs `present.{i}.key` and `.value`; the graph then
   * also has the inputs `seqlens_k` (`int32`, `[batch]`: valid length of past and new tokens together, minus 1) and
   * `total_sequence_length` (`int32`, `[1]`: the largest such length of the batch, without the minus 1).
   */
  readonly cache?: readonly CacheLayer[];
}
