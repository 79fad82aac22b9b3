/**
 * When an answer ends: by a stop text, by a token, or by its length.
 *
 * @module
 */
import { InvalidRequestError } from "../core/errors.ts";
import type { FinishOutput, SamplingParams } from "../core/generate.ts";

/** Text that is released, and the stop text if one was found. */
export interface StopTextsResult {
  /** Text of the answer that is certain now. */
  readonly text: string;
  /** The stop text that ended the answer; it and what follows are not part of it. */
  readonly stop?: string;
}

/** A stop text with how much of it the end of the stream has matched (Knuth, Morris and Pratt's automaton). */
interface StopState {
  readonly stop: string;
  /** For each length matched, the longest shorter one that is also a prefix. */
  readonly borders: Int32Array;
  matched: number;
}

/**
 * Finds stop texts in a stream of deltas.
 *
 * The answer is cut at the match that is complete first, the longest if several are complete at once; so the result does
 * not depend on where the deltas are cut. Only what may be the beginning of a stop text is held back. Time proportional to
 * the text times the number of stop texts.
 *
 * @example
 * ```ts
 * import { StopTexts } from "./stop.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const stops = new StopTexts(["\nUser:"]);
 * assertEquals(stops.push("Hi\nUs"), { text: "Hi" });
 * assertEquals(stops.push("er: bye"), { text: "", stop: "\nUser:" });
 * ```
 */
export class StopTexts {
  readonly #states: readonly StopState[];
  #held = "";
  #found: string | undefined;

  /**
   * Starts before the first piece.
   *
   * @param stops The stop texts; none is fine.
   * @throws {InvalidRequestError} If one is empty.
   */
  constructor(stops: readonly string[]) {
    if (stops.includes("")) {
      throw new InvalidRequestError("Expected stop texts of at least 1 character: found an empty one", {
        param: "stop",
      });
    }
    this.#states = stops.map((stop) => ({ stop, borders: prefixBorders(stop), matched: 0 }));
  }

  /**
   * Takes the next piece of the answer.
   *
   * @param delta The piece; may be empty.
   * @param mayStop Whether a stop text that is complete within this piece ends the answer; false before `minTokens`.
   *   Default: true.
   * @returns What is released. After a stop text was found, nothing more is.
   */
  push(delta: string, mayStop = true): StopTextsResult {
    if (this.#found !== undefined) return { text: "", stop: this.#found };
    const text = this.#held + delta;
    for (let at = this.#held.length; at < text.length; at++) {
      const stop = this.#step(text[at]);
      if (stop === undefined || !mayStop) continue;
      this.#found = stop;
      this.#held = "";
      return { text: text.slice(0, at + 1 - stop.length), stop };
    }
    const held = this.#states.reduce((most, { matched }) => Math.max(most, matched), 0);
    this.#held = text.slice(text.length - held);
    return { text: text.slice(0, text.length - held) };
  }

  /** Releases what was held back, at the end of the answer. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    for (const state of this.#states) state.matched = 0;
    return held;
  }

  /** Moves all automata on by one code unit; returns the longest stop text that is complete now. */
  #step(unit: string): string | undefined {
    let longest: string | undefined;
    for (const state of this.#states) {
      const { stop, borders } = state;
      let { matched } = state;
      while (matched > 0 && stop[matched] !== unit) matched = borders[matched];
      if (stop[matched] === unit) matched++;
      if (matched === stop.length) {
        if (longest === undefined || stop.length > longest.length) longest = stop;
        matched = borders[matched];
      }
      state.matched = matched;
    }
    return longest;
  }
}

/** For each length of a prefix, the length of its longest proper border. */
function prefixBorders(text: string): Int32Array {
  const borders = new Int32Array(text.length + 1);
  for (let length = 2, border = 0; length <= text.length; length++) {
    while (border > 0 && text[border] !== text[length - 1]) border = borders[border];
    if (text[border] === text[length - 1]) border++;
    borders[length] = border;
  }
  return borders;
}

/** What decides by tokens that an answer ends. */
export interface StopRules extends Pick<SamplingParams, "stopTokenIds" | "ignoreEos" | "minTokens"> {
  /** The checkpoint's end-of-sequence tokens. */
  readonly eosTokenIds: readonly number[];
  /** Most tokens of the answer, at least 1. */
  readonly maxTokens: number;
}

/** Decides by tokens whether an answer ends. Order and meaning are vLLM's. */
export class StopCriteria {
  readonly #eos: ReadonlySet<number>;
  readonly #stops: ReadonlySet<number>;
  readonly #banned: readonly number[];
  readonly #minTokens: number;
  readonly #maxTokens: number;

  /** Takes the rules of one answer. */
  constructor({ eosTokenIds, stopTokenIds = [], ignoreEos = false, minTokens = 0, maxTokens }: StopRules) {
    this.#eos = new Set(ignoreEos ? [] : eosTokenIds);
    this.#stops = new Set(stopTokenIds);
    this.#banned = [...this.#eos.union(this.#stops)];
    this.#minTokens = minTokens;
    this.#maxTokens = maxTokens;
  }

  /**
   * Tokens that must not be chosen next, because they would end the answer too soon.
   *
   * @param numTokens Tokens of the answer so far.
   */
  bannedTokenIds(numTokens: number): readonly number[] {
    return numTokens < this.#minTokens ? this.#banned : [];
  }

  /**
   * Whether stop texts count in the text that a token brings.
   *
   * @param numTokens Tokens of the answer, that one included.
   */
  mayStop(numTokens: number): boolean {
    return numTokens > this.#minTokens;
  }

  /**
   * Says whether the answer ends with a token, and why.
   *
   * @param tokenId The token.
   * @param numTokens Tokens of the answer, this one included.
   * @returns Undefined if it goes on. An end-of-sequence token has no `stopReason`, a stop token has its id.
   */
  check(tokenId: number, numTokens: number): Pick<FinishOutput, "finishReason" | "stopReason"> | undefined {
    if (this.mayStop(numTokens)) {
      if (this.#eos.has(tokenId)) return { finishReason: "stop" };
      if (this.#stops.has(tokenId)) return { finishReason: "stop", stopReason: tokenId };
    }
    return numTokens >= this.#maxTokens ? { finishReason: "length" } : undefined;
  }
}
