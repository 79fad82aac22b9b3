import { assertEquals, assertThrows } from "@std/assert";
import type { PlaceholderRange } from "../../src/core/generate.ts";
import { embedIndicesInRange, embedMask, embedRuns, numEmbeds } from "../../src/multimodal/placeholder.ts";

const masked: PlaceholderRange = { itemIndex: 0, offset: 2, length: 5, isEmbed: new Uint8Array([0, 1, 0, 1, 1]) };
const plain: PlaceholderRange = { itemIndex: 1, offset: 8, length: 2 };

Deno.test("vLLM's example: rows of a stretch, runs of embeds", () => {
  assertEquals(numEmbeds(masked), 3);
  assertEquals(embedIndicesInRange(masked, 3, 5), [1, 3]);
  assertEquals(embedRuns(masked), [[3, 3], [5, 6]]);
});

Deno.test("a range without a mask takes a row for every token", () => {
  assertEquals(numEmbeds(plain), 2);
  assertEquals(embedIndicesInRange(plain, 1, 2), [1, 2]);
  assertEquals(embedRuns(plain), [[8, 9]]);
  assertEquals(embedRuns({ ...plain, length: 0 }), []);
});

Deno.test("rows of neighbouring stretches lie end to end", () => {
  for (let cut = 0; cut <= 5; cut++) {
    const [first, last] = [embedIndicesInRange(masked, 0, cut), embedIndicesInRange(masked, cut, 5)];
    assertEquals([first[0], first[1], last[1]], [0, last[0], 3]);
  }
  for (const [start, end] of [[-1, 2], [3, 2], [0, 6]]) {
    assertThrows(() => embedIndicesInRange(masked, start, end), RangeError, "within 0 to 5");
  }
});

Deno.test("the mask of a prompt has the embeds of all ranges", () => {
  assertEquals([...embedMask(11, [plain, masked])], [0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0]);
  assertThrows(() => embedMask(9, [plain]), RangeError, "found one that ends at 10");
});
