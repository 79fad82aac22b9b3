/**
 * One-op graphs with random extents, weights and feeds, which every backend must compute as the interpreter does.
 *
 * @module
 */

import type { Tensor } from "../../src/core/tensor.ts";
import {
  type Activation,
  activation,
  ACTIVATIONS,
  add,
  addRmsNorm,
  aheadBias,
  attention,
  buildGraph,
  concat,
  conv1d,
  conv2d,
  embedding,
  firstRun,
  gatedMlp,
  type Graph,
  type GraphBuilder,
  HIDDEN,
  lastToken,
  layerNorm,
  linear,
  logits,
  mean,
  mlp,
  mul,
  pad,
  repeat,
  reshape,
  rmsNorm,
  type RopeParameters,
  rotary,
  rotaryTables,
  scale,
  selectTokens,
  slice,
  squeeze,
  toFloat,
  toFloat32,
  transpose,
  type Value,
  where,
} from "../../src/graph/mod.ts";
import { int32Tensor, int64Tensor, randomInteger, randomTensor } from "./running.ts";

/** A graph with everything that it needs to run. */
export interface Case {
  /** The graph. */
  readonly graph: Graph;
  /** Its weights, by checkpoint name. */
  readonly tensors: Record<string, Tensor>;
  /** Its feeds. */
  readonly feeds: Record<string, Tensor>;
}

/** What a case is built with: random extents, and inputs and weights that fill themselves. */
interface CaseBuilder {
  readonly g: GraphBuilder;
  readonly random: () => number;
  /** An integer in from..to. */
  int(from: number, to: number): number;
  /** A float input; a dimension is a number, or a name and its extent. */
  input(name: string, shape: readonly (number | readonly [string, number])[], scale?: number): Value;
  /** A weight. */
  weight(name: string, shape: readonly number[], scale?: number): Value;
  /** A float input that stays 32 bits wide. */
  wide(name: string, shape: readonly (number | string)[], tensor: Tensor): Value;
  /** Any other input; floats in the graph's own type. */
  feed(name: string, shape: readonly (number | string)[], tensor: Tensor): Value;
}

function makeCase(random: () => number, define: (c: CaseBuilder) => Value): Case {
  const tensors: Record<string, Tensor> = {};
  const feeds: Record<string, Tensor> = {};
  const graph = buildGraph("case", (g) => {
    const result = define({
      g,
      random,
      int: (from, to) => randomInteger(random, from, to),
      input(name, shape, size = 1) {
        feeds[name] = randomTensor(random, shape.map((dim) => typeof dim === "number" ? dim : dim[1]), size);
        return toFloat(g, g.input(name, "float32", shape.map((dim) => typeof dim === "number" ? dim : dim[0])));
      },
      weight(name, shape, size = 1) {
        tensors[name] = randomTensor(random, shape, size);
        return g.weight(name, shape);
      },
      wide(name, shape, tensor) {
        feeds[name] = tensor;
        return g.input(name, "float32", shape);
      },
      feed(name, shape, tensor) {
        feeds[name] = tensor;
        return g.input(name, tensor.type === "float32" ? "float" : tensor.type as "int32" | "int64", shape);
      },
    });
    g.output("y", toFloat32(g, result));
  });
  return { graph, tensors, feeds };
}

const ROPES: RopeParameters[] = [
  { type: "default", theta: 10000 },
  { type: "linear", theta: 500, factor: 4 },
  { type: "llama3", theta: 10000, factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 64 },
];

function activationCase(kind: Activation, magnitude: number): (c: CaseBuilder) => Value {
  return (c) => activation(c.g, c.input("x", [["n", 33], c.int(1, 9)], magnitude), kind);
}

