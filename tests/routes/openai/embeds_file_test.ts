import { assertEquals, assertThrows } from "@std/assert";
import { readEmbedsFile } from "../../../routes/openai/embeds_file.ts";
import { InvalidRequestError } from "../../../src/core/errors.ts";

const DATA = new URL("../../testdata/embeds/", import.meta.url);
const PARAM = "messages[0].content[0].image_embeds";

/** A file of this header and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number, headerBytes?: number): string {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes ?? json.length), true);
  bytes.set(json, 8);
  return bytes.toBase64();
}

Deno.test("a file that Python wrote is read as it was meant, 16-bit floats widened", () => {
  const file = readEmbedsFile(Deno.readFileSync(new URL("embeds.safetensors", DATA)).toBase64(), PARAM);
  const goldens = JSON.parse(Deno.readTextFileSync(new URL("goldens.json", DATA)));
  const found = Object.entries(file).map(([name, { type, dims, data }]) => {
    return [name, { type, dims, values: Array.from(data as Float32Array, Number) }];
  });
  assertEquals(Object.fromEntries(found), goldens);
});

Deno.test("anything else is refused with the part's path and none of its content", () => {
  const f32 = (shape: unknown, begin: unknown, end: unknown) => ({ dtype: "F32", shape, data_offsets: [begin, end] });
  const cases: Record<string, string> = {
    "not base64": "$$$$",
    "base64 without padding": "AAAAA",
    "other alphabet": "-_-_",
    "empty": "",
    "too short": "AAAA",
    "header beyond the file": fileOf("{}", 0, 100),
    "header of 2^60 bytes": fileOf("{}", 0, 2 ** 60),
    "no JSON": fileOf("{", 0),
    "no object": fileOf([], 0),
    "null": fileOf(null, 0),
    "an entry that is null": fileOf({ a: null }, 0),
    "unknown type": fileOf({ a: { ...f32([1], 0, 4), dtype: "F64" } }, 4),
    "type of a prototype": fileOf({ a: { ...f32([1], 0, 4), dtype: "constructor" } }, 4),
    "negative extent": fileOf({ a: f32([-1], 0, -4) }, 4),
    "fraction": fileOf({ a: f32([0.5], 0, 2) }, 2),
    "extents that overflow": fileOf({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4),
    "offsets backwards": fileOf({ a: f32([1], 4, 0) }, 4),
    "fewer bytes than the shape": fileOf({ a: f32([2], 0, 4) }, 4),
    "beyond the data": fileOf({ a: f32([2], 0, 8) }, 4),
    "bytes left over": fileOf({ a: f32([1], 0, 4) }, 8),
    "overlap": fileOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8),
    "hole": fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
    "offsets as text": fileOf({ a: f32([1], "0", "4") }, 4),
  };
  for (const [title, file] of Object.entries(cases)) {
    const error = assertThrows(() => readEmbedsFile(file, PARAM), InvalidRequestError, undefined, title);
    assertEquals([error.param, error.code], [PARAM, "invalid_embeddings"], title);
  }
});

Deno.test("a name that objects have of themselves is a name like any other", () => {
  const file = readEmbedsFile(fileOf('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), PARAM);
  assertEquals(Object.keys(file), ["__proto__"]);
  assertEquals(Object.getPrototypeOf(file), Object.prototype);
});
