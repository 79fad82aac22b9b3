import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { FAMILIES, loadFile, loadTokenizer } from "./goldens.ts";

/** A change to a file, the path that is named, and what the message says. */
// deno-lint-ignore no-explicit-any
const REFUSED: [string, (file: any) => void, string, string][] = [
  ["llama2", (f) => f.normalizer.normalizers[1].type = "Nmtx", "normalizer.normalizers[1].type", 'found "Nmtx"'],
  [
    "llama2",
    (f) => f.normalizer.normalizers[1].pattern = { Regex: "a(?!b)" },
    "normalizer.normalizers[1].pattern.Regex",
    "look-around",
  ],
  ["llama2", (f) => f.decoder.decoders[3].stop = -1, "decoder.decoders[3].stop", "found -1"],
  ["llama2", (f) => f.decoder.decoders[2].type = "Confuse", "decoder.decoders[2].type", "Metaspace, Replace, Sequence"],
  ["llama2", (f) => f.decoder = { type: "CTCC" }, "decoder.type", 'found "CTCC"'],
  [
    "llama3",
    (f) => f.pre_tokenizer.pretokenizers[0].behavior = "x",
    "pre_tokenizer.pretokenizers[0].behavior",
    "Isolated",
  ],
  [
    "llama3",
    (f) => f.pre_tokenizer.pretokenizers[0].pattern.Regex = "(?<=a)b",
    "pre_tokenizer.pretokenizers[0].pattern.Regex",
    "look-around",
  ],
  ["llama3", (f) => f.pre_tokenizer = { type: "FixedLength", length: 0 }, "pre_tokenizer.length", "above 0: found 0"],
  [
    "llama3",
    (f) => f.post_processor.processors[1].type = "X",
    "post_processor.processors[1].type",
    "TemplateProcessing",
  ],
  [
    "metaspace_first",
    (f) => f.pre_tokenizer.prepend_scheme = "x",
    "pre_tokenizer.prepend_scheme",
    "always, first, never",
  ],
  ["metaspace_first", (f) => f.pre_tokenizer.replacement = "ab", "pre_tokenizer.replacement", "one character"],
  ["gpt2", (f) => f.model.type = "Trigram", "model.type", 'found "Trigram"'],
  ["gpt2", (f) => f.model.dropout = 0.1, "model.dropout", "null or 0: found 0.1"],
  ["gpt2", (f) => f.model.end_of_word_suffix = 3, "model.end_of_word_suffix", "a string: found 3"],
  ["gpt2", (f) => f.model.unk_token = "nope", "model.unk_token", "a token of the vocabulary"],
  ["gpt2", (f) => f.model.merges[7] = "a b c", "model.merges[7]", '"left right"'],
  ["gpt2", (f) => f.model.merges[7] = ["a", "zzz"], "model.merges[7]", "two tokens of the vocabulary"],
  ["gpt2", (f) => f.model.vocab["a"] = -1, 'model.vocab["a"]', "found -1"],
  ["gpt2", (f) => delete f.model.vocab, "model.vocab", "to be there: found nothing"],
  ["gpt2", (f) => f.model.surprise = 1, "model.surprise", "found `model.surprise`"],
  ["gpt2", (f) => f.surprise = 1, "surprise", "found `surprise`"],
  ["gpt2", (f) => f.added_tokens[1].special = "yes", "added_tokens[1].special", "true or false"],
  [
    "gpt2",
    (f) => f.normalizer = { type: "Precompiled", precompiled_charsmap: "AAAA" },
    "normalizer.precompiled_charsmap",
    "base64 of a table",
  ],
  [
    "gpt2",
    (f) => f.pre_tokenizer = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", add_prefix_space: false },
    "pre_tokenizer.prepend_scheme",
    "add_prefix_space is false",
  ],
  [
    "gpt2",
    (f) => f.post_processor = { type: "BertProcessing", sep: ["x", 1], cls: "x" },
    "post_processor.cls",
    "an array",
  ],
  [
    "llama3",
    (f) => f.post_processor.processors[1].single[1].Sequence.id = "B",
    "post_processor.processors[1].single[1].Sequence.id",
    '"A": found "B"',
  ],
  ["gpt2", (f) => f.model = { type: "Unigram", unk_id: 1, vocab: [["a", 0]] }, "model.unk_id", "below 1: found 1"],
  ["gpt2", (f) => f.model = { type: "Unigram", vocab: [["a", 0], ["b"]] }, "model.vocab[1]", "[token, score]"],
  ["gpt2", (f) => f.model = { type: "WordPiece", vocab: {} }, "model.continuing_subword_prefix", "found nothing"],
  ["gpt2", (f) => f.model = { type: "WordLevel", vocab: { a: 1.5 }, unk_token: "a" }, 'model.vocab["a"]', "found 1.5"],
  ["gpt2", (f) => f.model.continuing_subword_prefix = "######", "model.merges[0]", "no shorter than the prefix"],
];

