import { assert, assertEquals } from "@std/assert";
import type { PromptSegment } from "../../src/core/segment.ts";
import { ORIGIN_CODES, Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { FAMILIES, loadFile, loadTexts, loadTokenizer } from "./goldens.ts";

const texts = loadTexts();
const PLAIN = { addSpecialTokens: false };

function template(text: string): PromptSegment {
  return { origin: "template", text };
}

function user(text: string): PromptSegment {
  return { origin: "user", text };
}

function item(text: string): PromptSegment {
  return { origin: "item", text, modality: "image", index: 0 };
}

/** Tokens of the ids, each with the letter of its origin in front. */
function tokens(tokenizer: Tokenizer, segments: PromptSegment[], placeholders?: string[]): string[] {
  const { ids, origins } = tokenizer.encodeSegments(segments, { ...PLAIN, placeholders });
  return Array.from(ids, (id, at) => `${"tui"[origins[at]]}:${tokenizer.idToToken(id)}`);
}

for (const family of FAMILIES) {
  Deno.test(`${family}: segments of the template alone are one text, whatever the cuts`, () => {
    using tokenizer = loadTokenizer(family);
    for (const [index, text] of texts.entries()) {
      const chars = [...text];
      const cut = index % (chars.length + 1);
      const segments = [chars.slice(0, cut), [], chars.slice(cut)].map((part) => template(part.join("")));
      const { ids, segmentIndex, origins } = tokenizer.encodeSegments(segments);
      assertEquals(ids, tokenizer.encode(text).ids, JSON.stringify(text));
      // There a byte token overtakes the unknown one before it, as in the reference.
      const isOrdered = segmentIndex.every((segment, at) => at === 0 || segment >= segmentIndex[at - 1]);
      assert(isOrdered || family === "llama1", JSON.stringify(text));
      assert(origins.every((origin) => origin === ORIGIN_CODES.template));
    }
  });

  Deno.test(`${family}: a user's text is encoded as if no special token were known`, () => {
    using tokenizer = loadTokenizer(family);
    const file = loadFile(family);
    // deno-lint-ignore no-explicit-any
    file.added_tokens = file.added_tokens.filter((token: any) => !token.special);
    using innocent = Tokenizer.fromJSON(file);
    for (const text of texts) {
      const { ids, origins, segmentIndex } = tokenizer.encodeSegments([user(text)], PLAIN);
      const names = Array.from(ids, (id) => tokenizer.idToToken(id));
      // Ids of added tokens are numbered anew without the special ones, so the tokens are compared.
      const want = Array.from(innocent.encode(text, PLAIN).ids, (id) => innocent.idToToken(id));
      assertEquals(names, want, JSON.stringify(text));
      assert(origins.every((origin) => origin === ORIGIN_CODES.user) && segmentIndex.every((index) => index === 0));
    }
  });

  Deno.test(`${family}: no special token comes from a user, wherever the texts are cut`, () => {
    using tokenizer = loadTokenizer(family);
    const unknown = tokenizer.tokenToId("<unk>");
    for (const [index, text] of texts.entries()) {
      const chars = [...text];
      const first = index % (chars.length + 1);
      const second = first + (index * 7) % (chars.length + 1 - first);
      const parts = [chars.slice(0, first), chars.slice(first, second), chars.slice(second)].map((part) =>
        part.join("")
      );
      const segments = [template(parts[0]), user(parts[1]), template(parts[2])];
      const { ids, origins } = tokenizer.encodeSegments(segments);
      for (const [at, id] of ids.entries()) {
        if (origins[at] === ORIGIN_CODES.user && id !== unknown) {
          assert(!tokenizer.isSpecial(id), JSON.stringify(parts));
        }
      }
    }
  });
}

Deno.test("a placeholder is an item's, not a user's", () => {
  using tokenizer = loadTokenizer("llama3");
  const typed = tokens(tokenizer, [item("<image>"), template("\n"), user("<image>")]);
  assertEquals(typed.slice(0, 2), ["i:<image>", "t:Ċ"]);
  assert(typed.slice(2).length > 1 && typed.slice(2).every((token) => token.startsWith("u:") && token !== "u:<image>"));
});

Deno.test("an added token that touches an item lies inside it", () => {
  using tokenizer = loadTokenizer("gpt2");
  for (
    const segments of [[item("<image"), template(">")], [template("<"), item("image>")], [item("<im"), item("age>")]]
  ) {
    assert(!tokens(tokenizer, segments).some((token) => token.endsWith(":<image>")));
  }
  const both = [template("<|im_start|>"), item("<image>"), item("<image>")];
  assertEquals(tokens(tokenizer, both), ["t:<|im_start|>", "i:<image>", "i:<image>"]);
});

Deno.test("a token of several segments of the template is one token", () => {
  using tokenizer = loadTokenizer("gpt2");
  assertEquals(tokens(tokenizer, [template("<|im_"), template("start|>")]), ["t:<|im_start|>"]);
});

Deno.test("a refused match hides no legal one beside it or in it", () => {
  const file = loadFile("gpt2");
  for (const content of ["<a><b>", "<a>", "b><c>"]) {
    file.added_tokens.push({
      content,
      special: true,
      normalized: false,
      single_word: false,
      lstrip: false,
      rstrip: false,
    });
  }
  using tokenizer = Tokenizer.fromJSON(file);
  const last = (segments: PromptSegment[]) => tokens(tokenizer, segments).filter((token) => token.startsWith("t:<"));
  // The long token reaches into the user's text; the short one at the same place does not.
  assertEquals(last([template("<a>"), user("<b>")]), ["t:<a>"]);
  // The user's half token must not swallow the template's.
  assertEquals(last([user("<|im_start|"), template("><|im_end|>")]), ["t:<|im_end|>"]);
  assertEquals(last([user("<a><"), template("b><c><a>")]), ["t:<a>"]);
  assert(tokens(tokenizer, [user("<a><"), template("b><c>")]).includes("t:b><c>"));
});

Deno.test("placeholders that are not special are guarded when they are named", () => {
  using tokenizer = loadTokenizer("qwen2");
  assertEquals(tokens(tokenizer, [user("<think>")]), ["u:<think>"]);
  assert(!tokens(tokenizer, [user("<think>")], ["<think>"]).includes("u:<think>"));
  assertEquals(tokens(tokenizer, [item("<think>")], ["<think>"]), ["i:<think>"]);
});

Deno.test("white space that a token takes from a user does not make the token the user's", () => {
  using tokenizer = loadTokenizer("qwen2");
  const segments = [template("<|user|>"), user(" \n hi "), template("[MASK]")];
  const found = tokens(tokenizer, segments);
  assertEquals([found[0], found.at(-1)], ["t:<|user|>", "t:[MASK]"]);
  assertEquals(tokenizer.encodeSegments(segments, PLAIN).ids, tokenizer.encode("<|user|> \n hi [MASK]", PLAIN).ids);
});

Deno.test("an id that holds one byte of a user's text is the user's", () => {
  using byteLevel = loadTokenizer("gpt2");
  assertEquals(tokens(byteLevel, [template("pictu"), user("re")]), ["t:pi", "u:cture"]);
  assertEquals(tokens(byteLevel, [user("p"), template("icture")]), ["u:pi", "t:cture"]);
  // A composed character comes from both.
  using composing = loadTokenizer("qwen2");
  const { origins } = composing.encodeSegments([template("cafe"), user("\u0301")], PLAIN);
  assertEquals(origins.at(-1), ORIGIN_CODES.user);
});

Deno.test("what the post-processor adds belongs to no segment", () => {
  using tokenizer = loadTokenizer("llama2");
  const { ids, segmentIndex, origins } = tokenizer.encodeSegments([user("hi")]);
  assertEquals([ids[0], segmentIndex[0], origins[0]], [1, -1, ORIGIN_CODES.template]);
  assertEquals(tokenizer.encodeSegments([]).ids, new Uint32Array([1]));
});

Deno.test("half characters at the edge of segments do not join", () => {
  using tokenizer = loadTokenizer("gpt2");
  const { ids } = tokenizer.encodeSegments([template("\ud83d"), user("\ude00")], PLAIN);
  assertEquals(tokenizer.decode(ids), "\ufffd\ufffd");
});

Deno.test("a rendered prompt that begins with the bos token gets no second one", () => {
  assert(!Tokenizer.addsSpecialTokens("<s>[INST] hi", "<s>"));
  assert(Tokenizer.addsSpecialTokens("USER: <image>", "<s>"));
  assert(Tokenizer.addsSpecialTokens("<s>", undefined));
});
