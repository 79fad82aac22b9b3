import { assertEquals, assertThrows } from "@std/assert";
import { EmbeddingTable } from "../../src/compute/embedding.ts";
import { AdapterError, InvalidRequestError, LimbusError } from "../../src/core/errors.ts";
import { convertFloats, type FloatType } from "../../src/compute/dtype.ts";

const ROWS = 50, HIDDEN = 7;
const values = Float32Array.from({ length: ROWS * HIDDEN }, (_, i) => (i % 200) - 100);

function makeTable(type: FloatType, scale?: number): EmbeddingTable {
  const table = new EmbeddingTable({ rows: ROWS, hiddenSize: HIDDEN, type, scale });
  const bytes = convertFloats(new Uint8Array(values.buffer), "float32", type);
  for (let at = 0; at < bytes.length; at += 333) table.write(at, bytes.subarray(at, at + 333));
  return table;
}

const row = (id: number) => [...values.subarray(id * HIDDEN, (id + 1) * HIDDEN)];
const rows = (n: number, first: number) => Float32Array.from({ length: n * HIDDEN }, (_, i) => first + i);

Deno.test("the table gives the rows of the ids from every format", () => {
  for (const type of ["float32", "float16", "bfloat16"] as const) {
    using table = makeTable(type);
    assertEquals([...table.embedInputIds([3, 0, 49, 3])], [row(3), row(0), row(49), row(3)].flat());
    assertEquals(table.embedInputIds([]).length, 0);
  }
});

Deno.test("encoder rows go to the embed positions of their item, unscaled", () => {
  using table = makeTable("bfloat16", 2);
  const [first, second] = [rows(3, 1000), rows(1, 2000)];
  const got = table.embedInputIds([7, 9999, 9999, 8, 9999, 9999], [
    { name: "image 1", ranges: [{ offset: 5, length: 1 }], rows: second },
    {
      name: "image 0",
      ranges: [{ offset: 1, length: 2 }, { offset: 3, length: 2, isEmbed: Uint8Array.of(0, 1) }],
      rows: first,
    },
  ]);
  const twice = (id: number) => row(id).map((x) => 2 * x);
  const want = [twice(7), [...first.subarray(0, 14)], twice(8), [...first.subarray(14)], [...second]].flat();
  assertEquals([...got], want);
});

Deno.test("rows and embed positions must agree, for each item by itself", () => {
  using table = makeTable("float32");
  const merge = (counts: number[]) =>
    table.embedInputIds([1, 1, 1, 1, 1, 1], [
      { name: "image 0", ranges: [{ offset: 0, length: 2 }], rows: rows(counts[0], 0) },
      {
        name: "image 1",
        ranges: [{ offset: 3, length: 3, isEmbed: Uint8Array.of(1, 0, 1) }],
        rows: rows(counts[1], 0),
      },
    ]);
  merge([2, 2]);
  const message = (item: number, found: number) =>
    `Expected 2 encoder rows of 7 for image ${item}, one for each embed position: found ${found}`;
  assertThrows(() => merge([1, 2]), AdapterError, message(0, 1));
  assertThrows(() => merge([2, 3]), AdapterError, message(1, 3));
  assertThrows(() => merge([3, 1]), AdapterError, message(0, 3));
});

Deno.test("what does not fit is refused and the next call works", () => {
  using table = makeTable("float32");
  const one = (offset: number, length: number, isEmbed?: Uint8Array) => ({
    name: "image 0",
    ranges: [{ offset, length, isEmbed }],
    rows: rows(length, 0),
  });
  assertThrows(() => table.embedInputIds([1, 50]), InvalidRequestError, "Expected token ids below 50");
  assertThrows(() => table.embedInputIds([1, 2], [one(1, 2)]), AdapterError, "lie in the prompt");
  assertThrows(() => table.embedInputIds([1, 2], [one(0, 2, Uint8Array.of(1))]), AdapterError, "lie in the prompt");
  assertThrows(() => table.embedInputIds([1, 2], [one(0, 2), one(1, 1)]), AdapterError, "share no position");
  assertThrows(() => table.write(1, new Uint8Array(table.byteLength)), RangeError, "Expected a part inside");
  assertThrows(() => new EmbeddingTable({ rows: 2 ** 20, hiddenSize: 2 ** 12, type: "float32" }), LimbusError, "4 GiB");
  assertEquals([...table.embedInputIds([1])], row(1));
});
