import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { folderFiles } from "../../src/checkpoint/folder.ts";
import { memoryFiles } from "../../src/checkpoint/files.ts";
import { openTensorIndex } from "../../src/checkpoint/tensor_index.ts";
import { safetensorsBytes } from "./safetensors_bytes.ts";

const SHARDED = new URL("../testdata/checkpoint/sharded", import.meta.url);
const one = (name: string, value: number) =>
  safetensorsBytes({ [name]: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }, new Uint8Array([value]));
const index = (weightMap: Record<string, unknown>) => JSON.stringify({ metadata: {}, weight_map: weightMap });

Deno.test("shards written by the safetensors package are one set of tensors", async () => {
  const tensors = await openTensorIndex(await folderFiles(SHARDED));
  assertEquals(tensors.size, 9);
  assertEquals(tensors.get("model.scalar")?.shape, []);
  assertEquals(tensors.get("model.empty")?.byteLength, 0);
  assertEquals(tensors.get("model.nothing"), undefined);
  const ids = new BigInt64Array((await tensors.read("model.ids")).buffer);
  assertEquals([...ids], [0n, 1n, 2n, 3n, 4n]);
  assertEquals(new Float32Array((await tensors.read("model.scalar")).buffer)[0], 2.5);
});

Deno.test("one file is preferred to an index", async () => {
  const tensors = await openTensorIndex(memoryFiles({
    "model.safetensors": one("a", 1),
    "model.safetensors.index.json": index({ b: "missing.safetensors" }),
  }));
  assertEquals(tensors.names(), ["a"]);
});

Deno.test("the index decides which shard a tensor is read from", async () => {
  const tensors = await openTensorIndex(memoryFiles({
    "1.safetensors": one("a", 1),
    "2.safetensors": one("a", 2),
    "model.safetensors.index.json": index({ a: "2.safetensors" }),
  }));
  assertEquals(await tensors.read("a"), new Uint8Array([2]));
  await assertRejects(() => tensors.read("b"), CheckpointError, "Expected a tensor b");
});

Deno.test("an index that does not fit its shards is refused", async () => {
  const cases: [string, string][] = [
    [index({ a: "3.safetensors" }), "3.safetensors"],
    [index({ b: "1.safetensors" }), "model.safetensors.index.json: b"],
    [index({ a: 1 }), "model.safetensors.index.json: weight_map.a"],
    ["{}", "model.safetensors.index.json: weight_map"],
  ];
  for (const [text, param] of cases) {
    const files = memoryFiles({ "1.safetensors": one("a", 1), "model.safetensors.index.json": text });
    assertEquals((await assertRejects(() => openTensorIndex(files), CheckpointError)).param, param);
  }
});

Deno.test("an index cannot reach files outside the checkpoint", async () => {
  const outside = memoryFiles({
    "../1.safetensors": one("a", 1),
    "model.safetensors.index.json": index({ a: "../1.safetensors" }),
  });
  const files = { ...outside, list: () => Promise.resolve(["model.safetensors.index.json"]) };
  const error = await assertRejects(() => openTensorIndex(files), CheckpointError);
  assertEquals([error.code, error.param], ["checkpoint_file_missing", "../1.safetensors"]);
});
