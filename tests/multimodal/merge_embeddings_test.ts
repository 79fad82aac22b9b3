import { assertEquals, assertThrows } from "@std/assert";
import { EmbeddingTable } from "../../src/compute/embedding.ts";
import { ShapeError } from "../../src/core/errors.ts";
import type { PlaceholderRange } from "../../src/core/generate.ts";
import type { Tensor } from "../../src/core/tensor.ts";
import { mergeEmbeddings } from "../../src/multimodal/merge_embeddings.ts";

const HIDDEN = 3;
function tensor(data: ArrayLike<number>): Tensor {
  return { type: "float32", dims: [data.length / HIDDEN, HIDDEN], data: Float32Array.from(data) };
}
function counting(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

Deno.test("mergeEmbeddings() gives what the core's lookup and merge in one pass gives", () => {
  using table = new EmbeddingTable({ rows: 10, hiddenSize: HIDDEN, type: "float32" });
  table.write(0, new Uint8Array(Float32Array.from(counting(0, 30)).buffer));
  const ids = [3, 9, 9, 9, 4, 9, 5];
  const ranges: PlaceholderRange[] = [
    { itemIndex: 0, offset: 1, length: 3, isEmbed: Uint8Array.of(1, 0, 1) },
    { itemIndex: 1, offset: 5, length: 1 },
  ];
  const rows = counting(100, 9);
  const whole = table.embedInputIds(ids, [
    { name: "image 0", ranges: [ranges[0]], rows: Float32Array.from(rows.slice(0, 6)) },
    { name: "image 1", ranges: [ranges[1]], rows: Float32Array.from(rows.slice(6)) },
  ]);
  const merged = mergeEmbeddings(tensor(table.embedInputIds(ids)), tensor(rows), ranges);
  assertEquals(merged.data, whole);
});

Deno.test("mergeEmbeddings() refuses too few rows, too many, and ranges outside, and writes nothing", () => {
  const ranges = [{ itemIndex: 0, offset: 1, length: 2 }];
  for (const numRows of [1, 3]) {
    const embeds = tensor(counting(0, 12));
    assertThrows(() => mergeEmbeddings(embeds, tensor(counting(0, numRows * HIDDEN)), ranges), ShapeError, "rows");
    assertEquals([...embeds.data], counting(0, 12));
  }
  const outside = [{ itemIndex: 0, offset: 3, length: 2 }];
  assertThrows(() => mergeEmbeddings(tensor(counting(0, 12)), tensor(counting(0, 6)), outside), RangeError, "within 4");
});
