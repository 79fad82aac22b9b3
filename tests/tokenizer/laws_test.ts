/**
 * Laws that need no reference, on random texts and ids, of every tokenizer in this repository.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { InvalidRequestError } from "../../src/core/errors.ts";
import { type DecodeOptions, Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { type Below, generator } from "../kit/mutation.ts";
import { loadComponents } from "./goldens.ts";

const ROOT = new URL("../../", import.meta.url);
/** Random texts and lists of ids for each tokenizer. */
const ROUNDS = 60;

/** Every `tokenizer.json` below a folder, and all files of the folder `tokenizer`. */
function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    const isPipeline = folder.pathname.endsWith("/testdata/tokenizer/") && /^(?!texts)\w+\.json$/.test(name);
    if (name === "tokenizer.json" || isPipeline) yield new URL(name, folder);
  }
}

/** All of them, the same ones once, by where they lie. */
async function tokenizers(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ["checkpoints/", "examples/", "tests/testdata/"]) {
    for (const file of filesBelow(new URL(folder, ROOT))) {
      found.set(Deno.readTextFileSync(file), file.pathname.slice(ROOT.pathname.length));
    }
  }
  for (const { name, file } of (await loadComponents()).cases) found.set(JSON.stringify(file), name);
  return found;
}

const PIECES = ["a", "b", " ", "  ", "\n", "\t ", "The", "'s", "12", "345", "é", "e\u0301", "漢", "字", "ﬁ", "ß", "İ"]
  .concat(
    ["👨‍👩‍👧", "🇩🇪", "\u0000", "\ufeff", "\u200b", "\u00a0", "▁", "##", "</w>", "<0x41>", "[UNK]", "<unk>", "!?", "ÅΩ"],
  );

/** A text of pieces that tokenizers get wrong and of the tokenizer's own tokens. */
function randomText(tokenizer: Tokenizer, below: Below): string {
  const piece = () =>
    below(3) === 0 ? tokenizer.idToToken(below(tokenizer.vocabSize)) ?? "" : PIECES[below(PIECES.length)];
  return Array.from({ length: below(24) }, piece).join("");
}

/** Ids of a text; undefined where it is refused. */
function idsOf(tokenizer: Tokenizer, text: string, addSpecialTokens: boolean): Uint32Array | undefined {
  try {
    return tokenizer.encode(text, { addSpecialTokens }).ids;
  } catch (error) {
    if (error instanceof InvalidRequestError) return undefined;
    throw error;
  }
}

/** What deltas add up to; each is made of whole characters. */
function streamed(tokenizer: Tokenizer, ids: readonly number[], options: DecodeOptions): string {
  const stream = tokenizer.decodeStream(options);
  const deltas = [...ids.map((id) => stream.push(id)), stream.flush()];
  assert(deltas.every((delta) => delta.isWellFormed()), `${ids}: ${JSON.stringify(deltas)}`);
  return deltas.join("");
}

const ALL = await tokenizers();

Deno.test("deltas of random ids add up to the whole text, for every tokenizer", () => {
  for (const [json, name] of ALL) {
    using tokenizer = Tokenizer.fromJSON(json);
    const below = generator(1);
    for (let round = 0; round < ROUNDS; round++) {
      const ids = Array.from({ length: below(40) }, () => below(tokenizer.vocabSize + 2));
      for (const skipSpecialTokens of [false, true]) {
        const whole = tokenizer.decode(ids, { skipSpecialTokens });
        assertEquals(streamed(tokenizer, ids, { skipSpecialTokens }), whole, `${name}: ${ids}`);
      }
    }
  }
});

Deno.test("the compact form gives the same ids and texts, for every tokenizer that has one", () => {
  let compared = 0;
  for (const [json, name] of ALL) {
    const bytes = new TextEncoder().encode(json);
    const binary = Tokenizer.binaryOf(bytes);
    if (binary === undefined) continue;
    using tokenizer = Tokenizer.fromJSON(bytes);
    using compact = Tokenizer.fromBinary(binary, bytes);
    compared++;
    const below = generator(2);
    for (let round = 0; round < ROUNDS; round++) {
      const text = randomText(tokenizer, below);
      const about = `${name}: ${JSON.stringify(text)}`;
      for (const addSpecialTokens of [false, true]) {
        const ids = idsOf(tokenizer, text, addSpecialTokens);
        assertEquals(idsOf(compact, text, addSpecialTokens), ids, about);
        assertEquals(compact.decode(ids ?? []), tokenizer.decode(ids ?? []), about);
      }
      const ids = Array.from({ length: below(40) }, () => below(tokenizer.vocabSize + 2));
      assertEquals(streamed(compact, ids, {}), tokenizer.decode(ids), `${name}: ${ids}`);
    }
  }
  assert(compared > ALL.size / 2, `${compared} of ${ALL.size} have a compact form`);
});

Deno.test("a text has the same ids wherever the template cuts it, and the second time, for every tokenizer", () => {
  for (const [json, name] of ALL) {
    using tokenizer = Tokenizer.fromJSON(json);
    const below = generator(3);
    for (let round = 0; round < ROUNDS; round++) {
      const text = randomText(tokenizer, below).toWellFormed();
      const about = `${name}: ${JSON.stringify(text)}`;
      const ids = idsOf(tokenizer, text, true);
      assertEquals(idsOf(tokenizer, text, true), ids, about);
      if (ids === undefined) continue;
      const chars = [...text];
      const cut = below(chars.length + 1);
      const parts = [chars.slice(0, cut).join(""), chars.slice(cut).join("")];
      const segments = parts.map((part) => ({ origin: "template" as const, text: part }));
      assertEquals(tokenizer.encodeSegments(segments).ids, ids, about);
    }
  }
});
