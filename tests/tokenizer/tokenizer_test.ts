import { assert, assertEquals } from "@std/assert";
import { FAMILIES, loadCases, loadTexts, loadTokenizer } from "./goldens.ts";

const texts = loadTexts();

for (const family of FAMILIES) {
  Deno.test(`${family}: ids are those of tokenizers on every golden text`, async () => {
    using tokenizer = loadTokenizer(family);
    const cases = await loadCases(family);
    for (const [index, text] of texts.entries()) {
      const plain = tokenizer.encode(text, { addSpecialTokens: false }).ids;
      assertEquals([...plain], cases.ids[index], JSON.stringify(text));
      assertEquals([...tokenizer.encode(text).ids], [...cases.prefix, ...cases.ids[index]]);
    }
  });

  Deno.test(`${family}: decoded texts are those of tokenizers, and streams add up to them`, async () => {
    using tokenizer = loadTokenizer(family);
    const cases = await loadCases(family);
    for (const [index, text] of texts.entries()) {
      const ids = [...cases.prefix, ...cases.ids[index]];
      const decoded = cases.decoded[index] ?? text;
      const skipped = cases.skipped[index] ?? decoded;
      for (const [skipSpecialTokens, want] of [[false, decoded], [true, skipped]] as const) {
        assertEquals(tokenizer.decode(ids, { skipSpecialTokens }), want, JSON.stringify(text));
        const stream = tokenizer.decodeStream({ skipSpecialTokens });
        const pieces = [...ids.map((id) => stream.push(id)), stream.flush()];
        assertEquals(pieces.join(""), want);
        assert(pieces.every((piece) => piece.isWellFormed()));
      }
    }
  });
}

Deno.test("bytes that are no text become the same in one go, in a stream and by the Encoding Standard", () => {
  using tokenizer = loadTokenizer("gpt2");
  const parts = [0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed, 0xa0, 0xef, 0xbb, 0xbf];
  const idOf = new Map<number, number>();
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const bytes = tokenizer.tokenBytes(id);
    if (bytes.length === 1) idOf.set(bytes[0], id);
  }
  let seed = 1;
  const next = (bound: number) => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0, (seed >>> 9) % bound);
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 1 + next(12) }, () => parts[next(parts.length)]);
    const ids = Array.from(bytes, (byte) => idOf.get(byte)!);
    const want = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    assertEquals(tokenizer.decode(ids), want);
    const stream = tokenizer.decodeStream();
    assertEquals([...ids.map((id) => stream.push(id)), stream.flush()].join(""), want);
  }
});
