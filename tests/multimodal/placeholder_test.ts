import { assertEquals } from "@std/assert";
import type { PlaceholderRange } from "../../src/core/generate.ts";
import { embedRuns, numEmbeds } from "../../src/multimodal/placeholder.ts";

const masked: PlaceholderRange = { itemIndex: 0, offset: 2, length: 5, isEmbed: new Uint8Array([0, 1, 0, 1, 1]) };
const plain: PlaceholderRange = { itemIndex: 1, offset: 8, length: 2 };

Deno.test("vLLM's example: rows, runs of embeds", () => {
  assertEquals(numEmbeds(masked), 3);
  assertEquals(embedRuns(masked), [[3, 3], [5, 6]]);
});

Deno.test("a range without a mask takes a row for every token", () => {
  assertEquals(numEmbeds(plain), 2);
  assertEquals(embedRuns(plain), [[8, 9]]);
  assertEquals(embedRuns({ ...plain, length: 0 }), []);
});
