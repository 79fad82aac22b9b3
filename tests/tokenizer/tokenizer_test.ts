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
