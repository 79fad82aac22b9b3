import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { folderFiles } from "../../src/checkpoint/folder.ts";
import { memoryFiles } from "../../src/checkpoint/files.ts";
import { openTensorIndex } from "../../src/checkpoint/tensor_index.ts";
import { createWeightSource } from "../../src/checkpoint/weight_source.ts";
import { rowsWeight, tensorWeight, type WeightSpec } from "../../src/graph/weights.ts";
import goldens from "../testdata/checkpoint/goldens.json" with { type: "json" };
import { safetensorsBytes } from "./safetensors_bytes.ts";

const SHARDED = new URL("../testdata/checkpoint/sharded", import.meta.url);
const { transposed, ...torchTensors } = goldens;

async function goldenSource(chunkElements?: number) {
  const tensors = await openTensorIndex(await folderFiles(SHARDED));
  return createWeightSource(tensors, { names: (name) => [name, `model.${name}`], chunkElements });
}

const hex = (bytes: Uint8Array) => bytes.toHex();

for (const dtype of ["float32", "float16"] as const) {
  for (const chunkElements of [1, 3, undefined]) {
    Deno.test(`torch's conversion to ${dtype} is met bit by bit, ${chunkElements ?? "all"} elements at once`, async () => {
      const source = await goldenSource(chunkElements);
      for (const [name, golden] of Object.entries(torchTensors)) {
        const bytes = await source.read(tensorWeight(name, golden.shape), dtype);
        assertEquals(hex(bytes), golden[dtype], name);
      }
    });

    Deno.test(`a matrix is transposed to ${dtype} as torch does, ${chunkElements ?? "all"} elements at once`, async () => {
      const spec: WeightSpec = {
        name: "w",
        shape: [3, 4],
        source: { kind: "tensor", tensor: "linear.weight", transform: "transpose" },
      };
      const bytes = await (await goldenSource(chunkElements)).read(spec, dtype);
      assertEquals(hex(bytes), transposed[dtype]);
    });
  }

  Deno.test(`tensors are joined along their first axis in ${dtype}`, async () => {
    const source = await goldenSource();
    const joined = { kind: "concat", tensors: ["linear.weight", "linear.weight"], axis: 0 } as const;
    const once = goldens["model.linear.weight"][dtype];
    assertEquals(hex(await source.read({ name: "w", shape: [8, 3], source: joined }, dtype)), once + once);
    const turned = await source.read(
      { name: "w", shape: [3, 8], source: { ...joined, transform: "transpose" } },
      dtype,
    );
    const width = dtype === "float32" ? 32 : 16;
    const rows = transposed[dtype].match(new RegExp(`.{${width}}`, "g"))!;
    assertEquals(hex(turned), rows.map((row) => row + row).join(""));
  });
}

Deno.test("some rows of a tensor are read, as they are and transposed", async () => {
  const source = await goldenSource(2);
  const all = goldens["model.linear.weight"].float32; // [4, 3]
  const spec = rowsWeight("linear.weight", [1, 3], [4, 3]);
  assertEquals(hex(await source.read(spec, "float32")), all.slice(3 * 8, 9 * 8));
  const turned: WeightSpec = { ...spec, shape: [3, 2], source: { ...spec.source, transform: "transpose" } as never };
  const numbers = all.slice(3 * 8, 9 * 8).match(/.{8}/g)!;
  assertEquals(hex(await source.read(turned, "float32")), [0, 3, 1, 4, 2, 5].map((i) => numbers[i]).join(""));
  const error = assertThrows(() => source.resolve(rowsWeight("linear.weight", [1, 3], [5, 3]), "float32"));
  assertEquals((error as Error).message, "Expected model.linear.weight to have shape [5, 3]: found [4, 3]");
});

Deno.test("a weight of type float32 stays wide on a float16 device", async () => {
  const source = await goldenSource();
  const spec: WeightSpec = { ...tensorWeight("model.linear.bias", [4]), type: "float32" };
  assertEquals(hex(await source.read(spec, "float16")), goldens["model.linear.bias"].float32);
});

Deno.test("another rank is a view, another extent of the same rank is a mistake", async () => {
  const source = await goldenSource();
  assertEquals(
    hex(await source.read(tensorWeight("conv.weight", [2, 12]), "float32")),
    goldens["model.conv.weight"].float32,
  );
  for (const shape of [[3, 4], [12, 1], [4, 3, 2], [13]]) {
    const error = assertThrows(() => source.resolve(tensorWeight("linear.weight", shape), "float32"), CheckpointError);
    assertEquals(error.message, `Expected model.linear.weight to have shape [${shape.join(", ")}]: found [4, 3]`);
  }
});

