import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/core/errors.ts";
import { add, buildGraph, cast, interpret, toFloat, toFloat32 } from "../../src/graph/mod.ts";

const graph = buildGraph("test", (g) => {
  const a = toFloat(g, g.input("a", "float32", ["n", 2]));
  const b = toFloat(g, g.input("b", "float32", ["n", 2]));
  g.output("sum", toFloat32(g, add(g, a, b)));
});
const noWeights = () => new Float32Array();
const two = { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) } as const;
const four = { type: "float32", dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const;

Deno.test("a feed that is missing, of another type or of another extent is an error", () => {
  assertEquals(interpret(graph, noWeights, { a: two, b: two }).sum.data, Float32Array.of(2, 4));
  assertThrows(() => interpret(graph, noWeights, { a: two }), TypeError, "a feed for input b: found none");
  assertThrows(
    () => interpret(graph, noWeights, { a: two, b: { type: "int32", dims: [1, 2], data: Int32Array.of(1, 2) } }),
    TypeError,
    "input b to be float32: found int32",
  );
  assertThrows(() => interpret(graph, noWeights, { a: two, b: four }), ShapeError, "input b");
});

Deno.test("a constant comes from the graph, not from the checkpoint", () => {
  const constant = buildGraph("test", (g) => {
    const data = Int32Array.of(1, -2);
    g.output(
      "y",
      cast(g, g.weight({ name: "c", shape: [2], type: "int32", source: { kind: "constant", data } }), "int64"),
    );
  });
  assertEquals(interpret(constant, noWeights, {}).y.data, BigInt64Array.of(1n, -2n));
});

Deno.test("a reader that gives too few values is an error", () => {
  const weighted = buildGraph("test", (g) => g.output("y", toFloat32(g, g.weight("w", [3]))));
  assertThrows(() => interpret(weighted, () => new Float32Array(2), {}), ShapeError, "w to have shape [3]");
});
