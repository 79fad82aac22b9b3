/**
 * What media items do to a prompt: placeholders, written short by the chat template, become as many tokens as the model
 * has rows for the item.
 *
 * An adapter declares updates; {@linkcode applyPromptUpdates} gives every item its place. Everything is matched against
 * the prompt as it came, never against what was put in. The words are those of vLLM's multimodal processing.
 *
 * @module
 */
import type { PlaceholderRange } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import { type PlannedItem, PromptPlan } from "./prompt_plan.ts";

/** A value, or a function of the item's index among those of its modality. */
export type PerItem<T> = T | ((itemIndex: number) => T);

/** Token ids, in order. */
export type TokenIds = ArrayLike<number>;

/** A point of the prompt that is not found by searching. */
export type PromptAnchor =
  | { readonly at: "start" }
  | { readonly at: "prefix"; readonly tokenIds: TokenIds }
  | { readonly at: "end" };

/** Where an update happens: at an occurrence of these tokens (an empty list never occurs), or at an anchor. */
export type PromptTarget = TokenIds | PromptAnchor;

/** Anchors: targets that stand for a point of the prompt. */
export const PromptTarget = {
  /** Before the first token, also of an empty prompt. */
  start: (): PromptAnchor => ({ at: "start" }),
  /** Behind these tokens, if the prompt begins with them. */
  prefix: (tokenIds: TokenIds): PromptAnchor => ({ at: "prefix", tokenIds }),
  /** Behind the last token, also of an empty prompt. */
  end: (): PromptAnchor => ({ at: "end" }),
} as const;

/** Tokens to put in, with the positions among them that take encoder rows. */
export interface PromptUpdateDetails {
  /** All tokens. Shape `[length]`. */
  readonly full: TokenIds;
  /** 1 where a token takes an encoder row; undefined: all do. Shape `[length]`. */
  readonly isEmbed?: Uint8Array;
}

/** Ways to say which of the tokens take encoder rows. */
export const PromptUpdateDetails = {
  /** With a mask of ones and zeros, or booleans; without one, all tokens take rows. */
  full: (full: TokenIds, isEmbed?: ArrayLike<number | boolean>): PromptUpdateDetails => ({
    full,
    isEmbed: isEmbed && Uint8Array.from(isEmbed, Number),
  }),
  /** Those with this id take rows. */
  selectTokenId: (full: TokenIds, tokenId: number): PromptUpdateDetails =>
    PromptUpdateDetails.selectTokenIds(full, [tokenId]),
  /** Those with one of these ids take rows. */
  selectTokenIds: (full: TokenIds, tokenIds: readonly number[]): PromptUpdateDetails => ({
    full,
    isEmbed: Uint8Array.from(full, (id) => Number(tokenIds.includes(id))),
  }),
} as const;

/** What is put in: token ids, all of which take encoder rows, or ids with a mask. */
export type PromptContent = TokenIds | PromptUpdateDetails;

/** For each item, one occurrence of the target gives way to the content. */
export class PromptReplacement {
  /** Told apart from an insertion by this. */
  readonly mode = "replacement";
  /** What is replaced. */
  readonly target: PerItem<PromptTarget>;
  /** What takes its place. */
  readonly content: PerItem<PromptContent>;

  /** Takes target and replacement, each for all items or as a function of the item's index. */
  constructor(update: { readonly target: PerItem<PromptTarget>; readonly replacement: PerItem<PromptContent> }) {
    this.target = update.target;
    this.content = update.replacement;
  }
}

/** For each item, the content goes right behind the first occurrence of the target, which stays. */
export class PromptInsertion {
  /** Told apart from a replacement by this. */
  readonly mode = "insertion";
  /** Behind what it goes. */
  readonly target: PerItem<PromptTarget>;
  /** What is put in. */
  readonly content: PerItem<PromptContent>;

  /** Takes target and insertion, each for all items or as a function of the item's index. */
  constructor(update: { readonly target: PerItem<PromptTarget>; readonly insertion: PerItem<PromptContent> }) {
    this.target = update.target;
    this.content = update.insertion;
  }
}

/** One way to place an item. */
export type PromptUpdate = PromptReplacement | PromptInsertion;

/** What the items of one modality do to the prompt. */
export interface ModalityUpdates {
  /** Kind of media. */
  readonly modality: Modality;
  /** Number of its items in the prompt. */
  readonly numItems: number;
  /** Alternatives in order of preference; each item takes the first that has a place. */
  readonly updates: readonly PromptUpdate[];
}

/** Options of {@linkcode applyPromptUpdates}. */
export interface ApplyOptions {
  /** Who wrote each token: 0 template, 1 user, 2 item. What a user wrote is part of no target. Shape `[num_tokens]`. */
  readonly origins?: Uint8Array;
  /** What becomes of an item without a place: an error, or nothing, without a placeholder. Default: "throw". */
  readonly unplaced?: "throw" | "skip";
}

