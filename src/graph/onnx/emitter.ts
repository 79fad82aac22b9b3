/**
 * What an op sees of the ONNX model that it is written into.
 *
 * @module
 */

import type { ElementType, Graph } from "../graph.ts";

/** Float type of a lowered graph. */
export type FloatType = "f32" | "f16";

/** What the model will run on. */
export type LoweringTarget = "wasm" | "webgpu";

/** An attribute of an ONNX node; a plain number is an integer, a float is wrapped. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

/** Settings of one ONNX node. */
export interface EmitOptions {
  /** Names of the results; a fresh one for each undefined entry; one fresh result if absent. `""` is left out. */
  readonly outputs?: readonly (string | undefined)[];
  /** Operator set; that of ONNX itself if absent. */
  readonly domain?: "com.microsoft";
  /** The node's attributes. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Collects ONNX nodes, initializers and names. */
export interface OnnxEmitter {
  /** The graph that is lowered. */
  readonly graph: Graph;
  /** Type of `float` values. */
  readonly dtype: FloatType;
  /** What the model will run on. */
  readonly target: LoweringTarget;
  /** Number of an element type in ONNX's `TensorProto.DataType`. */
  onnxType(type: ElementType): number;
  /** ONNX name of a value of the graph. */
  name(value: string): string;
  /** Makes a value of the graph another name for an ONNX value, for ops that cost nothing. */
  alias(value: string, onnxName: string): void;
  /** Writes a node and returns the names of its results. */
  emit(opType: string, inputs: readonly string[], options?: EmitOptions): string[];
  /** ONNX name of a weight matrix `[a, b]` that is stored as `[b, a]`. */
  transposed(weight: string): string;
  /** Places a table of floats made here, once for each name, and returns its ONNX name. */
  place(name: string, shape: readonly number[], data: () => Float32Array): string;
  /** A scalar of the graph's float type, inside the model. */
  float(value: number): string;
  /** A list of 64-bit integers, inside the model. */
  int64s(values: readonly number[]): string;
}
