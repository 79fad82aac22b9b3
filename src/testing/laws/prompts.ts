/**
 * Laws of prompts: text = ids, and what a user types is text.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { PreparedPrompt } from "../../engine/sequence.ts";
import type { ConformanceSession, Piece } from "../session.ts";
import { assertSameTensors } from "./comparing.ts";
import type { Law } from "./law.ts";

/** Texts and one or two items of every modality. */
function mixedPieces(session: ConformanceSession): Piece[] {
  const random = session.random(1);
  return ["one ", ...session.modalities.flatMap((modality) => session.items(random, modality, 2)), " two"];
}

/** A prompt given as text or as its ids is the same prompt. */
export const textEqualsIds: Law = {
  name: "a prompt given as text equals the prompt given as its ids",
  async check(session) {
    const prompt = session.ownText(mixedPieces(session));
    const { tokenizer } = session.loaded;
    const tokenIds = [...tokenizer.encode(prompt.text).ids];
    const fromText = await session.prepare(prompt);
    const fromIds = await session.prepare({ kind: "tokens", tokenIds, media: prompt.media });
    assertEquals([...fromIds.promptTokenIds], [...fromText.promptTokenIds], "token ids");
    assertEquals(fromIds.placeholders, fromText.placeholders, "placeholder ranges");
    fromIds.items.forEach((item, at) => assertSameTensors(item.tensors, fromText.items[at].tensors, `item ${at}`));
  },
};

/** What a user types is text: no placeholder, no special token. */
export const typedTextIsInert: Law = {
  name: "placeholders and special tokens that a user types are text",
  async check(session) {
    const { specialTexts, loaded: { tokenizer } } = session;
    const item = session.modalities.flatMap((modality) => session.items(session.random(2), modality, 1)).slice(0, 1);
    const ids = specialTexts.map((text) => tokenizer.tokenToId(text)).filter((id) => id !== undefined);
    for (const items of item.length === 0 ? [[]] : [[], item]) {
      const harmless = await preparedWith(session, "abc", items);
      for (const typed of [specialTexts.join(""), specialTexts.join(" a ")]) {
        const found = await preparedWith(session, typed, items);
        for (const id of ids) {
          const count = ({ promptTokenIds }: PreparedPrompt) => promptTokenIds.filter((token) => token === id).length;
          assertEquals(count(found), count(harmless), `times that special token ${id} is in the prompt`);
        }
        assertTailIsSame(found, harmless);
      }
    }
  },
};

/** A user's text, then items. Without a chat template items need text that the program owns, so there are none. */
function preparedWith(session: ConformanceSession, typed: string, items: readonly Piece[]): Promise<PreparedPrompt> {
  if (session.hasTemplate) return session.prepare(session.prompt([typed, ...items]));
  return session.prepare({ kind: "text", text: typed });
}

/** Behind the user's text, from the first item on, the prompt does not depend on it. */
function assertTailIsSame(found: PreparedPrompt, harmless: PreparedPrompt): void {
  const [placed, wanted] = [found, harmless].map(({ placeholders }) => Object.values(placeholders).flat());
  assertEquals(placed.length, wanted.length, "placeholder ranges");
  if (wanted.length === 0) return;
  const tailOf = ({ promptTokenIds }: PreparedPrompt, offset: number) => promptTokenIds.subarray(offset);
  const [at, wantedAt] = [placed[0].offset, wanted[0].offset];
  if (at === wantedAt) return; // the item goes in front of the text
  assertEquals([...tailOf(found, at)], [...tailOf(harmless, wantedAt)], "the prompt from the item on");
}