/** An expanded prompt. */
export interface AppliedUpdates {
  /** With all content put in. Shape `[num_tokens]`. */
  readonly promptTokenIds: Uint32Array;
  /** Ranges by modality, in the order of the prompt; empty content leaves none. */
  readonly placeholders: Partial<Record<Modality, PlaceholderRange[]>>;
}

/**
 * Gives every item its place and puts its content in.
 *
 * Modalities in the order given, items by index; where several go to one point, that is their order. Replacements take
 * occurrences from the left, each once, the shorter first where two begin together; occurrences that no item takes stay
 * as they are. Time proportional to the prompt and the items.
 *
 * @example
 * ```ts
 * import { applyPromptUpdates, PromptReplacement, PromptUpdateDetails } from "./prompt_update.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [image, rowBreak] = [7, 8];
 * const { promptTokenIds, placeholders } = applyPromptUpdates([1, image, 2, image], [{
 *   modality: "image",
 *   numItems: 2,
 *   updates: [
 *     new PromptReplacement({
 *       target: [image],
 *       replacement: (index) => PromptUpdateDetails.selectTokenId([...Array(index + 1).fill(image), rowBreak], image),
 *     }),
 *   ],
 * }]);
 * assertEquals([...promptTokenIds], [1, 7, 8, 2, 7, 7, 8]);
 * assertEquals(placeholders.image?.map(({ itemIndex, offset }) => [itemIndex, offset]), [[0, 1], [1, 4]]);
 * ```
 *
 * @param promptTokenIds The prompt, placeholders not yet expanded.
 * @param updates One entry for each modality of the prompt.
 * @throws {AdapterError} Code `prompt_update_unmatched` if an item finds no place, `prompt_update_conflict` if another
 *   update needs the same tokens.
 */
export function applyPromptUpdates(
  promptTokenIds: TokenIds,
  updates: readonly ModalityUpdates[],
  options: ApplyOptions = {},
): AppliedUpdates {
  const prompt = promptTokenIds instanceof Uint32Array ? promptTokenIds : Uint32Array.from(promptTokenIds);
  const { origins = new Uint8Array(), unplaced = "throw" } = options;
  if (origins.length !== 0 && origins.length !== prompt.length) {
    throw new RangeError(`Expected one origin for each of ${prompt.length} tokens: found ${origins.length}`);
  }
  const plan = new PromptPlan(updates);
  const { placements, failures } = plan.run(prompt, origins);
  if (failures.length > 0 && unplaced === "throw") throw plan.failure(failures[0], failures[1] === 1);
  return splice(prompt, placements, plan.items);
}

/** Puts the contents in. `placements` holds item, alternative, start and end of each, by place. */
function splice(prompt: Uint32Array, placements: Uint32Array, items: readonly PlannedItem[]): AppliedUpdates {
  const fixed = new Map<PromptUpdate, PromptUpdateDetails>();
  const contents: PromptUpdateDetails[] = [];
  let length = prompt.length;
  for (let at = 0; at < placements.length; at += 4) {
    const { updates, itemIndex } = items[placements[at]];
    const update = updates.updates[placements[at + 1]];
    const content = fixed.get(update) ?? readContent(update.content, itemIndex);
    if (typeof update.content !== "function") fixed.set(update, content);
    contents.push(content);
    length += content.full.length - (placements[at + 3] - placements[at + 2]);
  }
  const out = new Uint32Array(length);
  const placeholders: Partial<Record<Modality, PlaceholderRange[]>> = {};
  let [done, offset] = [0, 0];
  for (let index = 0; index < contents.length; index++) {
    const { full, isEmbed } = contents[index];
    const { updates: { modality }, itemIndex } = items[placements[4 * index]];
    const start = placements[4 * index + 2];
    offset = copy(prompt, done, start, out, offset);
    const { length } = full;
    if (length > 0) {
      const range = isEmbed ? { itemIndex, offset, length, isEmbed } : { itemIndex, offset, length };
      (placeholders[modality] ??= []).push(range);
    }
    offset = copy(full, 0, length, out, offset);
    done = placements[4 * index + 3];
  }
  copy(prompt, done, prompt.length, out, offset);
  return { promptTokenIds: out, placeholders };
}

/** Copies a stretch of tokens, most of which are short: a view for each would cost more than the tokens. */
function copy(from: TokenIds, start: number, end: number, to: Uint32Array, offset: number): number {
  for (let at = start; at < end; at++) to[offset++] = from[at];
  return offset;
}

function readContent(content: PerItem<PromptContent>, itemIndex: number): PromptUpdateDetails {
  const resolved = typeof content === "function" ? content(itemIndex) : content;
  const details = "full" in resolved ? resolved : { full: resolved };
  if (details.isEmbed && details.isEmbed.length !== details.full.length) {
    throw new RangeError(
      `Expected a mask as long as the ${details.full.length} tokens put in: found ${details.isEmbed.length}`,
    );
  }
  return details;
}
