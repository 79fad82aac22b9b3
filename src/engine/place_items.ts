import { AdapterError, ContextLengthError, InvalidRequestError } from "../core/errors.ts";
import type { Prompt } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import { onItem } from "../multimodal/for_item.ts";
import type { ItemInfo, ProcessorKwargs } from "../multimodal/item.ts";
import { numEmbeds } from "../multimodal/placeholder.ts";
import { type AppliedUpdates, applyPromptUpdates, type ModalityUpdates } from "../multimodal/prompt_update.ts";
import type { MediaItem } from "../multimodal/resolve_items.ts";
import type { EncodedPrompt } from "../tokenizer/tokenizer.ts";
import type { LoadedModel } from "./load_model.ts";

/** What {@linkcode placeItems} needs of a model. */
type PlacingModel = Pick<LoadedModel, "model" | "report" | "maxModelLen" | "maxItemTokens" | "tokenizer">;

/**
 * Expands the placeholders, and checks that items, updates and ranges fit each other and that each item gets as many embed
 * positions as its closed form says. Nothing is decoded yet.
 *
 * @throws {InvalidRequestError} If an item is above the server's limit, or a prompt of ids or text has another number of
 * placeholders than items.
 * @throws {ContextLengthError} If the items alone are longer than the context.
 * @throws {AdapterError} If the family's parts contradict each other; the message names adapter, modality and item.
 */
export function placeItems(
  loaded: PlacingModel,
  kind: Prompt["kind"],
  { ids, origins }: EncodedPrompt,
  items: readonly MediaItem[],
  kwargs: ProcessorKwargs,
): AppliedUpdates {
  const { model, report: { modelType = "" } } = loaded;
  const wanted = countRows(loaded, kind, items, kwargs);
  if (kind !== "chat") checkRawPlaceholders(loaded, { ids, origins }, items);
  const updates = items.length === 0 ? [] : model.promptUpdates(items.map(({ info }) => info), kwargs);
  checkUpdates(modelType, items, updates);
  const applied = apply(modelType, kind, { ids, origins }, items, updates);
  const rangesOf = rangesByItem(applied);
  items.forEach((item, i) => {
    const found = rangesOf(item.info).reduce((sum, range) => sum + numEmbeds(range), 0);
    if (found === wanted[i]) return;
    throw new AdapterError(
      `Expected the prompt updates of adapter ${modelType} to give ${nameOf(item.info)} its ${wanted[i]} embed ` +
        `positions: found ${found}`,
      { param: item.param },
    );
  });
  return applied;
}

/** Ranges of one modality in an expanded prompt. */
type Ranges = NonNullable<AppliedUpdates["placeholders"][Modality]>;

/** Sorts the ranges of an expanded prompt by the items that they belong to. */
export function rangesByItem(
  { placeholders }: Pick<AppliedUpdates, "placeholders">,
): (item: Pick<ItemInfo, "modality" | "index">) => Ranges {
  const sorted = new Map(
    Object.entries(placeholders).map(([modality, ranges]) => [
      modality,
      Map.groupBy(ranges, ({ itemIndex }) => itemIndex),
    ]),
  );
  return ({ modality, index }) => sorted.get(modality)?.get(index) ?? [];
}

/** Rows of each item by the closed form, within the limits. */
function countRows(
  { model, report, maxModelLen, maxItemTokens }: PlacingModel,
  kind: Prompt["kind"],
  items: readonly MediaItem[],
  kwargs: ProcessorKwargs,
): number[] {
  const wanted = items.map(({ info, param }) => {
    const rows = onItem(param, () => model.numTokens(info, kwargs));
    if (!Number.isSafeInteger(rows) || rows < 1) {
      const about = `numTokens of adapter ${report.modelType} to be a number from 1 for ${nameOf(info)}`;
      throw new AdapterError(`Expected ${about}: found ${rows}`, { param });
    }
    if (rows > maxItemTokens) {
      throw new InvalidRequestError(
        `Expected ${nameOf(info)} to take at most ${maxItemTokens} tokens: found ${rows}`,
        { param, code: "media_item_too_long", hint: "Send it smaller; the server's limit is LIMBUS_MAX_ITEM_TOKENS" },
      );
    }
    return rows;
  });
  const total = wanted.reduce((sum, rows) => sum + rows, 0);
  if (total < maxModelLen) return wanted;
  throw new ContextLengthError(
    `Expected a prompt of at most ${maxModelLen - 1} tokens, media included: found ${total} for the media alone`,
    { param: kind === "chat" ? "messages" : "prompt" },
  );
}

