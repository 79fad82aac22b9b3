/**
 * Which item goes where: declarations on this side, the sweep over the prompt in the core.
 *
 * @module
 */
import { planPromptUpdates } from "../compute/core.ts";
import { AdapterError } from "../core/errors.ts";
import type { ModalityUpdates, PromptTarget, PromptUpdate, TokenIds } from "./prompt_update.ts";

/** An item of the request, with its modality's updates. */
export interface PlannedItem {
  /** What the items of its modality do. */
  readonly updates: ModalityUpdates;
  /** Its index among them. */
  readonly itemIndex: number;
}

const TARGET_KINDS = { tokens: 0, start: 1, prefix: 2, end: 3 } as const;

/** Targets, groups of alternatives and items, as the core takes them; equal ones are sent once. */
export class PromptPlan {
  /** All items: modalities in the order given, then by index. */
  readonly items: PlannedItem[] = [];
  readonly #targets = new Map<string, number>();
  readonly #kinds: number[] = [];
  readonly #tokens: number[] = [];
  readonly #ends: number[] = [];
  readonly #groups = new Map<string, number>();
  readonly #groupTargets: number[] = [];
  readonly #groupInserts: number[] = [];
  readonly #groupEnds: number[] = [];
  readonly #itemGroups: number[] = [];

  /** Resolves the targets of every item. */
  constructor(modalities: readonly ModalityUpdates[]) {
    for (const updates of modalities) {
      // Fixed targets are looked up once, not once for each item.
      const fixed = updates.updates.map(({ target }) => typeof target === "function" ? -1 : this.#target(target));
      let shared: number | undefined;
      for (let itemIndex = 0; itemIndex < updates.numItems; itemIndex++) {
        this.items.push({ updates, itemIndex });
        const targets = fixed.map((known, at) => {
          const { target } = updates.updates[at];
          return typeof target === "function" ? this.#target(target(itemIndex)) : known;
        });
        const group = shared ?? this.#group(targets, updates.updates);
        if (!fixed.includes(-1)) shared = group;
        this.#itemGroups.push(group);
      }
    }
  }

  #target(target: PromptTarget): number {
    const kind = "at" in target && typeof target.at === "string" ? target.at : "tokens";
    const tokens = "tokenIds" in target ? target.tokenIds : kind === "tokens" ? target as TokenIds : [];
    const key = `${kind} ${Array.from(tokens).join(" ")}`;
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    for (let at = 0; at < tokens.length; at++) this.#tokens.push(tokens[at]);
    this.#ends.push(this.#tokens.length);
    this.#targets.set(key, this.#kinds.length);
    return this.#kinds.push(TARGET_KINDS[kind]) - 1;
  }

  #group(targets: readonly number[], updates: readonly PromptUpdate[]): number {
    const key = targets.map((target, at) => `${updates[at].mode} ${target}`).join();
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    this.#groupTargets.push(...targets);
    this.#groupInserts.push(...updates.map(({ mode }) => Number(mode === "insertion")));
    this.#groups.set(key, this.#groupEnds.length);
    return this.#groupEnds.push(this.#groupTargets.length) - 1;
  }

  /**
   * Gives the items their places.
   *
   * @param prompt Shape `[num_tokens]`.
   * @param origins Empty, or 1 where a user wrote the token. Shape `[num_tokens]`.
   * @returns `placements`: item, alternative, first token replaced, token after the last, of each item that has a place,
   *   in the order of the prompt; `failures`: item, and 1 for a conflict or 0 for no match, of each other.
   */
  run(prompt: Uint32Array, origins: Uint8Array): { placements: Uint32Array; failures: Uint32Array } {
    const plan = planPromptUpdates(
      prompt,
      origins,
      Uint8Array.from(this.#kinds),
      Uint32Array.from(this.#tokens),
      Uint32Array.from(this.#ends),
      Uint32Array.from(this.#groupTargets),
      Uint8Array.from(this.#groupInserts),
      Uint32Array.from(this.#groupEnds),
      Uint32Array.from(this.#itemGroups),
    );
    const end = 1 + 4 * plan[0];
    return { placements: plan.subarray(1, end), failures: plan.subarray(end) };
  }

  /** The error for an item without a place. */
  failure(item: number, isConflict: boolean): AdapterError {
    const { updates: { modality, updates }, itemIndex } = this.items[item];
    const searched = updates.map(({ mode, target }) => {
      const resolved = typeof target === "function" ? target(itemIndex) : target;
      return `${mode} at ${describeTarget(resolved)}`;
    }).join(", or ") || "no update";
    const message = isConflict
      ? `Expected the tokens of ${modality} ${itemIndex} (${searched}) to be needed by one update: found two`
      : `Expected a place for ${modality} ${itemIndex} (${searched}): found none`;
    return new AdapterError(message, { code: isConflict ? "prompt_update_conflict" : "prompt_update_unmatched" });
  }
}

function describeTarget(target: PromptTarget): string {
  if (!("at" in target) || typeof target.at !== "string") return `[${Array.from(target as TokenIds).join(", ")}]`;
  return "tokenIds" in target ? `prefix [${Array.from(target.tokenIds).join(", ")}]` : target.at;
}
