/**
 * Laws of what is refused.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { InvalidRequestError, UnsupportedModalityError } from "../../core/errors.ts";
import type { Modality } from "../../core/message.ts";
import { createRandom } from "../random.ts";
import { randomImage, randomSound, type SampleItem } from "../sample_item.ts";
import type { Law } from "./law.ts";

const MODALITIES: readonly Modality[] = ["image", "audio", "video"];

/** More items than the model or the server allows are refused, by the first item over the limit. */
export const limitsAreKept: Law = {
  name: "more items than allowed are refused",
  async check(session) {
    for (const modality of session.modalities) {
      const own = session.loaded.limits[modality];
      const [item] = session.items(session.random(10), modality, 1);
      for (const limit of own === null ? [0, 1] : [0, own!]) {
        const limits = { ...session.loaded.limits, [modality]: limit };
        const promptOf = (count: number) => session.prompt(["a", ...Array<SampleItem>(count).fill(item), "b"]);
        if (limit > 0) assertEquals((await session.prepare(promptOf(limit), { limits })).items.length, limit);
        const error = await assertRejects(() => session.prepare(promptOf(limit + 1), { limits }), InvalidRequestError);
        assertEquals(error.code, "too_many_media_items");
        assertEquals(error.param, session.hasTemplate ? `messages[0].content[${limit + 1}]` : `media[${limit}]`);
      }
    }
  },
};

/** A modality that `limits` does not name is refused. */
export const othersAreRefused: Law = {
  name: "items of modalities that the model does not take are refused",
  async check(session) {
    const random = createRandom(11);
    for (const modality of MODALITIES.filter((name) => session.loaded.limits[name] === undefined)) {
      const { source } = modality === "audio" ? randomSound(random, 1600, 16_000) : randomImage(random, 20, 20);
      const media = [{ type: "media", modality, source, param: "media[0]" } as const];
      const prompt = { kind: "text", text: "a", media } as const;
      const error = await assertRejects(() => session.prepare(prompt), UnsupportedModalityError);
      assertEquals(error.param, "media[0]");
    }
  },
};

/** A setting of the processors that the family does not know is refused. */
export const unknownKwargsAreRefused: Law = {
  name: "unknown mm_processor_kwargs are refused",
  async check(session) {
    const prompt = session.prompt(["a"]);
    const kwargs = { no_such_setting: 1 };
    const error = await assertRejects(() => session.prepare(prompt, { kwargs }), InvalidRequestError);
    assertEquals(error.param?.startsWith("mm_processor_kwargs"), true, `param of the error: ${error.param}`);
  },
};
