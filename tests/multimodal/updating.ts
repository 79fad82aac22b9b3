/**
 * Short forms for tests of prompt updates.
 *
 * @module
 */
import type { Modality } from "../../src/core/message.ts";
import {
  type ApplyOptions,
  applyPromptUpdates,
  type ModalityUpdates,
  type PerItem,
  type PromptContent,
  PromptInsertion,
  PromptReplacement,
  type PromptTarget,
} from "../../src/multimodal/prompt_update.ts";

/** Kind of update, as vLLM's tests call it. */
export type Mode = "insert" | "replace";

/** Both kinds. */
export const BOTH: readonly Mode[] = ["insert", "replace"];

/** An update of either kind. */
export function one(mode: Mode, target: PerItem<PromptTarget>, content: PerItem<PromptContent>) {
  return mode === "insert"
    ? new PromptInsertion({ target, insertion: content })
    : new PromptReplacement({ target, replacement: content });
}

/** What the items of a modality, or of any name, do. */
export function updatesOf(modality: string, numItems: number, ...updates: ModalityUpdates["updates"]): ModalityUpdates {
  return { modality: modality as Modality, numItems, updates };
}

/** Output and `modality#item@offset` of every placeholder. */
export function apply(prompt: number[], updates: ModalityUpdates[], options?: ApplyOptions): [number[], string[]] {
  const { promptTokenIds, placeholders } = applyPromptUpdates(prompt, updates, options);
  const ranges = Object.entries(placeholders).flatMap(([modality, list]) =>
    list.map(({ itemIndex, offset }) => `${modality}#${itemIndex}@${offset}`)
  );
  return [[...promptTokenIds], ranges];
}
