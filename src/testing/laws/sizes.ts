/**
 * Laws over many sizes, which need no pixels: the closed form against the prompt, and the declared worst case.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { LimbusError } from "../../core/errors.ts";
import type { Modality } from "../../core/message.ts";
import { encodePrompt } from "../../engine/preprocess.ts";
import type { ItemInfo } from "../../multimodal/item.ts";
import { numEmbeds } from "../../multimodal/placeholder.ts";
import { applyPromptUpdates } from "../../multimodal/prompt_update.ts";
import { createRandom } from "../random.ts";
import { randomImage, randomInfo, randomSound } from "../sample_item.ts";
import type { ConformanceSession } from "../session.ts";
import type { Law } from "./law.ts";

const NUM_SIZES = 400;
/** Largest picture side, and seconds of sound, that sizes are drawn from. */
const MOST = { side: 3000, seconds: 60 };
/** Rows and pixels up to which the worst case is really encoded. */
const ENCODED_UP_TO = { rows: 1024, pixels: 2 ** 22 };

function sizesOf(session: ConformanceSession, modality: Modality, index: number): () => ItemInfo {
  const random = session.random(7);
  const numSamples = MOST.seconds * (session.loaded.model.samplingRate ?? 16_000);
  return () => randomInfo(random, modality, index, { side: MOST.side, numSamples });
}

/** The closed form, or undefined for a size that the family refuses. */
function countOrRefuse(count: () => number): number | undefined {
  try {
    return count();
  } catch (error) {
    if (error instanceof LimbusError) return undefined;
    throw error;
  }
}

/** Whatever its size, an item gets as many embed positions as its closed form says. */
export const formulaFitsThePrompt: Law = {
  name: `the closed form = the embed positions, over ${NUM_SIZES} sizes`,
  // deno-lint-ignore require-await
  async check(session) {
    const { model } = session.loaded;
    for (const modality of session.modalities) {
      const pieces = session.items(session.random(8), modality, 2);
      const prompt = session.prompt(["a", ...pieces, "b"]);
      const plain = encodePrompt(session.loaded, prompt);
      for (const kwargs of [{}, ...session.subject.processorKwargs ?? []]) {
        const nexts = pieces.map((_, index) => sizesOf(session, modality, index));
        let numRefused = 0;
        for (let round = 0; round < NUM_SIZES / pieces.length; round++) {
          const infos = nexts.map((next) => next());
          const wanted = infos.map((info) => countOrRefuse(() => model.numTokens(info, kwargs)));
          if (wanted.includes(undefined)) {
            numRefused++;
            continue;
          }
          const items = infos.map((info) => ({ info, param: "" }));
          const { ids, origins } = model.itemText ? encodePrompt(session.loaded, prompt, items, kwargs) : plain;
          const { placeholders } = applyPromptUpdates(ids, model.promptUpdates(infos, kwargs), { origins });
          const found = infos.map(({ index }) =>
            (placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === index)
              .reduce((sum, range) => sum + numEmbeds(range), 0)
          );
          assertEquals(found, wanted, `embed positions of ${describe(infos)}`);
        }
        const most = NUM_SIZES / pieces.length;
        assert(
          numRefused < most / 2,
          `Expected most sizes of ${modality} to be accepted: found ${numRefused} of ${most}`,
        );
      }
    }
  },
};

/** No item takes more rows than the one that is declared as the largest, and that one takes as many as it says. */
export const worstCaseIsWorst: Law = {
  name: "no item takes more rows than the declared largest, which takes as many as it says",
  async check(session) {
    const { model } = session.loaded;
    for (const modality of session.modalities) {
      const largest = model.largestItem?.(modality);
      if (!largest) continue;
      assertEquals(largest.modality, modality, "modality of the largest item");
      const most = model.numTokens(largest, {});
      const next = sizesOf(session, modality, 0);
      for (let round = 0; round < NUM_SIZES; round++) {
        const info = next();
        const count = countOrRefuse(() => model.numTokens(info, {})) ?? 0;
        assert(
          count <= most,
          `Expected at most ${most} rows, those of ${describe([largest])}: ${describe([info])} has ${count}`,
        );
      }
      await assertReached(session, largest, most);
    }
  },
};

/** Encodes the largest item, unless that is too much for a check. */
async function assertReached(session: ConformanceSession, largest: ItemInfo, most: number): Promise<void> {
  if (largest.kind === "embeds" || most > ENCODED_UP_TO.rows) return;
  if (largest.kind === "image" && largest.width * largest.height > ENCODED_UP_TO.pixels) return;
  const random = createRandom(9);
  const item = largest.kind === "image"
    ? randomImage(random, largest.width, largest.height)
    : randomSound(random, largest.numSamples, session.loaded.model.samplingRate!);
  const [{ rows }] = await session.encode(await session.prepare(session.prompt(["a", item])));
  assertEquals(rows.length / session.loaded.model.language.hiddenSize, most, `rows of ${describe([largest])}`);
}

function describe(infos: readonly ItemInfo[]): string {
  return infos.map((info) => {
    if (info.kind === "image") return `a picture of ${info.width} x ${info.height}`;
    return info.kind === "audio" ? `a sound of ${info.numSamples} samples` : `${info.numRows} rows`;
  }).join(" and ");
}
