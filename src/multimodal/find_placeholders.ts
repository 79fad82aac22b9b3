/**
 * Placeholders that are in a prompt already: somebody else has expanded it, and only says what was put in.
 *
 * @module
 */
import type { PlaceholderRange } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import type { PromptContent, PromptUpdateDetails, TokenIds } from "./prompt_update.ts";

/** What the items of one modality have put into a prompt. */
export interface ModalityContents {
  /** Kind of media. */
  readonly modality: Modality;
  /** For each item, what may stand for it; the first that is there counts. Empty content is never found. */
  readonly items: readonly (readonly PromptContent[])[];
}

/** The items of one modality on their way through the prompt. */
interface Queue extends ModalityContents {
  /** Item that is searched for; those behind it come later in the prompt. */
  next: number;
  /** What may stand for it. */
  candidates: readonly Candidate[];
}

/** Content and where it is. */
interface Candidate {
  readonly content: PromptUpdateDetails;
  readonly search: Search;
}

/**
 * Finds the ranges of items in an expanded prompt: from the left, never overlapping, the items of a modality in order. Where
 * two modalities could begin at one token, the first in `contents` does. An item that is not found leaves those behind it
 * without ranges, too.
 *
 * The rules are those of vLLM's `find_mm_placeholders`. Time proportional to the prompt, once for each different content,
 * and to the contents.
 *
 * @example
 * ```ts
 * import { findPlaceholders } from "./find_placeholders.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const found = findPlaceholders([1, 7, 7, 2, 7], [{ modality: "image", items: [[[7, 7]], [[7]]] }]);
 * assertEquals(found.image, [{ itemIndex: 0, offset: 1, length: 2 }, { itemIndex: 1, offset: 4, length: 1 }]);
 * ```
 *
 * @param promptTokenIds Shape `[num_tokens]`.
 * @param contents One entry for each modality.
 * @returns Ranges by modality, in the order of the prompt.
 */
export function findPlaceholders(
  promptTokenIds: TokenIds,
  contents: readonly ModalityContents[],
): Partial<Record<Modality, PlaceholderRange[]>> {
  const searches = new Map<string, Search>();
  const toCandidate = (one: PromptContent): Candidate => {
    const content = "full" in one ? one : { full: one };
    const key = Array.from(content.full).join();
    const search = searches.get(key) ?? new Search(promptTokenIds, content.full);
    searches.set(key, search);
    return { content, search };
  };
  const candidatesOf = ({ items }: ModalityContents, item: number) => (items[item] ?? []).map(toCandidate);
  const queues = contents.map((one): Queue => ({ ...one, next: 0, candidates: candidatesOf(one, 0) }));
  const placeholders: Partial<Record<Modality, PlaceholderRange[]>> = {};
  let done = 0;
  for (;;) {
    let best: { queue: Queue; at: number; content: PromptUpdateDetails } | undefined;
    for (const queue of queues) {
      for (const { content, search } of queue.candidates) {
        const at = search.firstFrom(done);
        if (at < (best?.at ?? Infinity)) best = { queue, at, content };
      }
    }
    if (!best) return placeholders;
    const { queue, at, content: { full, isEmbed } } = best;
    const range = { itemIndex: queue.next, offset: at, length: full.length, ...(isEmbed && { isEmbed }) };
    (placeholders[queue.modality] ??= []).push(range);
    queue.candidates = candidatesOf(queue, ++queue.next);
    done = at + full.length;
  }
}

/** All occurrences of a sequence, one after the other, by the algorithm of Knuth, Morris and Pratt. */
class Search {
  readonly #prompt: TokenIds;
  readonly #sequence: TokenIds;
  /** For each length, the longest beginning of the sequence that is also an end of so much of it. */
  readonly #borders: Int32Array;
  #read = 0;
  #matched = 0;
  /** Start of the last occurrence; Infinity: there are no more. */
  #last = -1;

  constructor(prompt: TokenIds, sequence: TokenIds) {
    this.#prompt = prompt;
    this.#sequence = sequence;
    this.#borders = new Int32Array(sequence.length);
    for (let at = 1, border = 0; at < sequence.length; at++) {
      while (border > 0 && sequence[at] !== sequence[border]) border = this.#borders[border - 1];
      if (sequence[at] === sequence[border]) border++;
      this.#borders[at] = border;
    }
    if (sequence.length === 0) this.#last = Infinity;
  }

  /** Start of the first occurrence from a token on, Infinity for none. `from` never becomes less. */
  firstFrom(from: number): number {
    while (this.#last < from) this.#last = this.#nextOccurrence();
    return this.#last;
  }

  #nextOccurrence(): number {
    while (this.#read < this.#prompt.length) {
      const token = this.#prompt[this.#read++];
      while (this.#matched > 0 && token !== this.#sequence[this.#matched]) {
        this.#matched = this.#borders[this.#matched - 1];
      }
      if (token === this.#sequence[this.#matched]) this.#matched++;
      if (this.#matched < this.#sequence.length) continue;
      this.#matched = this.#borders[this.#matched - 1];
      return this.#read - this.#sequence.length;
    }
    return Infinity;
  }
}
