import { assertEquals, assertThrows } from "@std/assert";
import { AdapterError } from "../../src/core/errors.ts";
import {
  applyPromptUpdates,
  type PerItem,
  type PromptContent,
  PromptTarget,
  PromptUpdateDetails,
} from "../../src/multimodal/prompt_update.ts";
import { apply, BOTH, type Mode, one, updatesOf } from "./updating.ts";

const I = 32000;
const P10 = [9833, 28747, I, I, I, 9833, 28747, I, I, 918];
const P9 = [1, 9833, 28747, I, 9833, 28747, I, I, 918];
/** Content that is in no prompt. */
const [A, B, C] = [70001, 70002, 70003];

Deno.test("vLLM T1: matches are leftmost and do not overlap, from any starting point", () => {
  const rows: [number[], number[], [number, number][]][] = [
    [[], [], []],
    [[], [I], []],
    [[I, I, I], [I], [[0, 1], [1, 2], [2, 3]]],
    [[I, I, I], [I, I], [[0, 2]]],
    [[I, I, I], [I, I, I], [[0, 3]]],
    [P10, [28747, I], [[1, 3], [6, 8]]],
    [P10, [28747, I, I, I], [[1, 5]]],
    [P10, [28747, 0, I], []],
  ];
  for (const [prompt, target, matches] of rows) {
    for (const from of [0, 4, 8]) {
      const want = matches.filter(([start]) => start >= from);
      const updates = [updatesOf("image", prompt.length + 1, one("replace", target, [A]))];
      // Tokens in front of the starting point are out of bounds as a user's are.
      const origins = Uint8Array.from(prompt, (_, at) => Number(at < from));
      const { placeholders } = applyPromptUpdates(prompt, updates, { origins, unplaced: "skip" });
      const found = (placeholders.image ?? []).map(({ offset }, nth) => {
        const start = offset + nth * (target.length - 1);
        return [start, start + target.length];
      });
      assertEquals(found, want);
    }
  }
});

Deno.test("vLLM T2: every occurrence is replaced", () => {
  const rows: [number[], number[], number[]][] = [
    [[], [], []],
    [[], [I], []],
    [[I, I, I], [I], [A, A, A]],
    [[I, I, I], [I, I], [A, I]],
    [[I, I, I], [I, I, I], [A]],
    [P10, [28747, I], [9833, A, I, I, 9833, A, I, 918]],
    [P10, [28747, I, I, I], [9833, A, 9833, 28747, I, I, 918]],
    [P10, [28747, 0, I], P10],
  ];
  for (const [prompt, target, want] of rows) {
    const updates = [updatesOf("image", 10, one("replace", target, [A]))];
    assertEquals(apply(prompt, updates, { unplaced: "skip" })[0], want);
  }
});

Deno.test("vLLM T3: where targets match, tokens and anchors, both modes alike", () => {
  const rows: [number[], PromptTarget, number[]][] = [
    [[], [], []],
    [[], [I], []],
    [[], PromptTarget.start(), [0]],
    [[], PromptTarget.prefix([I]), []],
    [[], PromptTarget.end(), [0]],
    [[I, I, I, I], [I], [0, 1, 2, 3]],
    [[I, I, I, I], [I, I], [0, 2]],
    [[I, I, I, I], [I, I, I], [0]],
    [[I, I, I, I], PromptTarget.start(), [0]],
    [[I, I, I, I], PromptTarget.prefix([I]), [1]],
    [[I, I, I, I], PromptTarget.end(), [4]],
    [P10, [28747, I], [1, 6]],
    [P10, [28747, I, I, I], [1]],
    [P10, [28747, 0, I], []],
    [P10, PromptTarget.start(), [0]],
    [P10, PromptTarget.prefix([28747, I]), []],
    [P10, PromptTarget.end(), [10]],
  ];
  for (const [prompt, target, starts] of rows) {
    const width = Array.isArray(target) ? target.length : 0;
    const count = width === 0 ? 1 : 9;
    const replaced = applyPromptUpdates(prompt, [updatesOf("image", count, one("replace", target, [A]))], {
      unplaced: "skip",
    }).placeholders.image ?? [];
    assertEquals(replaced.map(({ offset }, nth) => offset + nth * (width - 1)), starts);
    const inserted = applyPromptUpdates(prompt, [updatesOf("image", 1, one("insert", target, [A]))], {
      unplaced: "skip",
    }).placeholders.image ?? [];
    assertEquals(inserted.map(({ offset }) => offset), starts.slice(0, 1).map((start) => start + width));
  }
});

