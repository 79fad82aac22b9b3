import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/core/errors.ts";
import {
  add,
  attention,
  buildGraph,
  concat,
  conv2d,
  gatedMlp,
  type GraphBuilder,
  linear,
  reshape,
  rmsNorm,
  rotary,
  slice,
  toFloat,
  type Value,
} from "../../src/graph/mod.ts";

/** Builds a graph around a value of the given shape. */
function around(shape: readonly (number | string)[], define: (g: GraphBuilder, x: Value) => Value): () => void {
  return () => buildGraph("test", (g) => g.output("y", define(g, toFloat(g, g.input("x", "float32", shape)))));
}

Deno.test("a shape that does not fit names op, weight, operand, what was expected and what was found", () => {
  const error = assertThrows(
    around(["n", 8], (g, x) => linear(g, x, { weight: g.weight("model.q_proj.weight", [4, 9]) })),
    ShapeError,
  );
  assertEquals(
    error.message,
    "Expected x of linear (model.q_proj.weight) of graph test to have shape [..., 9]: found [n, 8]",
  );
});

const MISFITS: Record<string, () => void> = {
  "a bias of another width": around(
    ["n", 8],
    (g, x) => linear(g, x, { weight: g.weight("w", [4, 8]), bias: g.weight("b", [5]) }),
  ),
  "a norm of another width": around(["n", 8], (g, x) => rmsNorm(g, x, g.weight("w", [4]), { eps: 1e-5 })),
  "a gate and an up layer that differ": around(["n", 8], (g, x) =>
    gatedMlp(g, x, {
      gate: { weight: g.weight("gate", [16, 8]) },
      up: { weight: g.weight("up", [12, 8]) },
      down: { weight: g.weight("down", [8, 16]) },
    }, "silu")),
  "different names that are added": around(
    ["n", 8],
    (g, x) => add(g, x, toFloat(g, g.input("z", "float32", ["m", 8]))),
  ),
  "fewer elements": around(["n", 8], (g, x) => reshape(g, x, ["n", 7])),
  "two dimensions to infer": around(["n", "m", 8], (g, x) => reshape(g, x, ["m", "n", 8])),
  "another kernel depth": around(
    [1, 3, 8, 8],
    (g, x) => conv2d(g, x, { weight: g.weight("w", [4, 2, 2, 2]) }, { stride: 2 }),
  ),
  "positions of another batch": around(
    ["batch", "num_tokens", 16],
    (g, x) =>
      rotary(g, x, g.input("ids", "int64", ["other", "num_tokens"]), {
        numHeads: 1,
        headDim: 16,
        maxPositions: 8,
        rope: { type: "default", theta: 1e4 },
      }),
  ),
  "keys of another length in causal attention": around(["batch", "num_tokens", 16], (g, x) => {
    const k = toFloat(g, g.input("k", "float32", ["batch", "num_keys", 16]));
    return attention(g, { q: x, k, v: k }, { numHeads: 2, numKvHeads: 2, headDim: 8, mask: "causal" });
  }),
  "parts of different width": around(["n", 8], (g, x) => concat(g, [x, g.weight("w", [2, 9])], 0)),
};

for (const [name, build] of Object.entries(MISFITS)) {
  Deno.test(`${name}: a ShapeError`, () => {
    assertThrows(build, ShapeError);
  });
}

const MISUSES: Record<string, [() => void, string]> = {
  "a host's float where the graph's own is wanted": [
    () =>
      buildGraph(
        "test",
        (g) => g.output("y", linear(g, g.input("x", "float32", [8]), { weight: g.weight("w", [4, 8]) })),
      ),
    "to be float: found float32",
  ],
  "a weight with two shapes": [
    around(["n", 8], (g, x) => add(g, rmsNorm(g, x, g.weight("w", [8]), { eps: 1 }), g.weight("w", [1, 8]))),
    "Expected weight w of graph test to be float [8] as before: found float [1, 8]",
  ],
  "an output twice": [
    () =>
      buildGraph("test", (g) => {
        const x = g.input("x", "float32", [1]);
        g.output("y", x);
        g.output("y", x);
      }),
    "found y twice",
  ],
  "no output": [() => buildGraph("test", () => {}), "to have an output: found none"],
  "two caches of one layer": [
    around(["batch", "num_tokens", 16], (g, x) => {
      const settings = { numHeads: 2, numKvHeads: 2, headDim: 8, mask: "causal", cacheLayer: 1 } as const;
      const once = attention(g, { q: x, k: x, v: x }, settings);
      return attention(g, { q: once, k: once, v: once }, settings);
    }),
    "found two for 1",
  ],
  "a cache that looks ahead": [
    around(
      ["batch", "num_tokens", 8],
      (g, x) =>
        attention(g, { q: x, k: x, v: x }, {
          numHeads: 1,
          numKvHeads: 1,
          headDim: 8,
          mask: "bidirectional",
          cacheLayer: 0,
        }),
    ),
    "to be causal: found bidirectional",
  ],
  "heads that cannot be grouped": [
    around(["batch", "num_tokens", 24], (g, x) => {
      const k = slice(g, x, { axis: 2, start: 0, end: 16 });
      return attention(g, { q: x, k, v: k }, { numHeads: 3, numKvHeads: 2, headDim: 8, mask: "causal", cacheLayer: 0 });
    }),
    "to be a multiple of 2: found 3",
  ],
  "a slice beyond the end": [
    around(["n", 8], (g, x) => slice(g, x, { axis: 1, start: 2, end: 9 })),
    "to lie on axis 1 of [n, 8]: found 2, 9",
  ],
};

for (const [name, [build, message]] of Object.entries(MISUSES)) {
  Deno.test(`${name}: a TypeError`, () => {
    assertThrows(build, TypeError, message);
  });
}
