/**
 * A rewriting for decoders: what serves only the last token's logits is computed for the last token only.
 *
 * A prompt's logits are those of its last token, so in the last layer queries, output projection and perceptron of all other
 * tokens are never looked at. The slice that picks the last token moves up through every op that treats rows alike.
 *
 * @module
 */
import type { Graph, Node, Value } from "../graph.ts";

/** Ops that compute each row from the same row of these operands; the other operands are weights. */
const ROW_OPERANDS: Readonly<Record<string, readonly string[]>> = {
  activation: ["x"],
  addRmsNorm: ["a", "b"],
  gatedMlp: ["x"],
  layerNorm: ["x"],
  linear: ["x"],
  mlp: ["x"],
  rmsNorm: ["x"],
  rotary: ["x", "positionIds"],
  scale: ["x"],
};

/** In attention over a cache only queries are rows in this sense: their keys are needed whole. */
const QUERY_OPERANDS = { cachedAttention: ["q"] } as const;

/** Operands that a node needs only as many rows of as are wanted of its first output; undefined if it needs all. */
function rowOperands(graph: Graph, node: Node): readonly string[] | undefined {
  if (node.op === "add" || node.op === "mul") {
    const [a, b] = [node.inputs.a, node.inputs.b].map((name) => graph.values[name].shape.join());
    return a === b ? ["a", "b"] : undefined;
  }
  return ROW_OPERANDS[node.op] ?? QUERY_OPERANDS[node.op as "cachedAttention"];
}

function picksLastToken(graph: Graph, node: Node): boolean {
  const { axis, start, end } = node.attributes;
  return node.op === "slice" && axis === 1 && start === -1 && end === undefined &&
    graph.values[node.inputs.x].shape.length === 3;
}

/** Values of which only the last token is wanted. */
function wantedOnce(graph: Graph): Set<string> {
  const wanted = new Map<string, "last" | "all">(graph.outputs.map(({ value }) => [value, "all"]));
  const want = (value: string, rows: "last" | "all") => wanted.set(value, wanted.get(value) === "all" ? "all" : rows);
  for (const node of graph.nodes.toReversed()) {
    // The cache of an attention is an output of its own, which follows from keys and values.
    const results = node.op === "cachedAttention" ? node.outputs.slice(0, 1) : node.outputs;
    const used = results.filter((output) => wanted.has(output));
    const operands = used.every((output) => wanted.get(output) === "last") ? rowOperands(graph, node) : undefined;
    for (const [operand, value] of Object.entries(node.inputs)) {
      const isRow = operands?.includes(operand) || picksLastToken(graph, node);
      want(value, isRow && used.length > 0 ? "last" : "all");
    }
  }
  return new Set([...wanted].filter(([, rows]) => rows === "last").map(([value]) => value));
}

/**
 * Moves the choice of the last token towards the inputs.
 *
 * @param graph The graph.
 * @returns A graph with the same inputs and outputs; the same graph if there is nothing to move. In it `cachedAttention` may
 * have fewer queries than keys: they are the last ones.
 */
export function hoistLastToken(graph: Graph): Graph {
  if (!graph.nodes.some((node) => picksLastToken(graph, node))) return graph;
  const once = wantedOnce(graph);
  const values: Record<string, Value> = { ...graph.values };
  const nodes: Node[] = [];
  /** Values that exist for the last token only. */
  const reduced = new Set<string>();
  const lastOf = (name: string): string => {
    if (reduced.has(name)) return name;
    const sliced = `${name}:last`;
    if (!values[sliced]) {
      values[sliced] = { ...values[name], name: sliced, shape: values[name].shape.with(1, 1) };
      const attributes = { axis: 1, start: -1 };
      nodes.push({ op: "slice", name: `slice.${sliced}`, inputs: { x: name }, outputs: [sliced], attributes });
    }
    return sliced;
  };
  for (const node of graph.nodes) {
    const operands = rowOperands(graph, node);
    if (picksLastToken(graph, node) && reduced.has(node.inputs.x)) {
      const { shape } = values[node.outputs[0]];
      const attributes = { shape, extents: shape.map(() => 0) };
      nodes.push({ ...node, op: "reshape", attributes });
    } else if (operands && once.has(node.outputs[0])) {
      const inputs = Object.entries(node.inputs).map(([operand, value]): [string, string] => {
        return [operand, operands.includes(operand) ? lastOf(value) : value];
      });
      const results = node.op === "cachedAttention" ? node.outputs.slice(0, 1) : node.outputs;
      for (const output of results) {
        reduced.add(output);
        values[output] = { ...values[output], shape: values[output].shape.with(1, 1) };
      }
      nodes.push({ ...node, inputs: Object.fromEntries(inputs) });
    } else {
      nodes.push(node);
    }
  }
  return { ...graph, values, nodes };
}
