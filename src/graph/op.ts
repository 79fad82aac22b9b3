/**
 * What an op is: how it checks its operands, what it computes, and how it is written in ONNX.
 *
 * @module
 */

import { ShapeError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Dim, Shape } from "./dims.ts";
import type { AttributeMap, ElementType, Node, Value } from "./graph.ts";
import type { OnnxEmitter } from "./onnx/emitter.ts";

/** Type and shape of a result. */
export type ValueType = Pick<Value, "type" | "shape">;

/** An op: one entry of the table in `ops/mod.ts`. A new lowering adds a field here and a function to each op. */
export interface OpDefinition<Attributes extends AttributeMap = AttributeMap> {
  /** Unique name, which nodes refer to. */
  readonly name: string;
  /**
   * Checks operands and settings when the graph is built.
   *
   * @param operands The operands that were given, by name.
   * @param attributes The node's settings.
   * @param where Name of op and node, for errors.
   * @returns Type and shape of each output.
   * @throws {ShapeError} If an operand has another shape than the op asks for.
   * @throws {TypeError} If an operand has another element type.
   */
  infer(operands: Readonly<Record<string, Value>>, attributes: Attributes, where: string): ValueType[];
  /**
   * Computes the outputs, slowly and plainly. Floats are f32, sums are f64.
   *
   * @param operands The operands that were given, by name.
   * @param attributes The node's settings.
   * @returns One tensor for each output.
   */
  interpret(operands: Readonly<Record<string, Tensor>>, attributes: Attributes): Tensor[];
  /**
   * Writes the op in ONNX operators.
   *
   * @param emitter Where nodes, weights and constants go, and what the operands are called there.
   * @param node The node to write.
   * @param attributes Its settings, typed.
   */
  toOnnx(emitter: OnnxEmitter, node: Node, attributes: Attributes): void;
}

/**
 * Checks a shape against a pattern and binds the pattern's names.
 *
 * @param where Name of op and node, for errors.
 * @param operand Name of the operand, for errors.
 * @param value What was given.
 * @param pattern One entry for each axis: a number, or a name that stands for one dimension. A first entry `...` stands
 * for any number of leading axes.
 * @param bound Names bound by earlier operands; new ones are added.
 * @returns `bound`.
 * @throws {ShapeError} If the rank or a dimension differs.
 */
export function matchShape(
  where: string,
  operand: string,
  value: ValueType,
  pattern: Shape,
  bound: Record<string, Dim> = {},
): Record<string, Dim> {
  const open = pattern[0] === "...";
  const wanted = open ? pattern.slice(1) : pattern;
  const skipped = value.shape.length - wanted.length;
  const fits = (open ? skipped >= 0 : skipped === 0) && wanted.every((want, axis) => {
    const found = value.shape[skipped + axis];
    if (typeof want === "number") return found === want;
    bound[want] ??= found;
    return bound[want] === found;
  });
  if (!fits) {
    throw new ShapeError(
      `${operand} of ${where}`,
      pattern.map((dim) => typeof dim === "string" ? bound[dim] ?? dim : dim),
      value.shape,
    );
  }
  return bound;
}

/**
 * Checks an element type.
 *
 * @param where Name of op and node, for errors.
 * @param operand Name of the operand, for errors.
 * @param value What was given.
 * @param types The types that the op takes.
 * @throws {TypeError} If the type is another one.
 */
export function matchType(where: string, operand: string, value: ValueType, ...types: ElementType[]): void {
  if (!types.includes(value.type)) {
    throw new TypeError(`Expected ${operand} of ${where} to be ${types.join(" or ")}: found ${value.type}`);
  }
}

/**
 * Returns a dimension that must be a number, not a name.
 *
 * @param where Name of op and node, for errors.
 * @param what What it is, for errors.
 * @param dim The dimension.
 * @returns The number.
 * @throws {TypeError} If it is a name.
 */
export function fixedDim(where: string, what: string, dim: Dim): number {
  if (typeof dim !== "number") throw new TypeError(`Expected ${what} of ${where} to be a number: found ${dim}`);
  return dim;
}