function attentionCase(c: CaseBuilder, mask: "causal" | "bidirectional", magnitude = 2): Value {
  const numHeads = c.int(1, 4);
  const headDim = c.int(1, 24);
  const shape = [["batch", c.int(1, 2)], ["num_tokens", c.int(1, 9)], numHeads * headDim] as const;
  const operands = { q: c.input("q", shape, magnitude), k: c.input("k", shape, magnitude), v: c.input("v", shape) };
  const factor = c.int(0, 1) === 0 ? undefined : 0.3;
  return attention(c.g, operands, { numHeads, numKvHeads: numHeads, headDim, mask, scale: factor });
}

function biasedAttentionCase(c: CaseBuilder, mask: "causal" | "bidirectional", longest = 9): Value {
  const numKvHeads = c.int(1, 3);
  const numHeads = numKvHeads * c.int(1, 3);
  const [headDim, batch, numTokens] = [c.int(1, 24), c.int(1, 3), c.int(1, longest)];
  const numKeys = mask === "causal" ? numTokens : c.int(1, longest);
  const shape = (tokens: readonly [string, number], heads: number) =>
    [["batch", batch], tokens, heads * headDim] as const;
  const keys = [mask === "causal" ? "num_tokens" : "num_keys", numKeys] as const;
  const extents = [
    c.int(0, 1) === 0 ? 1 : ["batch", batch] as const,
    c.int(0, 1) === 0 ? 1 : numHeads,
    c.int(0, 2) === 0 ? 1 : ["num_tokens", numTokens] as const,
    keys,
  ] as const;
  const dims = extents.map((extent) => typeof extent === "number" ? extent : extent[1]);
  const random = randomTensor(c.random, dims, 2);
  // The first key is always seen.
  const data = (random.data as Float32Array).map((value, i) => i % numKeys > 0 && c.int(0, 2) === 0 ? HIDDEN : value);
  const names = extents.map((extent) => typeof extent === "number" ? extent : extent[0]);
  return attention(c.g, {
    q: c.input("q", shape(["num_tokens", numTokens], numHeads), 2),
    k: c.input("k", shape(keys, numKvHeads), 2),
    v: c.input("v", shape(keys, numKvHeads)),
    bias: c.feed("bias", names, { ...random, data }),
  }, { numHeads, numKvHeads, headDim, mask });
}

/** ONNX Runtime takes several sequences only if each starts, or each has one new token. */
function cachedAttentionCase(
  c: CaseBuilder,
  pastLength: number,
  { window, headDim = c.int(1, 2) * 16, magnitude = 2 }: { window?: number; headDim?: number; magnitude?: number } = {},
): Value {
  const numKvHeads = c.int(1, 2);
  const numHeads = numKvHeads * c.int(1, 3);
  const cacheDim = Math.ceil(headDim / 8) * 8;
  const batch = c.int(1, 2);
  const numTokens = pastLength > 0 && batch > 1 ? 1 : c.int(1, 6);
  const shape = (heads: number) => [["batch", batch], ["num_tokens", numTokens], heads * headDim] as const;
  const operands = {
    q: c.input("q", shape(numHeads), magnitude),
    k: c.input("k", shape(numKvHeads), magnitude),
    v: c.input("v", shape(numKvHeads)),
  };
  const total = pastLength + numTokens;
  for (const kind of ["key", "value"]) {
    c.feed(
      `past_key_values.3.${kind}`,
      ["batch", numKvHeads, "past_len", cacheDim],
      randomTensor(c.random, [batch, numKvHeads, pastLength, cacheDim]),
    );
  }
  c.feed("seqlens_k", ["batch"], int32Tensor([batch], Array(batch).fill(total - 1)));
  c.feed("total_sequence_length", [1], int32Tensor([1], [total]));
  return attention(c.g, operands, {
    numHeads,
    numKvHeads,
    headDim,
    mask: "causal",
    window,
    cacheLayer: 3,
    scale: c.int(0, 1) === 0 ? undefined : 0.3,
  });
}

