import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { folderFiles } from "../../src/checkpoint/folder.ts";
import { memoryFiles } from "../../src/checkpoint/files.ts";
import { readSafetensorsHeader, SAFETENSORS_BITS } from "../../src/checkpoint/safetensors.ts";
import { safetensorsBytes } from "./safetensors_bytes.ts";

const SHARDED = new URL("../testdata/checkpoint/sharded", import.meta.url);

async function header(bytes: Uint8Array) {
  const files = memoryFiles({ "model.safetensors": bytes });
  return await readSafetensorsHeader(await files.open("model.safetensors"), "model.safetensors");
}

Deno.test("a file written by the safetensors package is read", async () => {
  const files = await folderFiles(SHARDED);
  const name = "model-00001-of-00002.safetensors";
  const entries = await readSafetensorsHeader(await files.open(name), name);
  assertEquals(
    entries.map(({ name, dtype, shape, byteLength }) => ({ name, dtype, shape, byteLength })).sort((a, b) =>
      a.name < b.name ? -1 : 1
    ),
    [
      { name: "model.conv.weight", dtype: "F32", shape: [2, 3, 2, 2], byteLength: 96 },
      { name: "model.linear.bias", dtype: "F16", shape: [4], byteLength: 8 },
      { name: "model.linear.weight", dtype: "BF16", shape: [4, 3], byteLength: 24 },
      { name: "model.special.bf16", dtype: "BF16", shape: [16], byteLength: 32 },
    ],
  );
});

Deno.test("every dtype of the format has its width", async () => {
  for (const [dtype, bits] of Object.entries(SAFETENSORS_BITS)) {
    const entries = await header(safetensorsBytes({ w: { dtype, shape: [8, 2], data_offsets: [0, bits * 2] } }));
    assertEquals(entries[0].byteLength, bits * 2, dtype);
  }
});

const w = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const broken: Record<string, [Uint8Array, RegExp, string]> = {
  "a file without a length": [new Uint8Array(7), /at least 8 bytes.*found 7/, "model.safetensors"],
  "a header longer than the file": [
    new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 123, 125]),
    /header of at most 2 bytes.*length of 9/,
    "model.safetensors",
  ],
  "a length of 2^64 - 1": [new Uint8Array(16).fill(255), /18446744073709551615/, "model.safetensors"],
  "a Git LFS pointer": [
    new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    /header of at most/,
    "model.safetensors",
  ],
  "a header that is no JSON": [safetensorsBytes("{w}"), /Expected JSON/, "model.safetensors"],
  "a header that is no UTF-8": [
    new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]),
    /Expected UTF-8/,
    "model.safetensors",
  ],
  "a header that is an array": [safetensorsBytes("[]"), /JSON object as the header/, "model.safetensors"],
  "a header nested without end": [safetensorsBytes("[".repeat(200_000)), /Expected JSON/, "model.safetensors"],
  "a tensor that is no object": [safetensorsBytes({ w: 3 }), /object in the header/, "model.safetensors: w"],
  "an unknown dtype": [
    safetensorsBytes({ w: { ...w, dtype: "Q4" } }),
    /dtype of BOOL.*found "Q4"/,
    "model.safetensors: w",
  ],
  "a dtype named like a method": [
    safetensorsBytes({ w: { ...w, dtype: "toString" } }),
    /found "toString"/,
    "model.safetensors: w",
  ],
  "a negative extent": [safetensorsBytes({ w: { ...w, shape: [-2] } }), /Expected a shape/, "model.safetensors: w"],
  "a shape that overflows": [
    safetensorsBytes({ w: { ...w, shape: [2 ** 40, 2 ** 40] } }),
    /bytes for F32/,
    "model.safetensors: w",
  ],
  "three offsets": [safetensorsBytes({ w: { ...w, data_offsets: [0, 4, 8] } }), /data_offsets/, "model.safetensors: w"],
  "offsets turned round": [
    safetensorsBytes({ w: { ...w, data_offsets: [8, 0] } }),
    /data_offsets/,
    "model.safetensors: w",
  ],
  "a shape of another size": [
    safetensorsBytes({ w: { ...w, shape: [3] } }),
    /Expected 12 bytes for F32 \[3\]: found 8/,
    "model.safetensors: w",
  ],
  "an overlap": [
    safetensorsBytes({ w, v: { dtype: "F32", shape: [2], data_offsets: [4, 12] } }),
    /found an overlap/,
    "model.safetensors: v",
  ],
  "a hole": [
    safetensorsBytes({ w, v: { dtype: "F32", shape: [1], data_offsets: [12, 16] } }),
    /found a hole/,
    "model.safetensors: v",
  ],
  "a cut file": [safetensorsBytes({ w }).slice(0, -1), /so the file is cut/, "model.safetensors: w"],
  "bytes after the last tensor": [
    new Uint8Array([...safetensorsBytes({ w }), 0]),
    /to end at byte/,
    "model.safetensors",
  ],
};

for (const [what, [bytes, message, param]] of Object.entries(broken)) {
  Deno.test(`${what} is refused`, async () => {
    const error = await assertRejects(() => header(bytes), CheckpointError);
    assertEquals(message.test(error.message), true, error.message);
    assertEquals(error.param, param);
  });
}

Deno.test("flipped bytes of a header give an error or a layout that fits the file, never anything else", async () => {
  const good = safetensorsBytes({ w, v: { dtype: "BF16", shape: [2, 2], data_offsets: [8, 16] } });
  for (let position = 0; position < good.length - 16; position++) {
    for (const flip of [1, 2, 16, 64]) {
      const bytes = good.slice();
      bytes[position] ^= flip;
      try {
        const entries = await header(bytes);
        assertEquals(entries.reduce((sum, entry) => sum + entry.byteLength, 0), 16);
      } catch (error) {
        assertEquals(error instanceof CheckpointError, true, String(error));
      }
    }
  }
});
