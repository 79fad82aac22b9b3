/**
 * Building a graph: the functions of `ops/` and `blocks/` append to a builder, which checks each step.
 *
 * @module
 */

import type { Shape } from "./dims.ts";
import type { AttributeMap, CacheLayer, ElementType, Graph, Node, Port, Value } from "./graph.ts";
import type { OpDefinition } from "./op.ts";
import { tensorWeight, type WeightSpec } from "./weights.ts";

/** A graph under construction. */
export interface GraphBuilder {
  /**
   * Declares an input; asking again for the same name gives the same value.
   *
   * @param name The host's name for it.
   * @param type Element type.
   * @param shape Named and numeric dimensions.
   * @returns The value.
   * @throws {TypeError} If the name is in use with another type or shape.
   */
  input(name: string, type: ElementType, shape: Shape): Value;
  /**
   * Makes a value an output.
   *
   * @param name The host's name for it.
   * @param value The value.
   * @throws {TypeError} If the name is in use.
   */
  output(name: string, value: Value): void;
  /**
   * Declares a weight; asking again for the same name gives the same value.
   *
   * @param spec The weight, or the canonical name of a tensor that is used as it is.
   * @param shape Extents, if `spec` is a name.
   * @returns The value.
   * @throws {TypeError} If the name is in use with another shape.
   */
  weight(spec: WeightSpec | string, shape?: readonly number[]): Value;
  /**
   * Appends a node.
   *
   * @param op The op.
   * @param operands Operand name to value; undefined ones are left out.
   * @param attributes The op's settings.
   * @returns The outputs.
   * @throws {ShapeError} If an operand has another shape than the op asks for.
   * @throws {TypeError} If an operand has another element type.
   */
  apply<Attributes extends AttributeMap>(
    op: OpDefinition<Attributes>,
    operands: Readonly<Record<string, Value | undefined>>,
    attributes: Attributes,
  ): Value[];
  /**
   * Notes that a layer keeps its keys and values in the cache.
   *
   * @param layer The layer.
   * @throws {TypeError} If the layer has a cache already.
   */
  cacheLayer(layer: CacheLayer): void;
}

const sameShape = (a: Shape, b: Shape) => a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/**
 * Builds a graph.
 *
 * @example
 * ```ts
 * import { buildGraph, linear, toFloat, toFloat32 } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = buildGraph("projector", (g) => {
 *   const x = toFloat(g, g.input("x", "float32", ["num_tokens", 8]));
 *   g.output("y", toFloat32(g, linear(g, x, { weight: g.weight("proj.weight", [4, 8]) })));
 * });
 * assertEquals(graph.values[graph.outputs[0].value].shape, ["num_tokens", 4]);
 * ```
 *
 * @param name What the graph is called.
 * @param define Appends inputs, nodes and outputs to the builder.
 * @returns The graph.
 * @throws {ShapeError} If shapes do not fit each other.
 * @throws {TypeError} If element types do not fit, a name is used twice, or there is no output.
 */
export function buildGraph(name: string, define: (g: GraphBuilder) => void): Graph {
  const values: Record<string, Value> = {};
  const inputs: Port[] = [];
  const outputs: Port[] = [];
  const nodes: Node[] = [];
  const weights = new Map<string, WeightSpec>();
  const cache: CacheLayer[] = [];

  function declare(kind: string, value: Value): Value {
    const known = values[value.name];
    if (known && (known.type !== value.type || !sameShape(known.shape, value.shape))) {
      throw new TypeError(
        `Expected ${kind} ${value.name} of graph ${name} to be ${known.type} [${known.shape.join(", ")}] as before: ` +
          `found ${value.type} [${value.shape.join(", ")}]`,
      );
    }
    return known ?? (values[value.name] = value);
  }

  define({
    input(inputName, type, shape) {
      const known = values[inputName] !== undefined;
      const value = declare("input", { name: inputName, type, shape });
      if (!known) inputs.push({ name: inputName, value: inputName });
      return value;
    },
    output(outputName, value) {
      if (outputs.some((port) => port.name === outputName)) {
        throw new TypeError(`Expected the outputs of graph ${name} to have different names: found ${outputName} twice`);
      }
      outputs.push({ name: outputName, value: value.name });
    },
    weight(spec, shape) {
      const full = typeof spec === "string" ? tensorWeight(spec, shape ?? []) : spec;
      const value = declare("weight", { name: full.name, type: full.type ?? "float", shape: full.shape });
      if (!weights.has(full.name)) weights.set(full.name, full);
      return value;
    },
    apply(op, operands, attributes) {
      const given = Object.fromEntries(
        Object.entries(operands).filter((entry): entry is [string, Value] => entry[1] !== undefined),
      );
      const about = given.weight ? ` (${given.weight.name})` : "";
      const node = `${op.name}.${nodes.length}`;
      const results = op.infer(given, attributes, `${op.name}${about} of graph ${name}`);
      const made = results.map((type, index) => declare("result", { name: `${node}:${index}`, ...type }));
      nodes.push({
        op: op.name,
        name: node,
        inputs: Object.fromEntries(Object.entries(given).map(([operand, value]) => [operand, value.name])),
        outputs: made.map((value) => value.name),
        attributes,
      });
      return made;
    },
    cacheLayer(layer) {
      if (cache.some((known) => known.layer === layer.layer)) {
        throw new TypeError(`Expected each layer of graph ${name} to have one cache: found two for ${layer.layer}`);
      }
      cache.push(layer);
    },
  });
  if (outputs.length === 0) throw new TypeError(`Expected graph ${name} to have an output: found none`);
  return {
    name,
    values,
    inputs,
    outputs,
    nodes,
    weights: [...weights.values()],
    ...(cache.length === 0 ? {} : { cache }),
  };
}