const perItem = (itemIndex: number) => [70001 + itemIndex];

/** One modality for each target. */
const CASES: Record<string, { prompt: number[]; targets: [string, PromptTarget, PerItem<PromptContent>][] }> = {
  C1: {
    prompt: P9,
    targets: [["p1", [I], [I, I]], ["p2", [9833, 28747], []], ["p3", [918], [1550, 918, 1550]]],
  },
  C2: {
    prompt: [],
    targets: [["p1", PromptTarget.start(), [A]], ["p2", PromptTarget.prefix([I]), [B]], ["p3", PromptTarget.end(), [
      C,
    ]]],
  },
  C3: {
    prompt: [I],
    targets: [["p1", PromptTarget.start(), [A]], ["p2", PromptTarget.prefix([I]), [B]], ["p3", PromptTarget.end(), [
      C,
    ]]],
  },
  C4: { prompt: [I, I, I], targets: [["p1", [I], perItem]] },
  C5: { prompt: [I, I, I], targets: [["p1", PromptTarget.prefix([I]), perItem]] },
};

/** Case, modes, items of each modality, output, placeholders, modalities with an item without a place. */
const APPLIED: [string, readonly Mode[], number, number[], string[], string?][] = [
  ["C1", ["insert"], 1, [1, 9833, 28747, I, I, I, 9833, 28747, I, I, 918, 1550, 918, 1550], ["p1#0@4", "p3#0@11"]],
  [
    "C1",
    ["insert"],
    2,
    [1, 9833, 28747, I, I, I, I, I, 9833, 28747, I, I, 918, 1550, 918, 1550, 1550, 918, 1550],
    ["p1#0@4", "p1#1@6", "p3#0@13", "p3#1@16"],
  ],
  ["C1", ["replace"], 1, [1, I, I, 9833, 28747, I, I, 1550, 918, 1550], ["p1#0@1", "p3#0@7"]],
  ["C1", ["replace"], 2, [1, I, I, I, I, I, 1550, 918, 1550], ["p1#0@1", "p1#1@3", "p3#0@6"], "p3 1"],
  ["C2", BOTH, 1, [A, C], ["p1#0@0", "p3#0@1"], "p2 0"],
  ["C2", BOTH, 2, [A, A, C, C], ["p1#0@0", "p1#1@1", "p3#0@2", "p3#1@3"], "p2 0"],
  ["C3", BOTH, 1, [A, I, B, C], ["p1#0@0", "p2#0@2", "p3#0@3"]],
  ["C3", BOTH, 2, [A, A, I, B, B, C, C], ["p1#0@0", "p1#1@1", "p2#0@3", "p2#1@4", "p3#0@5", "p3#1@6"]],
  ["C4", ["insert"], 1, [I, A, I, I], ["p1#0@1"]],
  ["C4", ["insert"], 2, [I, A, B, I, I], ["p1#0@1", "p1#1@2"]],
  ["C4", ["replace"], 1, [A, I, I], ["p1#0@0"]],
  ["C4", ["replace"], 2, [A, B, I], ["p1#0@0", "p1#1@1"]],
  ["C5", BOTH, 1, [I, A, I, I], ["p1#0@1"]],
  ["C5", BOTH, 2, [I, A, B, I, I], ["p1#0@1", "p1#1@2"]],
];