Deno.test("constants bring their own type; floats follow the device", async () => {
  const source = await goldenSource();
  const constant = (data: Float32Array | Int32Array | BigInt64Array, type?: WeightSpec["type"]): WeightSpec => ({
    name: "c",
    shape: [2],
    type,
    source: { kind: "constant", data },
  });
  const floats = new Float32Array([1, -2]);
  assertEquals(hex(await source.read(constant(floats), "float32")), "0000803f000000c0");
  assertEquals(hex(await source.read(constant(floats), "float16")), "003c00c0");
  assertEquals(hex(await source.read(constant(floats, "float32"), "float16")), "0000803f000000c0");
  assertEquals(hex(await source.read(constant(new Int32Array([1, -1]), "int32"), "float16")), "01000000ffffffff");
  const long = constant(new BigInt64Array([1n, 2n]), "int64");
  assertEquals(source.resolve(long, "float16").byteLength, 16);
  assertEquals(hex(await source.read(long, "float16")), "01000000000000000200000000000000");
  // Chunks may be transferred, so they must not be the graph's own array.
  for await (const chunk of source.resolve(constant(floats), "float32").chunks()) chunk.fill(255);
  assertEquals([...floats], [1, -2]);
});

Deno.test("a missing tensor is named with all names tried and the nearest that exist", async () => {
  const source = await goldenSource();
  const error = assertThrows(() => source.resolve(tensorWeight("linaer.weight", [4, 3]), "float32"), CheckpointError);
  assertEquals(error.message, "Expected a tensor linaer.weight or model.linaer.weight: found none among 9");
  assertEquals(error.hint?.includes("model.linear.weight"), true, error.hint);
});

Deno.test("stored integers are refused as weights", async () => {
  const source = await goldenSource();
  const error = assertThrows(() => source.resolve(tensorWeight("ids", [5]), "float32"), CheckpointError);
  assertEquals(error.message, "Expected model.ids to be F32, F16 or BF16: found I64");
});

Deno.test("tensors of different rows cannot be joined", async () => {
  const source = await goldenSource();
  const spec: WeightSpec = {
    name: "w",
    shape: [8, 3],
    source: { kind: "concat", tensors: ["linear.weight", "linear.bias"], axis: 0 },
  };
  assertThrows(
    () => source.resolve(spec, "float32"),
    CheckpointError,
    "Expected model.linear.bias to have shape [any, 3]",
  );
});

Deno.test("no more than a chunk is read at once", async () => {
  const bytes = safetensorsBytes({ w: { dtype: "BF16", shape: [1000], data_offsets: [0, 2000] } });
  const files = memoryFiles({ "model.safetensors": bytes });
  let longest = 0;
  const tensors = await openTensorIndex({
    ...files,
    async open(name) {
      const file = await files.open(name);
      return {
        size: file.size,
        read(offset, length) {
          longest = Math.max(longest, length);
          return file.read(offset, length);
        },
      };
    },
  });
  longest = 0;
  const source = createWeightSource(tensors, { names: (name) => [name], chunkElements: 64 });
  assertEquals((await source.read(tensorWeight("w", [1000]), "float32")).length, 4000);
  assertEquals(longest, 128);
  await assertRejects(() => tensors.read("w", 1990, 11), RangeError);
});

Deno.test("a table can be read in the type in which it is stored", async () => {
  const source = await goldenSource();
  const bytes = await source.read(tensorWeight("linear.weight", [4, 3]), "bfloat16");
  const tensors = await openTensorIndex(await folderFiles(SHARDED));
  assertEquals(bytes, await tensors.read("model.linear.weight"));
});

Deno.test("matrices of any size are transposed", async () => {
  for (const [rows, columns] of [[1, 1], [1, 40], [40, 1], [64, 64], [65, 129], [200, 31]]) {
    const stored = Float32Array.from({ length: rows * columns }, (_, index) => index);
    const header = { w: { dtype: "F32", shape: [rows, columns], data_offsets: [0, stored.byteLength] } };
    const bytes = safetensorsBytes(header, new Uint8Array(stored.buffer));
    const tensors = await openTensorIndex(memoryFiles({ "model.safetensors": bytes }));
    const turned = await createWeightSource(tensors, { names: (name) => [name] }).read(
      { name: "w", shape: [columns, rows], source: { kind: "tensor", tensor: "w", transform: "transpose" } },
      "float32",
    );
    const expected = Float32Array.from(stored, (_, index) => (index % rows) * columns + Math.floor(index / rows));
    assertEquals(new Float32Array(turned.buffer), expected, `${rows} x ${columns}`);
  }
});
