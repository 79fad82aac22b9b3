import type { DeltaOutput, FinishOutput, PositionLogprobs, SamplingParams, TokenLogprob } from "../core/generate.ts";
import type { SampledToken } from "../sampling/sampler.ts";
import { StopCriteria, StopTexts } from "../sampling/stop.ts";
import type { DecodeStream, Tokenizer } from "../tokenizer/tokenizer.ts";

/** What one more token does to an answer. */
export interface AnswerStep {
  /** Text and tokens for the client. */
  readonly delta: DeltaOutput;
  /** Present if the answer ends here. */
  readonly finish?: Pick<FinishOutput, "finishReason" | "stopReason">;
}

/** Turns the tokens of one answer into text and finds its end. */
export class AnswerText {
  readonly #tokenizer: Tokenizer;
  readonly #stream: DecodeStream;
  readonly #stopTexts: StopTexts;
  readonly #criteria: StopCriteria;
  readonly #hasLogprobs: boolean;
  #numTokens = 0;

  /** Starts an empty answer. */
  constructor(
    tokenizer: Tokenizer,
    params: SamplingParams,
    { eosTokenIds, maxTokens }: { eosTokenIds: readonly number[]; maxTokens: number },
  ) {
    this.#tokenizer = tokenizer;
    this.#stream = tokenizer.decodeStream({ skipSpecialTokens: params.skipSpecialTokens ?? true });
    this.#stopTexts = new StopTexts(params.stop ?? []);
    this.#criteria = new StopCriteria({ ...params, eosTokenIds, maxTokens });
    this.#hasLogprobs = params.logprobs !== undefined;
  }

  /** Tokens that must not be chosen as the next one: those that would end the answer too soon. */
  get bannedTokenIds(): readonly number[] {
    return this.#criteria.bannedTokenIds(this.#numTokens);
  }

  /** Takes a chosen token. */
  push(sampled: SampledToken): AnswerStep {
    const { tokenId } = sampled;
    this.#numTokens++;
    const end = this.#criteria.check(tokenId, this.#numTokens);
    // A token that ends the answer is no part of its text.
    const isText = end?.finishReason !== "stop";
    const mayStop = this.#criteria.mayStop(this.#numTokens);
    const found = this.#stopTexts.push(isText ? this.#stream.push(tokenId) : "", mayStop);
    let { text } = found;
    let stopReason: string | undefined = found.stop;
    if (stopReason === undefined && end) {
      const rest = this.#stopTexts.push(this.#stream.flush(), mayStop);
      text += rest.text;
      stopReason = rest.stop;
      if (stopReason === undefined) text += this.#stopTexts.flush();
    }
    const logprobs = this.#hasLogprobs ? [this.#describe(sampled)] : undefined;
    const delta: DeltaOutput = { type: "delta", text, tokenIds: [tokenId], logprobs };
    return { delta, finish: stopReason === undefined ? end : { finishReason: "stop", stopReason } };
  }

  #describe({ tokenId, logprob = 0, top = [] }: SampledToken): PositionLogprobs {
    return { ...this.#token(tokenId, logprob), top: top.map((other) => this.#token(other.tokenId, other.logprob)) };
  }

  #token(tokenId: number, logprob: number): TokenLogprob {
    const bytes = [...this.#tokenizer.tokenBytes(tokenId)];
    return { tokenId, token: this.#tokenizer.decode([tokenId]), bytes, logprob };
  }
}
