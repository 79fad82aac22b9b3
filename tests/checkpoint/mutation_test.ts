/**
 * Damaged headers of safetensors files: an error of its class, or entries that lie end to end in the file. Not guided by
 * coverage; `LIMBUS_MUTATIONS` makes it longer.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { memoryFiles } from "../../src/checkpoint/files.ts";
import { readSafetensorsHeader, SAFETENSORS_BITS } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { generator, mutateBytes, mutateJson } from "../kit/mutation.ts";
import { safetensorsBytes } from "./safetensors_bytes.ts";

const ROUNDS = Number(Deno.env.get("LIMBUS_MUTATIONS") ?? 5000);
const HEADER = {
  __metadata__: { format: "pt" },
  "a.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
  "b.weight": { dtype: "BF16", shape: [4], data_offsets: [24, 32] },
  scalar: { dtype: "I64", shape: [], data_offsets: [32, 40] },
  empty: { dtype: "U8", shape: [0, 7], data_offsets: [40, 40] },
  packed: { dtype: "F4", shape: [2, 2], data_offsets: [40, 42] },
};
const DATA = new Uint8Array(42);

/** Whether the file was read; every entry then has the bytes of its shape, and no byte of the data is nobody's. */
async function isRead(bytes: Uint8Array): Promise<boolean> {
  const file = await memoryFiles({ m: bytes }).open("m");
  try {
    const entries = await readSafetensorsHeader(file, "m");
    let end = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (const { offset, byteLength, dtype, shape } of entries) {
      assertEquals(offset, end);
      end += byteLength;
      const elements = shape.reduce((product, extent) => product * BigInt(extent), 1n);
      assertEquals(elements * BigInt(SAFETENSORS_BITS[dtype]), 8n * BigInt(byteLength));
    }
    assertEquals(end, bytes.length);
    return true;
  } catch (error) {
    assert(error instanceof CheckpointError, `${error}\n${new TextDecoder().decode(bytes)}`);
    assert(/^[^\n]*: found /.test((error as Error).message), String(error));
    return false;
  }
}

Deno.test("damaged headers are refused or consistent", async () => {
  const below = generator(5);
  let read = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let header: unknown = HEADER;
    for (let times = below(4); times > 0; times--) header = mutateJson(header, below);
    const data = below(8) === 0 ? new Uint8Array(below(60)) : DATA;
    let bytes: Uint8Array = safetensorsBytes(JSON.stringify(header), data);
    for (let times = below(8) - 4; times > 0; times--) bytes = mutateBytes(bytes, below);
    if (await isRead(bytes)) read++;
  }
  assert(read > 0 && read < ROUNDS, `${read} of ${ROUNDS} were read`);
});
