/**
 * Laws of the processor cache.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { PreparedPrompt } from "../../engine/sequence.ts";
import { ProcessorCache } from "../../multimodal/processor_cache.ts";
import type { SampleItem } from "../sample_item.ts";
import { assertSameTensors } from "./comparing.ts";
import type { Law } from "./law.ts";

const CACHE_BYTES = 2 ** 28;
/** Shares of items that were sent before. */
const HIT_RATES = [0.3, 0.5, 1];
const NUM_PROMPTS = 6;

/** A prompt whose items are found in the cache is the prompt whose items are processed. */
export const cachedEqualsUncached: Law = {
  name: "cached items give what uncached ones give, by content and by name",
  async check(session) {
    for (const modality of session.modalities) {
      const random = session.random(14);
      const [known] = session.items(random, modality, 1).map((item) => ({ ...item, uuid: "known" }));
      const cache = new ProcessorCache(CACHE_BYTES);
      await session.prepare(session.prompt(["a", known]), { cache });
      const full = cache.bytes;
      assert(full > 0, `Expected the tensors of ${modality} 0 to be kept: found an empty cache`);
      for (const hitRate of HIT_RATES) {
        for (let round = 0; round < NUM_PROMPTS; round++) {
          const samples = session.items(random, modality, random.integer(1, 3))
            .map((item) => random.next() < hitRate ? known : item);
          const prompt = session.prompt(["a", ...samples, "b"]);
          const wanted = await session.prepare(prompt);
          assertSamePrompt(await session.prepare(prompt, { cache }), wanted);
          // The name alone stands for the item.
          const named = samples.map((item): SampleItem =>
            item === known ? { ...known, source: { kind: "cached" } } : item
          );
          assertSamePrompt(await session.prepare(session.prompt(["a", ...named, "b"]), { cache }), wanted);
        }
      }
    }
  },
};

function assertSamePrompt(found: PreparedPrompt, wanted: PreparedPrompt): void {
  assertEquals([...found.promptTokenIds], [...wanted.promptTokenIds], "token ids");
  assertEquals(found.placeholders, wanted.placeholders, "placeholder ranges");
  assertEquals(found.languageInputs, wanted.languageInputs, "inputs of the language network");
  wanted.items.forEach(({ info, tensors }, at) => {
    assertEquals(found.items[at].info, info, `what is known of item ${at}`);
    assertSameTensors(found.items[at].tensors, tensors, `item ${at}`);
  });
}
