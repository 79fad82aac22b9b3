import { assertEquals, assertRejects } from "@std/assert";
import { DeviceMemoryError } from "../../src/core/errors.ts";
import { attention, buildGraph, toFloat, toFloat32 } from "../../src/graph/mod.ts";
import { openOrtBackend } from "../../src/runtime/ort_backend.ts";

Deno.test("a run that does not fit into memory is a typed error, and the next run works", async () => {
  const choice = { device: "wasm", dtype: "f32", reason: "test", name: "1 thread" } as const;
  const backend = await openOrtBackend(choice, { numThreads: 1 });
  const graph = buildGraph("attention", (g) => {
    const x = toFloat(g, g.input("x", "float32", [1, "num_tokens", 8]));
    const mixed = attention(g, { q: x, k: x, v: x }, { numHeads: 1, numKvHeads: 1, headDim: 8, mask: "bidirectional" });
    g.output("y", toFloat32(g, mixed));
  });
  const none = new Uint8Array();
  await using session = await backend.openSession(graph, () => ({
    size: 0,
    blob: () => new Blob(),
    bytes: () => Promise.resolve(none),
  }));
  const run = (numTokens: number) =>
    session.run({ x: { type: "float32", dims: [1, numTokens, 8], data: new Float32Array(numTokens * 8) } });
  // Scores of 2^32 bytes and more are beyond WASM's memory.
  await assertRejects(() => run(40_000), DeviceMemoryError, "Expected an input for whose run there is memory");
  assertEquals((await run(3)).y.dims, [1, 3, 8]);
});