/** Builds each case anew from random numbers. */
export const CASES: Readonly<Record<string, (random: () => number) => Case>> = Object.fromEntries(
  Object.entries<(c: CaseBuilder) => Value>({
    linear: (c) => {
      const [from, to] = [c.int(1, 40), c.int(1, 40)];
      return linear(c.g, c.input("x", [["batch", c.int(1, 2)], ["n", c.int(1, 70)], from]), {
        weight: c.weight("w", [to, from]),
      });
    },
    "linear with bias": (c) => {
      const [from, to] = [c.int(1, 40), c.int(1, 40)];
      const weights = { weight: c.weight("w", [to, from]), bias: c.weight("b", [to]) };
      return linear(c.g, c.input("x", [["n", c.int(1, 70)], from]), weights);
    },
    logits: (c) => {
      const [from, to] = [c.int(4, 24), c.int(4, 24)];
      return logits(c.g, c.input("x", [["batch", 2], ["n", c.int(1, 5)], from]), c.weight("w", [to, from]));
    },
    embedding: (c) => {
      const [rows, hidden, n] = [c.int(2, 9), c.int(1, 9), c.int(1, 12)];
      const ids = int64Tensor([1, n], Array.from({ length: n }, () => c.int(0, rows - 1)));
      return embedding(c.g, c.feed("ids", ["batch", "n"], ids), c.weight("w", [rows, hidden]));
    },
    lastToken: (c) => lastToken(c.g, c.input("x", [["batch", c.int(1, 3)], ["num_tokens", c.int(1, 6)], c.int(1, 8)])),
    selectTokens: (c) => {
      const [batch, numTokens, wanted] = [c.int(1, 3), c.int(1, 6), c.int(1, 3)];
      const x = c.input("x", [["batch", batch], ["num_tokens", numTokens], c.int(1, 8)]);
      const rows = Array.from({ length: batch * wanted }, () => c.int(0, batch * numTokens - 1));
      return selectTokens(c.g, x, c.feed("rows", ["batch", "wanted"], int64Tensor([batch, wanted], rows)));
    },
    rmsNorm: (c) => {
      const hidden = c.int(1, 70);
      const eps = 1e-5;
      return rmsNorm(c.g, c.input("x", [["b", 2], ["n", c.int(1, 5)], hidden], 3), c.weight("w", [hidden]), { eps });
    },
    "rmsNorm with offset": (c) => {
      const hidden = c.int(1, 70);
      const attributes = { eps: 1e-6, weightOffset: 1 };
      return rmsNorm(c.g, c.input("x", [["n", c.int(1, 5)], hidden]), c.weight("w", [hidden]), attributes);
    },
    addRmsNorm: (c) => {
      const hidden = c.int(1, 70);
      const shape = [["b", 2], ["n", c.int(1, 5)], hidden] as const;
      const attributes = { eps: 1e-5, weightOffset: c.int(0, 1) };
      const { normed, sum } = addRmsNorm(
        c.g,
        c.input("a", shape),
        c.input("b", shape),
        c.weight("w", [hidden]),
        attributes,
      );
      return concat(c.g, [normed, sum], 2);
    },
    "addRmsNorm and rmsNorm of sums too large for f16": (c) => {
      const shape = ["b", "n", 64];
      const large = randomTensor(c.random, [2, c.int(1, 5), 64], 60000);
      const data = (large.data as Float32Array).map((value) => value * 4);
      const a = c.wide("a", shape, { ...large, data });
      const attributes = { eps: 1e-5, weightOffset: c.int(0, 1) };
      const b = c.input("b", [["b", 2], ["n", large.dims[1]], 64], 60000);
      const { normed, sum } = addRmsNorm(c.g, a, b, c.weight("w", [64]), attributes);
      return concat(c.g, [normed, rmsNorm(c.g, sum, c.weight("v", [64]), attributes)], 2);
    },
    "addRmsNorm of large values": (c) => {
      const shape = [["b", 2], ["n", c.int(1, 5)], 64] as const;
      const a = c.input("a", shape, 20000);
      return addRmsNorm(c.g, a, c.input("b", shape, 20000), c.weight("w", [64]), { eps: 1e-5 }).normed;
    },
    "rmsNorm of large values": (c) => {
      const x = c.input("x", [["n", c.int(1, 5)], 64], 20000);
      return rmsNorm(c.g, x, c.weight("w", [64]), { eps: 1e-5 });
    },
    "layerNorm of large values": (c) => {
      const x = c.input("x", [["n", c.int(1, 5)], 64], 20000);
      return layerNorm(c.g, x, { weight: c.weight("w", [64]), bias: c.weight("b", [64]) }, { eps: 1e-5 });
    },
    layerNorm: (c) => {
      const hidden = c.int(2, 70);
      const weights = { weight: c.weight("w", [hidden]), bias: c.weight("b", [hidden]) };
      return layerNorm(c.g, c.input("x", [["b", 2], ["n", c.int(1, 5)], hidden], 3), weights, { eps: 1e-5 });
    },
    "layerNorm without bias": (c) => {
      const hidden = c.int(2, 70);
      return layerNorm(c.g, c.input("x", [["n", c.int(1, 5)], hidden]), { weight: c.weight("w", [hidden]) }, {
        eps: 1e-5,
      });
    },
    ...Object.fromEntries(
      ROPES.map((rope) => [`rotary ${rope.type}`, (c: CaseBuilder) => {
        const [numHeads, headDim, batch, numTokens] = [c.int(1, 4), c.int(1, 24) * 2, c.int(1, 2), c.int(1, 9)];
        const x = c.input("x", [["batch", batch], ["num_tokens", numTokens], numHeads * headDim]);
        const positions = Array.from({ length: batch * numTokens }, () => c.int(0, 99));
        const ids = c.feed("ids", ["batch", "num_tokens"], int64Tensor([batch, numTokens], positions));
        return rotary(c.g, x, ids, { numHeads, headDim, maxPositions: 100, rope });
      }]),
    ),
    "rotary partial": (c) => {
      const x = c.input("x", [["batch", 1], ["num_tokens", 3], 3 * 32]);
      const ids = c.feed("ids", ["batch", "num_tokens"], int64Tensor([1, 3], [7, 0, c.int(0, 19)]));
      return rotary(c.g, x, ids, { numHeads: 3, headDim: 32, rotaryDim: 16, maxPositions: 20, rope: ROPES[0] });
    },
    ...Object.fromEntries([false, true].flatMap((interleaved) =>
      [false, true].map((perSequence) => [
        `rotaryTables${interleaved ? ", interleaved" : ""}${perSequence ? ", a table for each sequence" : ""}`,
        (c: CaseBuilder) => {
          const [numHeads, half, batch, numTokens] = [c.int(1, 4), c.int(1, 12), c.int(1, 3), c.int(1, 9)];
          const headDim = 2 * half + c.int(0, 1) * c.int(1, 20);
          const x = c.input("x", [["batch", batch], ["num_tokens", numTokens], numHeads * headDim]);
          const shape = [...(perSequence ? [["batch", batch] as const] : []), ["num_tokens", numTokens], half] as const;
          const tables = { cos: c.input("cos", shape), sin: c.input("sin", shape) };
          return rotaryTables(c.g, x, tables, { numHeads, headDim, interleaved });
        },
      ])
    )),
    "attention bidirectional": (c) => attentionCase(c, "bidirectional"),
    "attention causal": (c) => attentionCase(c, "causal"),
    "attention with a bias": (c) => biasedAttentionCase(c, "bidirectional"),
    "attention with a bias over many keys": (c) => biasedAttentionCase(c, "bidirectional", 150),
    "attention, causal with a bias": (c) => biasedAttentionCase(c, "causal"),
    "attention with an empty cache": (c) => cachedAttentionCase(c, 0),
    "attention with a cache": (c) => cachedAttentionCase(c, c.int(1, 9)),
    "attention with a cache and small heads": (c) => cachedAttentionCase(c, c.int(0, 9), { headDim: c.int(1, 15) }),
    "attention over a long cache": (c) => cachedAttentionCase(c, c.int(250, 300), { headDim: 64 }),
    "attention with a cache and wide heads": (c) =>
      cachedAttentionCase(c, c.int(0, 20), { headDim: [96, 128, 256][c.int(0, 2)] }),
    "attention with a window": (c) => cachedAttentionCase(c, c.int(0, 9), { window: c.int(1, 5) }),
    "attention with grouped heads": (c) => {
      const [numKvHeads, headDim, batch] = [c.int(2, 3), c.int(1, 24), c.int(1, 2)];
      const numHeads = 2 * numKvHeads;
      const rows = (name: string, tokens: string, count: number, heads: number) =>
        c.input(name, [["batch", batch], [tokens, count], heads * headDim], 2);
      const numKeys = c.int(1, 70);
      const operands = {
        q: rows("q", "num_tokens", c.int(1, 70), numHeads),
        k: rows("k", "num_keys", numKeys, numKvHeads),
        v: rows("v", "num_keys", numKeys, numKvHeads),
      };
      return attention(c.g, operands, { numHeads, numKvHeads, headDim, mask: "bidirectional" });
    },
    "attention with large scores": (c) => attentionCase(c, "bidirectional", 300),
    "attention with a cache and large scores": (c) => cachedAttentionCase(c, 5, { magnitude: 300 }),
    "attention that sees ahead": (c) => {
      const [batch, numTokens, numHeads, headDim] = [c.int(1, 2), c.int(1, 9), c.int(1, 3), c.int(1, 2) * 8];
      const shape = [["batch", batch], ["num_tokens", numTokens], numHeads * headDim] as const;
      const ahead = Array.from({ length: batch * numTokens }, (_, i) => c.int(0, numTokens - 1 - i % numTokens));
      const ids = c.feed("ahead", ["batch", "num_tokens"], int64Tensor([batch, numTokens], ahead));
      const bias = aheadBias(c.g, ids, { window: c.int(0, 1) === 0 ? undefined : c.int(1, 5) });
      const operands = { q: c.input("q", shape), k: c.input("k", shape), v: c.input("v", shape), bias };
      return attention(c.g, operands, { numHeads, numKvHeads: numHeads, headDim, mask: "bidirectional" });
    },
    ...Object.fromEntries([0, 3].map((past) => [`firstRun with ${past} before`, (c: CaseBuilder) => {
      const [batch, numTokens] = [c.int(1, 2), c.int(1, 5)];
      const shape = [["batch", batch], ["num_tokens", numTokens], 4] as const;
      const ids = int64Tensor([batch, numTokens], Array(batch * numTokens).fill(0));
      const tokens = c.feed("tokens", ["batch", "num_tokens"], ids);
      const total = c.feed("total_sequence_length", [1], int32Tensor([1], [past + numTokens]));
      return where(c.g, firstRun(c.g, tokens, total), c.input("first", shape), c.input("later", shape));
    }])),
    mean: (c) => mean(c.g, c.input("x", [["b", c.int(1, 3)], c.int(1, 4), c.int(1, 5), 2]), c.int(1, 3)),
    mlp: (c) => {
      const [from, inner, to] = [c.int(1, 20), c.int(1, 40), c.int(1, 20)];
      const layers = {
        up: { weight: c.weight("up", [inner, from]), bias: c.weight("up.b", [inner]) },
        down: { weight: c.weight("down", [to, inner], 0.3), bias: c.weight("down.b", [to]) },
      };
      return mlp(c.g, c.input("x", [["n", c.int(1, 9)], from]), layers, ACTIVATIONS[c.int(0, 4)]);
    },
    gatedMlp: (c) => {
      const [from, inner, to] = [c.int(1, 20), c.int(1, 40), c.int(1, 20)];
      const layers = {
        gate: { weight: c.weight("gate", [inner, from]) },
        up: { weight: c.weight("up", [inner, from]) },
        down: { weight: c.weight("down", [to, inner], 0.3) },
      };
      return gatedMlp(c.g, c.input("x", [["n", c.int(1, 9)], from]), layers, ACTIVATIONS[c.int(0, 4)]);
    },
    ...Object.fromEntries(ACTIVATIONS.flatMap((kind) => [
      [`activation ${kind}`, activationCase(kind, 5)],
      [`activation ${kind} of large values`, activationCase(kind, 300)],
    ])),
    conv2d: (c) => {
      const [kernel, channels, out] = [c.int(1, 4), c.int(1, 3), c.int(1, 9)];
      const x = c.input("x", [["n", c.int(1, 2)], channels, kernel * c.int(1, 4) + c.int(0, 1), kernel * c.int(1, 4)]);
      const weights = { weight: c.weight("w", [out, channels, kernel, kernel]), bias: c.weight("b", [out]) };
      return conv2d(c.g, x, weights, { stride: kernel });
    },
    "conv1d, padded": (c) => {
      const weight = c.weight("w", [c.int(1, 9), 3, 3]);
      return conv1d(c.g, c.input("x", [["n", 2], 3, ["l", c.int(1, 12)]]), { weight }, {
        stride: 1,
        padding: 1,
        length: "l",
      });
    },
    "conv1d, strided": (c) => {
      const out = c.int(1, 9);
      const weights = { weight: c.weight("w", [out, 4, 3]), bias: c.weight("b", [out]) };
      return conv1d(c.g, c.input("x", [["n", 1], 4, c.int(3, 12)]), weights, { stride: 2, padding: 1 });
    },
    "conv2d with overlap": (c) => {
      const weight = c.weight("w", [c.int(1, 9), 2, 3, 3]);
      return conv2d(c.g, c.input("x", [["n", 2], 2, 7, 9]), { weight }, { stride: 2 });
    },
    "add, broadcast": (c) => {
      const [n, hidden] = [c.int(2, 5), c.int(2, 9)];
      return add(c.g, c.input("x", [["b", 2], n, hidden]), c.weight("w", [n, hidden]));
    },
    "mul, broadcast": (c) => mul(c.g, c.input("x", [["b", 2], 3, 5]), c.weight("w", [3, 1])),
    scale: (c) => scale(c.g, c.input("x", [["n", c.int(1, 9)], 3]), 0.125),
    concat: (c) => {
      const hidden = c.int(1, 5);
      const parts = [c.input("a", [["b", 2], 2, hidden]), c.input("b", [["b", 2], 3, hidden])];
      return concat(c.g, parts, 1);
    },
    pad: (c) => pad(c.g, c.input("x", [["b", c.int(1, 3)], 3, 4]), { axis: c.int(1, 2), after: c.int(1, 5) }),
    slice: (c) => slice(c.g, c.input("x", [["b", 2], 7, 3]), { axis: 1, start: c.int(0, 3), end: c.int(4, 7) }),
    "slice from the end": (c) => slice(c.g, c.input("x", [["b", 2], 7, 3]), { axis: 1, start: -4, end: -1 }),
    reshape: (c) => reshape(c.g, c.input("x", [["b", c.int(1, 3)], 6, 4]), ["b", 3, 8]),
    "reshape into rows": (c) => reshape(c.g, c.input("x", [["b", c.int(1, 3)], 6, 4]), ["6*b", 4]),
    "reshape to a new name": (c) => reshape(c.g, c.input("x", [["b", 2 * c.int(1, 3)], 4]), ["half", 8]),
    squeeze: (c) => squeeze(c.g, c.input("x", [["b", c.int(1, 3)], 1, c.int(1, 5)]), 1),
    transpose: (c) => transpose(c.g, c.input("x", [["b", c.int(1, 3)], 4, c.int(1, 5), 2]), [0, 2, 3, 1]),
    repeat: (c) => repeat(c.g, c.weight("w", [1, 1, c.int(1, 5)]), c.input("x", [["b", c.int(1, 4)], 2])),
  }).map(([name, define]) => [name, (random: () => number) => makeCase(random, define)]),
);
