import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidRequestError } from "../../src/core/errors.ts";
import { ORIGIN_CODES, Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { loadComponents } from "./goldens.ts";

const PLAIN = { addSpecialTokens: false };
const { texts, cases } = await loadComponents();

Deno.test("ids are those of tokenizers for every component, and a text that it refuses is refused", () => {
  for (const { name, file, ids, plain } of cases) {
    using tokenizer = Tokenizer.fromJSON(file);
    for (const [index, want] of ids.entries()) {
      const about = `${name}: ${JSON.stringify(texts[index])}`;
      if (want === null) {
        assertThrows(() => tokenizer.encode(texts[index]), InvalidRequestError, "no unknown token", about);
        continue;
      }
      assertEquals([...tokenizer.encode(texts[index]).ids], want, about);
      assertEquals([...tokenizer.encode(texts[index], PLAIN).ids], plain[index] ?? want, about);
    }
  }
});

Deno.test("decoded texts are those of tokenizers for every component, and streams add up to them", () => {
  for (const { name, file, lists, decoded, skipped } of cases) {
    using tokenizer = Tokenizer.fromJSON(file);
    for (const [index, list] of lists.entries()) {
      const wanted = [[false, decoded[index]], [true, skipped[index] ?? decoded[index]]] as const;
      for (const [skipSpecialTokens, want] of wanted) {
        assertEquals(tokenizer.decode(list, { skipSpecialTokens }), want, `${name}: ${list}`);
        const stream = tokenizer.decodeStream({ skipSpecialTokens });
        const pieces = [...list.map((id) => stream.push(id)), stream.flush()];
        assertEquals(pieces.join(""), want, `${name}: ${list}`);
        assert(pieces.every((piece) => piece.isWellFormed()));
      }
    }
  }
});

Deno.test("for every component, segments of the template are one text, and no special token comes from a user", () => {
  for (const { name, file, ids } of cases) {
    using tokenizer = Tokenizer.fromJSON(file);
    const unknown = new Set(["<unk>", "[UNK]", "a"].map((token) => tokenizer.tokenToId(token)));
    for (const [index, text] of texts.entries()) {
      if (index >= ids.length || ids[index] === null) continue;
      const about = `${name}: ${JSON.stringify(text)}`;
      const chars = [...text];
      const cut = index % (chars.length + 1);
      const halves = [chars.slice(0, cut).join(""), chars.slice(cut).join("")];
      const one = tokenizer.encodeSegments(halves.map((half) => ({ origin: "template", text: half })));
      assertEquals([...one.ids], ids[index], about);
      if (name.includes("without unknown")) continue; // there the plain text of a special token may be refused
      const typed = tokenizer.encodeSegments([{ origin: "user", text: halves[0] }, {
        origin: "template",
        text: halves[1],
      }]);
      for (const [at, id] of typed.ids.entries()) {
        const isUsers = typed.origins[at] === ORIGIN_CODES.user;
        assert(!isUsers || unknown.has(id) || !tokenizer.isSpecial(id), about);
      }
    }
  }
});

Deno.test("a hundred thousand characters are encoded in one go by every component", () => {
  for (const { name, file } of cases) {
    using tokenizer = Tokenizer.fromJSON(file);
    for (const unit of ["a", " ", "漢", "😀", "\u0301"]) {
      try {
        const { ids } = tokenizer.encode(unit.repeat(100_000), PLAIN);
        const few = tokenizer.encode(unit.repeat(100), PLAIN).ids;
        assert(ids.length <= 1100 * Math.max(few.length, 1), name);
      } catch (error) {
        assert(error instanceof InvalidRequestError, name);
      }
    }
  }
});
