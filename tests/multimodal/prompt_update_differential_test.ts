/**
 * The planner against the plain statement of its rules, on random prompts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { AdapterError } from "../../src/core/errors.ts";
import type { Modality } from "../../src/core/message.ts";
import {
  applyPromptUpdates,
  type ModalityUpdates,
  PromptInsertion,
  PromptReplacement,
  PromptTarget,
} from "../../src/multimodal/prompt_update.ts";
import { createRandom, type Random } from "../../src/testing/random.ts";
import { expandPlainly, type OracleAlternative, type OracleItem, type OracleTarget } from "./prompt_update_oracle.ts";

const MODALITIES: readonly Modality[] = ["image", "audio", "video"];
const NUM_CASES = 30_000;

/** A prompt of few different tokens, so that targets occur, overlap and begin together. */
interface Case {
  prompt: number[];
  origins: Uint8Array;
  /** Alternatives of each item of each modality. */
  items: Map<Modality, OracleAlternative[][]>;
}

function randomTokens(random: Random, least: number, most: number): number[] {
  return Array.from({ length: random.integer(least, most) }, () => random.integer(1, 3));
}

function randomTarget(random: Random): OracleTarget {
  const kind = random.integer(0, 11);
  if (kind === 0) return "start";
  if (kind === 1) return "end";
  if (kind === 2) return { prefix: randomTokens(random, 0, 2) };
  return randomTokens(random, kind === 3 ? 0 : 1, 3);
}

function randomCase(random: Random): Case {
  const prompt = randomTokens(random, 0, 14);
  const origins = random.next() < 0.3 ? Uint8Array.from(prompt, () => Number(random.next() < 0.3)) : new Uint8Array();
  const items = new Map<Modality, OracleAlternative[][]>();
  let content = 100;
  for (const modality of MODALITIES.slice(0, random.integer(1, 3))) {
    const isPerItem = random.next() < 0.4;
    const shared = Array.from({ length: random.integer(1, 3) }, () => ({
      mode: random.next() < 0.35 ? "insertion" as const : "replacement" as const,
      target: randomTarget(random),
    }));
    const own = () => shared.map(({ mode, target }) => ({ mode, target: isPerItem ? randomTarget(random) : target }));
    const fill = () => Array.from({ length: random.integer(0, 2) }, () => content++);
    const lists = Array.from({ length: random.integer(0, 4) }, () => own().map((one) => ({ ...one, content: fill() })));
    items.set(modality, lists);
  }
  return { prompt, origins, items };
}

function toTarget(target: OracleTarget): PromptTarget {
  if (target === "start") return PromptTarget.start();
  if (target === "end") return PromptTarget.end();
  return Array.isArray(target) ? target : PromptTarget.prefix(target.prefix);
}

function toUpdates(items: Case["items"]): ModalityUpdates[] {
  return [...items].map(([modality, lists]) => {
    const numAlternatives = lists[0]?.length ?? 0;
    const updates = Array.from({ length: numAlternatives }, (_, at) => {
      const target = (item: number) => toTarget(lists[item][at].target);
      const content = (item: number) => lists[item][at].content;
      return lists[0][at].mode === "insertion"
        ? new PromptInsertion({ target, insertion: content })
        : new PromptReplacement({ target, replacement: content });
    });
    return { modality, numItems: lists.length, updates };
  });
}

Deno.test(`${NUM_CASES} random prompts are expanded as the plain statement of the rules says`, () => {
  const random = createRandom(20261121);
  const outcomes = { placed: 0, prompt_update_unmatched: 0, prompt_update_conflict: 0 };
  for (let round = 0; round < NUM_CASES; round++) {
    const { prompt, origins, items } = randomCase(random);
    const updates = toUpdates(items);
    const flat = [...items].flatMap(([modality, lists]): OracleItem[] =>
      lists.map((alternatives, itemIndex) => ({ modality, itemIndex, alternatives }))
    );
    const barred = prompt.map((_, at) => origins[at] === 1);
    const want = expandPlainly(prompt, barred, flat);
    const about = `round ${round}: ${JSON.stringify({ prompt, barred, flat })}`;

    const { promptTokenIds, placeholders } = applyPromptUpdates(prompt, updates, { origins, unplaced: "skip" });
    assertEquals([...promptTokenIds], want.tokens, about);
    const ranges = Object.entries(placeholders).flatMap(([modality, list]) =>
      list.map(({ itemIndex, offset, length }) => ({ offset, name: `${modality}#${itemIndex}@${offset}+${length}` }))
    ).sort((a, b) => a.offset - b.offset);
    assertEquals(ranges.map(({ name }) => name), want.placeholders, about);

    let code: string | undefined;
    try {
      applyPromptUpdates(prompt, updates, { origins });
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      code = error.code;
      const [name] = want.failures[0] ?? ["none"];
      assertEquals(error.message.includes(name.replace("#", " ")), true, `${error.message} names ${name}, ${about}`);
    }
    assertEquals(code, want.failures[0]?.[1], about);
    outcomes[want.failures[0]?.[1] ?? "placed"]++;
  }
  // The cases are of use only if all three outcomes are common among them.
  for (const [outcome, count] of Object.entries(outcomes)) {
    assertEquals(count > NUM_CASES / 50, true, `${outcome}: ${count}`);
  }
});