Deno.test("vLLM T4 and T5: outputs and placeholders of every case, mode and number of items", () => {
  for (const [name, { prompt, targets }] of Object.entries(CASES)) {
    for (const mode of BOTH) {
      const none = targets.map(([modality, target, content]) => updatesOf(modality, 0, one(mode, target, content)));
      assertEquals(apply(prompt, none), [prompt, []], name);
    }
  }
  for (const [name, modes, count, output, ranges, without] of APPLIED) {
    const { prompt, targets } = CASES[name];
    for (const mode of modes) {
      const updates = targets.map(([modality, target, content]) =>
        updatesOf(modality, count, one(mode, target, content))
      );
      const [tokens, found] = apply(prompt, updates, { unplaced: "skip" });
      assertEquals(tokens, output, `${name} ${mode} ${count}`);
      assertEquals(found.toSorted(), ranges, `${name} ${mode} ${count}`);
      if (without === undefined) assertEquals(apply(prompt, updates)[0], output);
      else assertThrows(() => apply(prompt, updates), AdapterError, without);
    }
  }
});

Deno.test("D1: a replacement at the end does not hide a later target", () => {
  const updates = [
    updatesOf("image", 2, one("replace", [7], (i) => [i + 1, i + 1])),
    updatesOf("audio", 1, one("replace", PromptTarget.end(), [9])),
  ];
  assertEquals(apply([7, 5, 7], updates), [[1, 1, 5, 2, 2, 9], ["image#0@0", "image#1@3", "audio#0@5"]]);
});

Deno.test("D2: an insertion at the start does not double the prompt", () => {
  const updates = [
    updatesOf("image", 1, one("replace", [7], [1, 1])),
    updatesOf("audio", 1, one("insert", PromptTarget.start(), [9])),
  ];
  assertEquals(apply([5, 7, 6], updates)[0], [9, 5, 1, 1, 6]);
});

Deno.test("D3: an insertion at the end, declared first, leaves the replacement its target", () => {
  const updates = [
    updatesOf("audio", 1, one("insert", PromptTarget.end(), [9])),
    updatesOf("image", 1, one("replace", [7], [1, 1])),
  ];
  assertEquals(apply([5, 7, 6], updates)[0], [5, 1, 1, 6, 9]);
  // Behind the first occurrence, wherever others are.
  const after = [
    updatesOf("image", 1, one("replace", [7], [1, 1])),
    updatesOf("audio", 1, one("insert", [5], [9])),
  ];
  assertEquals(apply([5, 7, 5], after)[0], [5, 9, 1, 1, 5]);
});

Deno.test("D4: insertions whose targets overlap lose and double nothing", () => {
  const updates = [
    updatesOf("image", 1, one("insert", [1, 2, 3], [10])),
    updatesOf("audio", 1, one("insert", [2], [20])),
  ];
  assertEquals(apply([1, 2, 3, 4], updates)[0], [1, 2, 20, 3, 10, 4]);
});

Deno.test("D5: ranges in the order of the prompt name their items", () => {
  const updates = [updatesOf("image", 2, one("replace", (i) => [101 + i], (i) => [i + 1, i + 1]))];
  const { promptTokenIds, placeholders } = applyPromptUpdates([102, 5, 101], updates);
  assertEquals([...promptTokenIds], [2, 2, 5, 1, 1]);
  assertEquals(placeholders.image, [{ itemIndex: 1, offset: 0, length: 2 }, { itemIndex: 0, offset: 3, length: 2 }]);
});

Deno.test("D6: a replacement over the point of a prefix is a conflict, a fallback to the start doubles nothing", () => {
  const covered = [
    updatesOf("audio", 1, one("replace", PromptTarget.prefix([7]), [9])),
    updatesOf("image", 1, one("replace", [7, 8], [1])),
  ];
  const error = assertThrows(() => apply([7, 8], covered), AdapterError);
  assertEquals(error.code, "prompt_update_conflict");
  const fallback = [updatesOf("image", 2, one("replace", [7], [1, 1]), one("replace", PromptTarget.start(), [2]))];
  assertEquals(apply([5, 7, 6], fallback), [[2, 5, 1, 1, 6], ["image#1@0", "image#0@2"]]);
});

Deno.test("D7: at one point modalities go in their order, then items", () => {
  const end = one("insert", PromptTarget.end(), [3]);
  const updates = [
    updatesOf("video", 1, one("replace", [8], [1]), one("insert", PromptTarget.end(), [1])),
    updatesOf("image", 2, one("replace", [7], [2]), one("insert", PromptTarget.end(), [2])),
    updatesOf("audio", 1, end),
  ];
  assertEquals(apply([5, 7], updates), [[5, 2, 1, 2, 3], ["image#0@1", "image#1@3", "video#0@2", "audio#0@4"]]);
});

