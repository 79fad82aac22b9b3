import { assert, assertEquals } from "@std/assert";
import {
  activation,
  add,
  buildGraph,
  type Graph,
  linear,
  lowerToProgram,
  type Plan,
  scale,
  toFloat,
  toFloat32,
} from "../../../src/graph/mod.ts";
import { CASES } from "../cases.ts";
import { randomNumbers } from "../running.ts";

function planOf(graph: Graph, rows: number): Plan {
  const feeds = Object.fromEntries(graph.inputs.map(({ name, value }) => [
    name,
    graph.values[value].shape.map((dim) => typeof dim === "number" ? dim : rows),
  ]));
  return lowerToProgram(graph).plan(feeds);
}

/** Buffers that are in use in a phase: from their first to their last mention, outputs to the end. */
function lifetimes(plan: Plan): Map<number, [number, number]> {
  const found = new Map<number, [number, number]>();
  const use = (buffer: number, phase: number) => {
    const [first, last] = found.get(buffer) ?? [phase, phase];
    found.set(buffer, [Math.min(first, phase), Math.max(last, phase)]);
  };
  plan.phases.forEach((steps, phase) =>
    steps.forEach(({ reads, writes }) => [...reads, ...writes].forEach((buffer) => use(buffer, phase)))
  );
  for (const { buffer } of Object.values(plan.inputs)) use(buffer, 0);
  for (const { at } of Object.values(plan.outputs)) {
    if (typeof at === "object" && "buffer" in at) use(at.buffer, plan.phases.length);
  }
  return found;
}

Deno.test("no two buffers that are in use at the same time overlap, and phases write before they read", () => {
  const deep = buildGraph("deep", (g) => {
    let x = toFloat(g, g.input("x", "float32", ["n", 24]));
    for (let layer = 0; layer < 6; layer++) {
      const wide = linear(g, x, { weight: g.weight(`${layer}.up`, [40, 24]) });
      const other = scale(g, x, 2);
      x = add(g, other, linear(g, activation(g, wide, "silu"), { weight: g.weight(`${layer}.down`, [24, 40]) }));
    }
    g.output("y", toFloat32(g, x));
  });
  const graphs = [
    deep,
    ...["mlp", "conv2d", "pad", "concat", "attention causal"].map((name) => CASES[name](randomNumbers(5)).graph),
  ];
  for (const graph of graphs) {
    const plan = planOf(graph, 11);
    const used = [...lifetimes(plan)];
    for (const [a, [firstA, lastA]] of used) {
      for (const [b, [firstB, lastB]] of used) {
        if (a >= b || lastA < firstB || lastB < firstA) continue;
        const [x, y] = [plan.buffers[a], plan.buffers[b]];
        const apart = x.offset + x.byteLength <= y.offset || y.offset + y.byteLength <= x.offset;
        assert(apart, `${graph.name}: ${a} and ${b}`);
      }
    }
    const written = new Set(Object.values(plan.inputs).map(({ buffer }) => buffer));
    for (const steps of plan.phases) {
      /** What the steps of a group before this one have made. */
      const groups = new Map<number, Set<number>>();
      for (const { reads, writes, rows, byRows } of steps) {
        const own = groups.get(rows) ?? new Set();
        for (const buffer of reads) {
          assert(written.has(buffer) || byRows && own.has(buffer), `${graph.name}: ${buffer}`);
        }
        if (byRows) groups.set(rows, own.union(new Set(writes)));
      }
      for (const buffer of steps.flatMap(({ writes }) => writes)) written.add(buffer);
    }
  }
});

Deno.test("an activation and a residual are part of the product before them", () => {
  const graph = buildGraph("fused", (g) => {
    const x = toFloat(g, g.input("x", "float32", ["n", 8]));
    const inner = activation(g, linear(g, x, { weight: g.weight("up", [8, 8]) }), "gelu");
    g.output("y", toFloat32(g, add(g, x, linear(g, inner, { weight: g.weight("down", [8, 8]) }))));
  });
  const kernels = planOf(graph, 5).phases.map((steps) => steps.map(({ kernel }) => kernel));
  assertEquals(kernels, [["gemm"], ["gemm"]]);
});

Deno.test("independent products are one phase, and memory does not grow with depth", () => {
  const chain = (depth: number) =>
    buildGraph("chain", (g) => {
      let x = toFloat(g, g.input("x", "float32", ["n", 16]));
      for (let i = 0; i < depth; i++) x = linear(g, x, { weight: g.weight(`${i}`, [16, 16]) });
      g.output("y", toFloat32(g, x));
    });
  assertEquals(planOf(chain(30), 7).arenaBytes, planOf(chain(5), 7).arenaBytes);
  const fan = buildGraph("fan", (g) => {
    const x = toFloat(g, g.input("x", "float32", ["n", 16]));
    for (const name of ["q", "k", "v"]) {
      g.output(name, toFloat32(g, linear(g, x, { weight: g.weight(`${name}.w`, [16, 16]) })));
    }
  });
  assertEquals(planOf(fan, 3).phases.map((steps) => steps.length), [3]);
});
