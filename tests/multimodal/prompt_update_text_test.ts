import { assertEquals } from "@std/assert";
import { applyPromptUpdates, type ModalityUpdates, PromptTarget } from "../../src/multimodal/prompt_update.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { apply, BOTH, type Mode, one, updatesOf } from "./updating.ts";

/** Content that is in no prompt. */
const A = 70001;

/** One token for each character: what vLLM asserts of texts then holds of ids. */
function characters(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

// vLLM up to 0.10 also matched decoded text. Here text is never searched: a placeholder is a segment of its own from the
// start, so no target can be hidden in a neighbouring token, and nothing is decoded and encoded again. The vectors of the
// text forms are mirrored with a token for each character. Left out is ("", "") -> (0, 0), which came of a regular
// expression and went with it: an empty target never matches.
Deno.test("vLLM T3 of texts: where targets match, a token for each character", () => {
  const four = "<image>".repeat(4);
  const mixed = "Image:<image><image><image>Image:<image><image>!";
  const escapes = "<|image|><image><|image|><image>";
  const rows: [string, PromptTarget | string, number[]][] = [
    ["", "<image>", []],
    ["", PromptTarget.start(), [0]],
    ["", PromptTarget.prefix(characters("<image>")), []],
    ["", PromptTarget.end(), [0]],
    [four, "<image>", [0, 7, 14, 21]],
    [four, "<image><image>", [0, 14]],
    [four, "<image><image><image>", [0]],
    [four, PromptTarget.start(), [0]],
    [four, PromptTarget.prefix(characters("<image>")), [7]],
    [four, PromptTarget.end(), [28]],
    [mixed, "Image:<image>", [0, 27]],
    [mixed, "Image:<image><image><image>", [0]],
    [mixed, "Image:<unk><image>", []],
    [mixed, PromptTarget.start(), [0]],
    [mixed, PromptTarget.prefix(characters("Image:<image>")), [13]],
    [mixed, PromptTarget.end(), [48]],
    [escapes, "<|image|>", [0, 16]],
    [escapes, "<|image|><image>", [0, 16]],
    [escapes, "<|image|><image><|image|>", [0]],
  ];
  for (const [text, target, starts] of rows) {
    const tokens = typeof target === "string" ? characters(target) : target;
    const width = Array.isArray(tokens) ? tokens.length : 0;
    const updates = [updatesOf("image", width === 0 ? 1 : 9, one("replace", tokens, [A]))];
    const { placeholders } = applyPromptUpdates(characters(text), updates, { unplaced: "skip" });
    assertEquals((placeholders.image ?? []).map(({ offset }, nth) => offset + nth * (width - 1)), starts, text);
  }
});

Deno.test("vLLM T4 of texts: outputs, a token for each character", () => {
  const prompt = "Image:<image>Image:<image><image>!";
  const targets: [string, PromptTarget, string][] = [
    ["p1", characters("<image>"), "<image><image>"],
    ["p2", characters("Image:"), ""],
    ["p3", characters("!"), "?!?"],
  ];
  const anchors: [string, PromptTarget, string][] = [
    ["p1", PromptTarget.start(), "1"],
    ["p2", PromptTarget.prefix(characters("<image>")), "2"],
    ["p3", PromptTarget.end(), "3"],
  ];
  const three = "<image><image><image>";
  const each: [string, PromptTarget, undefined][] = [["p1", characters("<image>"), undefined]];
  const prefixed: [string, PromptTarget, undefined][] = [["p1", PromptTarget.prefix(characters("<image>")), undefined]];
  const rows: [string, [string, PromptTarget, string | undefined][], readonly Mode[], [one: string, two: string]][] = [
    [prompt, targets, ["insert"], [
      "Image:<image><image><image>Image:<image><image>!?!?",
      "Image:<image><image><image><image><image>Image:<image><image>!?!??!?",
    ]],
    [prompt, targets, ["replace"], ["<image><image>Image:<image><image>?!?", "<image><image><image><image><image>?!?"]],
    ["", anchors, BOTH, ["13", "1133"]],
    ["<image>", anchors, BOTH, ["1<image>23", "11<image>2233"]],
    [three, each, ["insert"], ["<image>1<image><image>", "<image>12<image><image>"]],
    [three, each, ["replace"], ["1<image><image>", "12<image>"]],
    [three, prefixed, BOTH, ["<image>1<image><image>", "<image>12<image><image>"]],
  ];
  for (const [text, declared, modes, outputs] of rows) {
    for (const mode of modes) {
      for (const [nth, want] of outputs.entries()) {
        const updates = declared.map(([modality, target, content]) =>
          updatesOf(modality, nth + 1, one(mode, target, (i) => characters(content ?? String(i + 1))))
        );
        const [tokens] = apply(characters(text), updates, { unplaced: "skip" });
        assertEquals(String.fromCodePoint(...tokens), want, `${mode} ${nth + 1} in ${text}`);
      }
    }
  }
});

// vLLM's T7 lets "foo" be found in the one token of "food" by decoding. Here "foo" of the template and "d" of a user are
// segments, and a placeholder is never merged with its neighbours; the outputs are the same.
Deno.test("vLLM T7: a placeholder in front of text with which it would merge", () => {
  using tokenizer = Tokenizer.fromJSON({
    added_tokens: [{ id: 1001, content: "foo", special: false }],
    model: {
      type: "BPE",
      vocab: { d: 100, f: 101, o: 111, oo: 112, foo: 1001, food: 1000 },
      merges: [["o", "o"], ["f", "oo"], ["foo", "d"]],
    },
  });
  const { ids, origins } = tokenizer.encodeSegments(
    [{ origin: "template", text: "foo" }, { origin: "user", text: "d" }],
    { placeholders: ["foo"] },
  );
  assertEquals([...ids], [1001, 100]);
  const replaced = one("replace", [1001], [200, 201]);
  const rows: [ModalityUpdates[], number[], string[]][] = [
    [[updatesOf("image", 1, replaced)], [200, 201, 100], ["image#0@0"]],
    [[updatesOf("image", 1, one("insert", PromptTarget.prefix([1001]), [9]))], [1001, 9, 100], ["image#0@1"]],
    [
      [updatesOf("image", 1, replaced), updatesOf("audio", 1, one("insert", PromptTarget.end(), [9]))],
      [200, 201, 100, 9],
      ["image#0@0", "audio#0@3"],
    ],
  ];
  for (const [updates, tokens, ranges] of rows) assertEquals(apply([...ids], updates, { origins }), [tokens, ranges]);
});
