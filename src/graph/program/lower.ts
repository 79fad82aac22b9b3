/**
 * Lowering a graph to programs of our own kernels, for CPUs.
 *
 * What does not depend on extents is done once: the choice of ops, the weights and their layout. A {@linkcode Plan} is made for
 * each set of extents. Floats are f32.
 *
 * @module
 */
import { numElements } from "../../core/tensor.ts";
import { evaluateDim, type Shape } from "../dims.ts";
import type { Graph, Node } from "../graph.ts";
import type { PlacedWeight } from "../onnx/lower.ts";
import {
  aheadBiasLowering,
  attentionLowering,
  cachedAttentionLowering,
  rotaryLowering,
  rotaryTablesLowering,
} from "./attention.ts";
import { hoistLastToken } from "./last_rows.ts";
import {
  castLowering,
  concatLowering,
  firstRunLowering,
  padLowering,
  repeatLowering,
  reshapeLowering,
  sliceLowering,
  squeezeLowering,
  transposeLowering,
  whereLowering,
} from "./moves.ts";
import {
  activationLowering,
  addLowering,
  addRmsNormLowering,
  gatherRowsLowering,
  layerNormLowering,
  meanLowering,
  mulLowering,
  rmsNormLowering,
  scaleLowering,
} from "./norms.ts";
import type { OpLowering } from "./op_lowering.ts";
import type { PackedWeight, Plan, WeightType } from "./plan.ts";
import { Planner } from "./planner.ts";
import { ACTIVATION_CODES } from "./words.ts";
import {
  conv1dLowering,
  conv2dLowering,
  gatedMlpLowering,
  linearLowering,
  mlpLowering,
  productsInto,
} from "./products.ts";

/** Every op that has kernels. */
const LOWERINGS: Readonly<Record<string, OpLowering>> = {
  activation: activationLowering,
  add: addLowering,
  addRmsNorm: addRmsNormLowering,
  aheadBias: aheadBiasLowering,
  attention: attentionLowering,
  cachedAttention: cachedAttentionLowering,
  cast: castLowering,
  concat: concatLowering,
  conv1d: conv1dLowering,
  conv2d: conv2dLowering,
  firstRun: firstRunLowering,
  gatedMlp: gatedMlpLowering,
  gatherRows: gatherRowsLowering,
  layerNorm: layerNormLowering,
  linear: linearLowering,
  mean: meanLowering,
  mlp: mlpLowering,
  mul: mulLowering,
  pad: padLowering,
  repeat: repeatLowering,
  reshape: reshapeLowering,
  rmsNorm: rmsNormLowering,
  rotary: rotaryLowering,
  rotaryTables: rotaryTablesLowering,
  scale: scaleLowering,
  slice: sliceLowering,
  squeeze: squeezeLowering,
  transpose: transposeLowering,
  where: whereLowering,
};

/** A lowered graph. */
export interface Program {
  /** The graph, with what serves only the last token cut down to it. */
  readonly graph: Graph;
  /** What is read from the checkpoint, as one file. */
  readonly weights: readonly PlacedWeight[];
  /** Length of that file, bytes. */
  readonly dataBytes: number;
  /** What is kept in memory, made from those. */
  readonly packed: readonly PackedWeight[];
  /** Plans a run for given extents of the inputs, on one thread if no number of threads is given. */
  plan(feeds: Readonly<Record<string, readonly number[]>>, numThreads?: number): Plan;
}

/** What a node has that its op's lowering does not know. */
function unknownPart(node: Node, graph: Graph): string | undefined {
  const lowering = LOWERINGS[node.op];
  if (!lowering) return node.op;
  const { operands, attributes = [] } = lowering;
  const operand = operands === "any" ? undefined : Object.keys(node.inputs).find((name) => !operands.includes(name));
  const attribute = Object.entries(node.attributes).find(([name, value]) =>
    value !== undefined && !attributes.includes(name)
  );
  const { activation, kind = activation } = node.attributes;
  const isKnown = kind === undefined || Object.hasOwn(ACTIVATION_CODES, String(kind));
  if (!isKnown) return `${node.op} with ${kind}`;
  const types = Object.values(node.inputs).map((name) => graph.values[name].type);
  const other = node.op === "where" ? undefined : types.find((type) => type === "bool");
  const problem = operand ?? attribute?.[0] ?? other;
  return problem === undefined ? withProblem(node, graph) : `${node.op} with ${problem}`;
}

function withProblem(node: Node, graph: Graph): string | undefined {
  const problem = LOWERINGS[node.op].problem?.(node, { graph });
  return problem === undefined ? undefined : `${node.op} ${problem}`;
}

/**
 * Says what of a graph has no kernel.
 *
 * @param graph The graph.
 * @returns The op, and what it is about it, such as `attention with bias`; undefined if all of it has.
 */
export function unsupportedByProgram(graph: Graph): string | undefined {
  for (const node of graph.nodes) {
    const unknown = unknownPart(node, graph);
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}

/** Weights as one file, each once. */
function placeWeights(packed: readonly PackedWeight[]): { weights: PlacedWeight[]; dataBytes: number } {
  const weights = new Map<string, PlacedWeight>();
  let dataBytes = 0;
  for (const { spec } of packed.flatMap(({ parts }) => parts)) {
    if (weights.has(spec.name)) continue;
    const byteLength = numElements(spec.shape) * 4;
    weights.set(spec.name, { spec, type: "float32", offset: dataBytes, byteLength });
    dataBytes += byteLength;
  }
  return { weights: [...weights.values()], dataBytes };
}

/**
 * Lowers a graph.
 *
 * @param graph The graph.
 * @param weightType Type in which matrices are kept; everything else is f32.
 * @throws {TypeError} If something of it has no kernel; see {@linkcode unsupportedByProgram}.
 */
export function lowerToProgram(graph: Graph, weightType: WeightType = "f32"): Program {
  const unsupported = unsupportedByProgram(graph);
  if (unsupported !== undefined) {
    throw new TypeError(`Expected ops that have kernels in graph ${graph.name}: found ${unsupported}`);
  }
  const reduced = hoistLastToken(graph);
  const taken = productsInto(reduced);
  const packed = new Map<string, PackedWeight>();
  const plan = (feeds: Readonly<Record<string, readonly number[]>>, numThreads = 1): Plan => {
    const planner = new Planner(reduced, feeds, { taken, weightType }, (weight) => {
      if (!packed.has(weight.key)) packed.set(weight.key, weight);
    });
    for (const node of reduced.nodes) LOWERINGS[node.op].lower(planner, node);
    return planner.finish(numThreads);
  };
  // The weights do not depend on the extents, so any plan finds them all.
  plan(Object.fromEntries(reduced.inputs.map(({ name, value }) => [name, sampleExtents(reduced.values[value].shape)])));
  return { graph: reduced, ...placeWeights([...packed.values()]), packed: [...packed.values()], plan };
}

/** Extents for the plan that finds the weights; halves and slices of a name work on them. */
function sampleExtents(shape: Shape): number[] {
  return shape.map((dim) => {
    const names = String(dim).split(/[+*]/).filter((part) => !/^\d+$/.test(part));
    return evaluateDim(dim, Object.fromEntries(names.map((name) => [name, 16])))!;
  });
}
