/**
 * Answers `parity.py` with what the tokenizer in `wasm/` makes of texts and ids.
 *
 * The argument names a file `{"tokenizer": path, "texts": [...], "ids": [[...]]}`. The answer, on stdout, holds `ids` and
 * `plain` (without special tokens) for the texts, a text that cannot be encoded giving null, `decoded` and `skipped` for the
 * lists of ids, and `loadMs` and `compactMs`; or `refused`. What needs no reference is checked on the way: a prompt of one
 * segment has the ids of the text, deltas add up to the whole and are made of whole characters, and the tokenizer's compact
 * form gives the same ids and texts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

interface Question {
  tokenizer: string;
  texts: string[];
  ids: number[][];
}

function answer({ tokenizer: path, texts, ids }: Question): unknown {
  const json = Deno.readFileSync(path);
  const start = performance.now();
  let tokenizer: Tokenizer;
  try {
    tokenizer = Tokenizer.fromJSON(json);
  } catch (error) {
    return { refused: String(error) };
  }
  const loadMs = performance.now() - start;
  const binary = Tokenizer.binaryOf(json);
  if (!binary) throw new Error("Expected a vocabulary that has a compact form: found one that has none");
  const again = performance.now();
  const compact = Tokenizer.fromBinary(binary, json);
  const compactMs = performance.now() - again;
  const encode = (text: string, addSpecialTokens: boolean) => {
    try {
      const { ids } = tokenizer.encode(text, { addSpecialTokens });
      const segments = [{ origin: "template" as const, text }];
      assertEquals(tokenizer.encodeSegments(segments, { addSpecialTokens }).ids, ids);
      assertEquals(compact.encode(text, { addSpecialTokens }).ids, ids);
      return [...ids];
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") throw error;
      return null;
    }
  };
  const decode = (list: number[], skipSpecialTokens: boolean) => {
    const stream = tokenizer.decodeStream({ skipSpecialTokens });
    const deltas = [...list.map((id) => stream.push(id)), stream.flush()];
    const whole = tokenizer.decode(list, { skipSpecialTokens });
    assertEquals(deltas.join(""), whole);
    assertEquals(compact.decode(list, { skipSpecialTokens }), whole);
    assertEquals(deltas.every((delta) => delta.isWellFormed()), true);
    return whole;
  };
  return {
    loadMs,
    compactMs,
    ids: texts.map((text) => encode(text, true)),
    plain: texts.map((text) => encode(text, false)),
    decoded: ids.map((list) => decode(list, false)),
    skipped: ids.map((list) => decode(list, true)),
  };
}

const question = JSON.parse(Deno.readTextFileSync(Deno.args[0])) as Question;
const bytes = new TextEncoder().encode(JSON.stringify(answer(question)));
for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