/** Items = updates, for every modality. */
function checkUpdates(modelType: string, items: readonly MediaItem[], updates: readonly ModalityUpdates[]): void {
  const modalities = new Set([...items.map(({ info }) => info.modality), ...updates.map(({ modality }) => modality)]);
  for (const modality of modalities) {
    const own = items.filter(({ info }) => info.modality === modality);
    const found = updates.filter((update) => update.modality === modality).reduce((sum, u) => sum + u.numItems, 0);
    if (found === own.length) continue;
    throw new AdapterError(
      `Expected promptUpdates of adapter ${modelType} to place ${own.length} ${modality} items: found ${found}`,
      { param: own[0]?.param },
    );
  }
}

function apply(
  modelType: string,
  kind: Prompt["kind"],
  { ids, origins }: Pick<EncodedPrompt, "ids" | "origins">,
  items: readonly MediaItem[],
  updates: readonly ModalityUpdates[],
): AppliedUpdates {
  try {
    return applyPromptUpdates(ids, updates, { origins });
  } catch (error) {
    // A mask that is not as long as its tokens.
    if (error instanceof RangeError) {
      throw new AdapterError(`${error.message}, in the prompt updates of adapter ${modelType}`, { cause: error });
    }
    if (!(error instanceof AdapterError)) throw error;
    const applied = applyPromptUpdates(ids, updates, { origins, unplaced: "skip" });
    const rangesOf = rangesByItem(applied);
    const param = items.find(({ info }) => rangesOf(info).length === 0)?.param;
    const { message, code } = error;
    // Whoever writes ids or text with media writes the placeholders too; in a conversation the template does.
    if (kind !== "chat") throw new InvalidRequestError(message, { param, code });
    throw new AdapterError(`${message}, in the prompt updates of adapter ${modelType}`, { param, code });
  }
}

/** A prompt of ids or text that opts in to placeholders must not have more of them than items. */
function checkRawPlaceholders(
  { model, tokenizer }: PlacingModel,
  { ids, origins }: Pick<EncodedPrompt, "ids" | "origins">,
  items: readonly MediaItem[],
): void {
  for (const modality of Object.keys(model.limits) as Modality[]) {
    const text = model.placeholder(modality, 0);
    const spelled = text === null ? [] : [...tokenizer.encode(text, { addSpecialTokens: false }).ids];
    const found = spelled.length === 0 ? 0 : countOccurrences(ids, origins, spelled);
    const expected = items.filter(({ info }) => info.modality === modality).length;
    if (found <= expected) continue;
    throw new InvalidRequestError(
      `Expected ${expected} placeholders of ${modality} items in the prompt, one for each: found ${found}`,
      { param: "prompt", code: "placeholder_count" },
    );
  }
}

/** Occurrences, not overlapping, of tokens that no user wrote. */
function countOccurrences(ids: Uint32Array, origins: Uint8Array, spelled: readonly number[]): number {
  let count = 0;
  for (let at = 0; at + spelled.length <= ids.length; at++) {
    if (!spelled.every((id, i) => ids[at + i] === id && origins[at + i] !== 1)) continue;
    count++;
    at += spelled.length - 1;
  }
  return count;
}

function nameOf({ modality, index }: ItemInfo): string {
  return `${modality} ${index}`;
}
