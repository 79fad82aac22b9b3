import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { canonicalBytes } from "../../src/multimodal/canonical_bytes.ts";

/** Values that must not be taken for each other; the first five pairs are those that vLLM's tests name. */
const APART: [unknown, unknown][] = [
  [{ ab: "c" }, { a: "bc" }],
  [{ size: { shortest_edge: 224 } }, { "size.shortest_edge": 224 }],
  [{ fps: [2, 4] }, { fps: { 0: 2, 1: 4 } }],
  [{ video_pruning_rate: null }, { video_pruning_rate: "" }],
  [{ size: {} }, {}],
  [{ a: 1 }, { a: "1" }],
  [{ a: true }, { a: 1 }],
  [{ a: undefined }, {}],
  [{ a: null }, { a: undefined }],
  [{ a: 1n }, { a: 1 }],
  [[], {}],
  [[[1], [2]], [[1, 2]]],
  [[[], []], [[[]]]],
  [["a", "b"], ["ab"]],
  [["a", ["b"]], [["a"], "b"]],
  [{ a: "b", c: "d" }, { a: "bc", d: "" }],
  [{ a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
  ["\ud800", "\ud801"],
  ["ab", Uint8Array.of(0x61, 0, 0x62, 0)],
  [new Uint8Array(2), new Uint8Array(3)],
  [0.1, 0.1 + 2 ** -55],
];

Deno.test("values that differ have different bytes, and none is the beginning of another", () => {
  for (const [a, b] of APART) {
    const [x, y] = [canonicalBytes(a), canonicalBytes(b)];
    const shorter = Math.min(x.length, y.length);
    assertNotEquals([...x.subarray(0, shorter)], [...y.subarray(0, shorter)], `${Deno.inspect(a)} ${Deno.inspect(b)}`);
  }
});

Deno.test("equal values have equal bytes, in whatever order their keys were written", () => {
  const value = { size: { height: 2, width: 3 }, list: [1, "a", null, Uint8Array.of(7)], flag: false };
  const other = { flag: false, list: [1, "a", null, Uint8Array.of(7)], size: { width: 3, height: 2 } };
  assertEquals(canonicalBytes(value), canonicalBytes(other));
  assertEquals(canonicalBytes(structuredClone(value)), canonicalBytes(value));
});

Deno.test("what has no canonical form is refused", () => {
  for (const value of [() => 1, Symbol("s"), new Date(0), new Map(), { a: new Float32Array(1) }]) {
    assertThrows(() => canonicalBytes(value), TypeError);
  }
});