Deno.test("whatever is not supported is refused with its path, what is supported and what was found", () => {
  for (const [family, change, path, message] of REFUSED) {
    const file = loadFile(family);
    change(file);
    const error = assertThrows(() => Tokenizer.fromJSON(file), CheckpointError, message);
    assertEquals(error.param, `tokenizer.json: ${path}`);
  }
  for (const text of ["", "{", "[]", "null", '{"model":3}', "\ud800"]) {
    assertThrows(() => Tokenizer.fromJSON(text), CheckpointError);
  }
});

Deno.test("options of a ByteLevel that are left over in a TemplateProcessing change nothing", () => {
  const file = loadFile("llama3");
  Object.assign(file.post_processor.processors[1], { add_prefix_space: true, trim_offsets: false, use_regex: true });
  using tokenizer = Tokenizer.fromJSON(file);
  assertEquals(tokenizer.encode(" a picture").ids, loadTokenizer("llama3").encode(" a picture").ids);
});

Deno.test("ids of added tokens are numbered on from the vocabulary, those of the file are not read", () => {
  const file = loadFile("gpt2");
  for (const token of file.added_tokens) token.id += 1000;
  using tokenizer = Tokenizer.fromJSON(file);
  assertEquals(tokenizer.tokenToId("<image>"), loadTokenizer("gpt2").tokenToId("<image>"));
});

Deno.test("tokens and ids lead to each other, and bytes are those that decoding adds", () => {
  for (const family of FAMILIES) {
    using tokenizer = loadTokenizer(family);
    let known = 0;
    for (let id = 0; id < tokenizer.vocabSize + 2; id++) {
      const token = tokenizer.idToToken(id);
      if (token === undefined) {
        assertEquals([tokenizer.tokenBytes(id).length, tokenizer.decode([id])], [0, ""]);
        continue;
      }
      assertEquals(tokenizer.tokenToId(token), id);
      known++;
    }
    assert(known <= tokenizer.vocabSize);
    assertEquals(tokenizer.tokenToId("no such token"), undefined);
    assertEquals(tokenizer.idToToken(tokenizer.vocabSize - 1) === undefined, false);
  }
  using llama = loadTokenizer("llama2");
  assertEquals([...llama.tokenBytes(llama.tokenToId("<0x0A>")!)], [10]);
  assertEquals(new TextDecoder().decode(llama.tokenBytes(llama.tokenToId("▁the")!)), " the");
  assert(llama.isSpecial(1) && !llama.isSpecial(300));
});

Deno.test("names that objects inherit are ordinary texts", () => {
  using tokenizer = loadTokenizer("gpt2");
  for (const text of ["constructor", "__proto__", "toString hasOwnProperty"]) {
    assertEquals(tokenizer.decode(tokenizer.encode(text).ids), text);
    assertEquals(tokenizer.tokenToId(text), undefined);
  }
});

Deno.test("a hundred thousand equal characters are encoded in one go, in every pipeline", () => {
  for (const family of FAMILIES) {
    using tokenizer = loadTokenizer(family);
    for (const unit of ["a", " ", "\n", "=", "漢", "\u0301", "<", "[MASK] "]) {
      const text = unit.repeat(100_000 / unit.length);
      const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
      const half = tokenizer.encode(unit.repeat(1000), { addSpecialTokens: false }).ids;
      assert(ids.length > 0 && ids.length <= 110 * Math.max(half.length, 1), `${family} ${JSON.stringify(unit)}`);
    }
  }
});

Deno.test("a stream outlives its tokenizer", () => {
  const tokenizer = loadTokenizer("gpt2");
  const ids = [...tokenizer.encode("picture 😀").ids];
  const stream = tokenizer.decodeStream();
  tokenizer.free();
  assertEquals(ids.map((id) => stream.push(id)).join("") + stream.flush(), "picture 😀");
});
