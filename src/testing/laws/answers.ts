/**
 * Laws of answers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Prompt } from "../../core/generate.ts";
import type { Tensor } from "../../core/tensor.ts";
import type { Piece } from "../session.ts";
import { assertSameRows } from "./comparing.ts";
import type { Law } from "./law.ts";

/** Requests do not change each other's answers. */
export const batchEqualsSingle: Law = {
  name: "answers at the same time equal answers one by one",
  async check(session) {
    const random = session.random(12);
    const withItems = session.modalities.flatMap((modality): Piece[][] => [
      ["a", ...session.items(random, modality, 1)],
      [...session.items(random, modality, 2), "b c"],
    ]);
    const prompts: Prompt[] = [["a b c"], ...withItems, ["b"]].map((pieces) => session.prompt(pieces));
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(await session.answer(prompt));
    const together = await Promise.all(prompts.map((prompt) => session.answer(prompt)));
    assertEquals(together, alone);
    assertEquals(await session.answer(prompts[0]), alone[0], "the first answer, asked again");
  },
};

/** Where rows may be sent in place of an item, the item's own rows do what the item does. */
export const rowsEqualTheirItem: Law = {
  name: "an item's rows, sent as precomputed embeddings, equal the item",
  async check(session) {
    const { model } = session.loaded;
    for (const modality of session.modalities) {
      const beside = model.embeds?.[modality];
      if (!beside) continue;
      const [item] = session.items(session.random(13), modality, 1);
      const whole = await session.prepare(session.prompt(["a", item, "b"]));
      const [wanted] = await session.encode(whole);
      const { hiddenSize } = model.language;
      const rows: Tensor = { type: "float32", dims: [wanted.rows.length / hiddenSize, hiddenSize], data: wanted.rows };
      const tensors = {
        ...Object.fromEntries(beside.map((name) => [name, whole.items[0].tensors[name]])),
        [`${modality}_embeds`]: rows,
      };
      const sent = await session.prepare(session.prompt(["a", { modality, source: { kind: "embeds", tensors } }, "b"]));
      assertEquals([...sent.promptTokenIds], [...whole.promptTokenIds], "token ids");
      assertEquals(sent.placeholders, whole.placeholders, "placeholder ranges");
      assertEquals(sent.languageInputs, whole.languageInputs, "inputs of the language network");
      assertSameRows((await session.encode(sent))[0], wanted, `${modality} 0`);
    }
  },
};
