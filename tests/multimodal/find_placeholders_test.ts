import { assertEquals } from "@std/assert";
import type { Modality } from "../../src/core/message.ts";
import { findPlaceholders, type ModalityContents } from "../../src/multimodal/find_placeholders.ts";
import { applyPromptUpdates, PromptReplacement, PromptUpdateDetails } from "../../src/multimodal/prompt_update.ts";
import { createRandom } from "../../src/testing/random.ts";

const I = 32000;

/** As `modality#item@offset`, by offset. */
function find(prompt: ArrayLike<number>, contents: ModalityContents[]): string[] {
  return Object.entries(findPlaceholders(prompt, contents))
    .flatMap(([modality, ranges]) => ranges.map((range) => ({ modality, ...range })))
    .sort((a, b) => a.offset - b.offset)
    .map(({ modality, itemIndex, offset }) => `${modality}#${itemIndex}@${offset}`);
}

/** Several items of each modality, all with the same content. */
function same(numItems: number, contents: Record<string, number[]>): ModalityContents[] {
  return Object.entries(contents).map(([modality, content]) => ({
    modality: modality as Modality,
    items: Array.from({ length: numItems }, () => [content]),
  }));
}

Deno.test("vLLM T6: expanded placeholders are found from the left, the first modality first", () => {
  const contents = same(3, { p1: [I, I], p2: [], p3: [1550, 918, 1550], p4: [I] });
  const rows: [number[], string[]][] = [
    [[1, 9833, 28747, I, 9833, 28747, I, I, 918], ["p4#0@3", "p1#0@6"]],
    [[1, I, I, 9833, 28747, I, I, 1550, 918, 1550], ["p1#0@1", "p1#1@5", "p3#0@7"]],
    [[1, I, I, I, I, I, 1550, 918, 1550], ["p1#0@1", "p1#1@3", "p4#0@5", "p3#0@6"]],
  ];
  for (const [prompt, want] of rows) assertEquals(find(prompt, contents), want);
});

Deno.test("vLLM T6: an item that is not there ends the search of its modality", () => {
  const missing: ModalityContents[] = [{ modality: "image", items: [[[999]], [[998]]] }];
  for (const prompt of [[], [1, 2, 3, 4, 5], [998, 998]]) assertEquals(find(prompt, missing), []);
  const other = [...missing, { modality: "audio" as const, items: [[[998]]] }];
  assertEquals(find([998], other), ["audio#0@0"]);
});

Deno.test("an item may be there in another form; masks come along", () => {
  const alternatives = [[1, 2, 3], PromptUpdateDetails.selectTokenId([1, 2], 2)];
  const found = findPlaceholders([0, 1, 2, 0], [{ modality: "image", items: [alternatives] }]);
  assertEquals(found.image, [{ itemIndex: 0, offset: 1, length: 2, isEmbed: Uint8Array.of(0, 1) }]);
});

Deno.test("what applyPromptUpdates() puts in is found again", () => {
  const random = createRandom(6);
  for (let round = 0; round < 500; round++) {
    const prompt = Array.from({ length: random.integer(0, 20) }, () => random.integer(1, 4));
    const numItems = prompt.filter((id) => id === 4).length;
    const contents = Array.from(
      { length: numItems },
      () => Array.from({ length: random.integer(1, 4) }, () => random.integer(10, 12)),
    );
    const updates = [new PromptReplacement({ target: [4], replacement: (item) => contents[item] })];
    const { promptTokenIds, placeholders } = applyPromptUpdates(prompt, [{ modality: "image", numItems, updates }]);
    const items = contents.map((content) => [content]);
    // Neighbours may be found together where one's content goes on in the next; with a border they cannot.
    if (placeholders.image?.some(({ offset, length }, i, all) => all[i + 1]?.offset === offset + length)) continue;
    assertEquals(findPlaceholders(promptTokenIds, [{ modality: "image", items }]), placeholders);
  }
});

Deno.test("long candidates that nearly match everywhere are searched in one pass", () => {
  // Compared anew at each token this would be 10^10 steps.
  const prompt = new Uint32Array(200_000).fill(1);
  const nearly = [...Array(50_000).fill(1), 2];
  assertEquals(find(prompt, [{ modality: "image", items: [[nearly]] }]), []);
  // One's occurrences overlap what the other takes, token by token.
  const overlapping = [
    { modality: "image" as const, items: Array(9_000).fill([[1]]) },
    ...same(1, { audio: nearly.slice(0, -1) }),
  ];
  assertEquals(find(prompt, overlapping).length, 9_001);
  const ones = new Uint32Array(30_000).fill(1);
  assertEquals(find(ones, same(1, { image: [999, 0], audio: [1, 2] })), []);
});
