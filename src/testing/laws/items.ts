/**
 * Laws of several items in one prompt.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Modality } from "../../core/message.ts";
import { numEmbeds } from "../../multimodal/placeholder.ts";
import type { ConformanceSession, Piece } from "../session.ts";
import { assertSameRows, assertSameTensors, isSameTensor } from "./comparing.ts";
import type { Law } from "./law.ts";

/** Tensors and rows of every item of a prompt of these pieces. */
async function encoded(session: ConformanceSession, pieces: readonly Piece[]) {
  const prepared = await session.prepare(session.prompt(pieces));
  return { prepared, items: prepared.items, rows: await session.encode(prepared) };
}

/** An item does not depend on its companions. */
export const togetherEqualsOneByOne: Law = {
  name: "items together give what each gives alone",
  async check(session) {
    for (const modality of session.modalities) {
      const samples = session.items(session.random(3), modality, 3);
      const together = await encoded(session, ["a", ...samples, "b"]);
      assertEquals(together.items.length, samples.length, "items");
      for (const [at, sample] of samples.entries()) {
        const alone = await encoded(session, ["a", sample, "b"]);
        assertSameTensors(together.items[at].tensors, alone.items[0].tensors, `${modality} ${at}`);
        assertSameRows(together.rows[at], alone.rows[0], `${modality} ${at}`);
      }
    }
  },
};

/** Equal items, which an encoder may take as one stack, give equal rows. */
export const equalItemsGiveEqualRows: Law = {
  name: "the same item twice gives the same rows twice",
  async check(session) {
    for (const modality of session.modalities) {
      const [sample] = session.items(session.random(4), modality, 1);
      if (session.loaded.limits[modality] === 1) continue;
      const { rows, items } = await encoded(session, [sample, "and", sample]);
      assertSameTensors(items[1].tensors, items[0].tensors, `${modality} 1`);
      assertSameRows(rows[1], rows[0], `${modality} 1`);
    }
  },
};

/** Items keep their order: in the tensors, in the rows, in the prompt. */
export const orderIsKept: Law = {
  name: "items keep their order",
  async check(session) {
    for (const modality of session.modalities) {
      const samples = session.items(session.random(5), modality, 3);
      if (samples.length < 2) continue;
      const forth = await encoded(session, [...samples, "x"]);
      const back = await encoded(session, [...samples.toReversed(), "x"]);
      for (const [at, { tensors }] of forth.items.entries()) {
        assertSameTensors(back.items[samples.length - 1 - at].tensors, tensors, `${modality} ${at} in reversed order`);
        assertSameRows(back.rows[samples.length - 1 - at], forth.rows[at], `${modality} ${at} in reversed order`);
      }
      const [first, second] = forth.items.map(({ tensors }) => Object.values(tensors)[0]);
      assert(!isSameTensor(first, second), `Expected samples of ${modality} that differ: found two equal ones`);
      const ranges = forth.prepared.placeholders[modality] ?? [];
      assertEquals(ranges.map(({ itemIndex }) => itemIndex), ranges.map(({ itemIndex }) => itemIndex).toSorted());
    }
  },
};

/** Every item has as many rows as its closed form says and as its tokens take. */
export const rowsFitTheirPositions: Law = {
  name: "rows of an item = its embed positions = its closed form",
  async check(session) {
    for (const modality of session.modalities) {
      const random = session.random(6);
      for (const kwargs of [{}, ...session.subject.processorKwargs ?? []]) {
        for (let round = 0; round < 6; round++) {
          const samples = session.items(random, modality, 2);
          const prepared = await session.prepare(session.prompt(["a", ...samples, "b"]), { kwargs });
          const rows = await session.encode(prepared);
          prepared.items.forEach(({ info }, at) =>
            assertCount(session, modality, at, {
              rows: rows[at].rows.length / session.loaded.model.language.hiddenSize,
              positions: (prepared.placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === info.index)
                .reduce((sum, range) => sum + numEmbeds(range), 0),
              formula: session.loaded.model.numTokens(info, kwargs),
            })
          );
        }
      }
    }
  },
};

function assertCount(
  { loaded }: ConformanceSession,
  modality: Modality,
  at: number,
  { rows, positions, formula }: { rows: number; positions: number; formula: number },
): void {
  assert(
    rows === formula && positions === formula && formula > 0,
    `Expected numTokens, embed positions and rows of ${modality} ${at} of ${loaded.report.modelType} to be equal: ` +
      `found ${formula}, ${positions} and ${rows}`,
  );
}