Deno.test("errors name modality, item and what was searched, and tell conflict from no match", () => {
  const replace = updatesOf("image", 2, one("replace", [7], [1]));
  const unmatched = assertThrows(() => apply([7], [replace]), AdapterError, "image 1 (replacement at [7])");
  assertEquals(unmatched.code, "prompt_update_unmatched");
  const insert = updatesOf("audio", 1, one("insert", [7], [2]));
  const conflict = assertThrows(() => apply([7, 7], [replace, insert]), AdapterError, "audio 0 (insertion at [7])");
  assertEquals(conflict.code, "prompt_update_conflict");
  const overlap = updatesOf("audio", 1, one("replace", [7, 5], [2]), one("replace", PromptTarget.prefix([1]), [2]));
  const both = "audio 0 (replacement at [7, 5], or replacement at prefix [1])";
  assertThrows(() => apply([7, 5], [updatesOf("image", 1, one("replace", [7], [1])), overlap]), AdapterError, both);
});

Deno.test("the shorter of two targets with one start goes first, whatever the order of modalities", () => {
  const updates = [updatesOf("image", 1, one("replace", [I, I], [A])), updatesOf("audio", 1, one("replace", [I], [B]))];
  assertEquals(apply([I, I, I], updates)[0], [B, A]);
});

Deno.test("content that holds its target is not matched again, spare targets stay", () => {
  assertEquals(apply([I, 5, I], [updatesOf("image", 1, one("replace", [I], [I, I, I]))])[0], [I, I, I, 5, I]);
});

Deno.test("what a user wrote is part of no target", () => {
  const origins = new Uint8Array([0, 1, 2, 1]);
  const [tokens, ranges] = apply([5, I, I, 6], [updatesOf("image", 1, one("replace", [I], [A, A]))], { origins });
  assertEquals([tokens, ranges], [[5, I, A, A, 6], ["image#0@2"]]);
  const prefixed = [updatesOf("image", 1, one("insert", PromptTarget.prefix([5, I]), [A]))];
  assertThrows(() => apply([5, I, I, 6], prefixed, { origins }), AdapterError);
  assertThrows(() => apply([5], [], { origins }), RangeError, "one origin for each of 1 tokens: found 4");
});

Deno.test("masks travel with the ranges", () => {
  const detailed = (content: PromptContent) =>
    applyPromptUpdates([I], [updatesOf("image", 1, one("replace", [I], content))]).placeholders.image?.[0].isEmbed;
  assertEquals(detailed([1, I, 2]), undefined);
  assertEquals(detailed(PromptUpdateDetails.selectTokenId([1, I, 2, I], I)), new Uint8Array([0, 1, 0, 1]));
  assertEquals(detailed(PromptUpdateDetails.selectTokenIds([1, I, 2, I], [1, 2])), new Uint8Array([1, 0, 1, 0]));
  assertEquals(detailed(PromptUpdateDetails.full([1, 2], [false, true])), new Uint8Array([0, 1]));
  assertThrows(() => detailed(PromptUpdateDetails.full([1, 2], [1])), RangeError, "found 1");
});

Deno.test("ten thousand items in a million tokens each get their place", () => {
  const numItems = 10_000;
  const prompt = new Uint32Array(100 * numItems).map((_, at) => at % 100 === 40 ? I : at % 97);
  const updates = [updatesOf("image", numItems, one("replace", [I], (i) => [A, A, i]))];
  const { promptTokenIds, placeholders } = applyPromptUpdates(prompt, updates);
  assertEquals(promptTokenIds.length, 102 * numItems);
  assertEquals(placeholders.image?.length, numItems);
  assertEquals(placeholders.image?.every(({ itemIndex, offset }) => offset === 40 + 102 * itemIndex), true);
  assertEquals(placeholders.image?.every(({ itemIndex, offset }) => promptTokenIds[offset + 2] === itemIndex), true);
});
