import { CoreFloats, CoreSampler } from "../compute/core.ts";
import { readCoreError } from "../compute/core_error.ts";
import { viewFloats } from "../compute/region.ts";
import { AdapterError, InvalidRequestError } from "../core/errors.ts";
import type { SamplingParams } from "../core/generate.ts";

/** The fields of {@linkcode SamplingParams} that choose a token, with their defaults filled in. */
export type TokenSamplingParams = Required<
  Pick<
    SamplingParams,
    | "temperature"
    | "topP"
    | "topK"
    | "minP"
    | "repetitionPenalty"
    | "presencePenalty"
    | "frequencyPenalty"
    | "logitBias"
    | "seed"
  >
>;

/** What a step knows about its sequence. */
export interface SampleContext {
  /** Prompt after expansion of the placeholders. The same at every step. */
  readonly promptTokenIds: ArrayLike<number>;
  /** Tokens of the answer so far; grows by the tokens chosen, or shrinks when some are taken back. */
  readonly outputTokenIds: ArrayLike<number>;
  /**
   * Index of the token to choose in the whole sequence; with the seed it fixes the draw. Default: the tokens so far,
   * prompt and answer.
   */
  readonly position?: number;
  /** Tokens that must not be chosen now, such as end-of-sequence tokens before `minTokens`. */
  readonly bannedTokenIds?: ArrayLike<number>;
}

/** A token id with its log-probability. */
export interface TokenIdLogprob {
  /** Which token. */
  readonly tokenId: number;
  /** Natural logarithm, of the model's own distribution: before bans, penalties and temperature. */
  readonly logprob: number;
}

/** A chosen token. */
export interface SampledToken {
  /** Which token. */
  readonly tokenId: number;
  /** Present if `logprobs` was asked for. */
  readonly logprob?: number;
  /** The most likely tokens, best first, equals by id; as many as `logprobs` says. */
  readonly top?: readonly TokenIdLogprob[];
}

/**
 * Fills in the defaults.
 *
 * @param params As the request gives them, the checkpoint's generation config already merged in.
 * @param drawSeed Gives the seed of a request that has none, an integer in [0, 2^32).
 */
export function resolveSamplingParams(params: SamplingParams, drawSeed: () => number): TokenSamplingParams {
  return {
    temperature: params.temperature ?? 1,
    topP: params.topP ?? 1,
    topK: params.topK ?? 0,
    minP: params.minP ?? 0,
    repetitionPenalty: params.repetitionPenalty ?? 1,
    presencePenalty: params.presencePenalty ?? 0,
    frequencyPenalty: params.frequencyPenalty ?? 0,
    logitBias: params.logitBias ?? {},
    seed: params.seed ?? drawSeed(),
  };
}

/**
 * Chooses the tokens of one sequence from logits.
 *
 * Order and ties are vLLM's: biases; penalties; bans; greedy if the temperature is below 1e-5, else temperature, min-p, top-k (all
 * ties of the k-th stay), top-p (at least one stays), then one uniform number through the tokens by ascending id. That
 * number is Philox 4x32-10 of seed and position, so an answer depends neither on its batch nor on other requests.
 *
 * @example
 * ```ts
 * import { Sampler } from "./sampler.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ temperature: 0, logprobs: 1 });
 * const context = { promptTokenIds: [1, 2], outputTokenIds: [] };
 * const { tokenId, top } = sampler.sample(new Float32Array([0, 3, 1]), context);
 * assertEquals([tokenId, top?.length], [1, 1]);
 * ```
 */
export class Sampler implements Disposable {
  /** What it samples with, defaults and seed included. */
  readonly params: TokenSamplingParams;
  readonly #numLogprobs: number;
  readonly #penalized: boolean;
  /** Room for logits in the core; where the executor's are copied to, once a token. */
  readonly #logits = new CoreFloats(0);
  #core: CoreSampler;
  #promptSeen = false;
  #outputSeen = 0;

  /**
   * A sampler that has seen no token yet.
   *
   * @param params As the request gives them; ranges as documented there.
   * @param drawSeed See {@linkcode resolveSamplingParams}. Default: the host's secure random numbers.
   * @throws {InvalidRequestError} If a value is out of range.
   */
  constructor(params: SamplingParams, drawSeed: () => number = secureSeed) {
    this.params = resolveSamplingParams(params, drawSeed);
    checkRanges(this.params);
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.params;
    this.#penalized = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
    this.#numLogprobs = params.logprobs ?? -1;
    this.#core = this.#create();
  }

  /**
   * Chooses the next token.
   *
   * @param logits Of the last position, `[vocab]`; not changed.
   * @param context The sequence so far; only what is new in it is read.
   * @throws {AdapterError} Code `invalid_logits` if a logit is NaN or plus infinity, `no_candidate` if no token may be
   * chosen.
   * @throws {InvalidRequestError} Code `invalid_token_id`, if a bias or ban is for a token that is not in the vocabulary.
   */
  sample(logits: Float32Array, context: SampleContext): SampledToken {
    if (this.#penalized) this.#observe(context);
    const banned = Uint32Array.from(context.bannedTokenIds ?? []);
    const position = context.position ?? context.promptTokenIds.length + context.outputTokenIds.length;
    let tokenId: number;
    try {
      if (this.#logits.length !== logits.length) this.#logits.resize(logits.length);
      viewFloats(this.#logits).set(logits);
      tokenId = this.#core.sample(this.#logits, position, banned, this.#numLogprobs);
    } catch (error) {
      const { code, message } = readCoreError(error);
      if (code === "invalid_token_id") throw new InvalidRequestError(message, { code, cause: error });
      throw new AdapterError(message, { code, cause: error });
    }
    if (this.#numLogprobs < 0) return { tokenId };
    const [logprob, ...pairs] = this.#core.logprobs();
    const top = Array.from({ length: pairs.length / 2 }, (_, i) => ({
      tokenId: pairs[2 * i],
      logprob: pairs[2 * i + 1],
    }));
    return { tokenId, logprob, top };
  }

  /** Gives its memory back; it must not be used afterwards. */
  [Symbol.dispose](): void {
    this.#core.free();
    this.#logits.free();
  }

  #create(): CoreSampler {
    const p = this.params;
    const core = new CoreSampler(
      p.temperature,
      p.topK,
      p.topP,
      p.minP,
      p.repetitionPenalty,
      p.presencePenalty,
      p.frequencyPenalty,
      p.seed,
    );
    const biases = Object.entries(p.logitBias);
    if (biases.length > 0) {
      const ids = Uint32Array.from(biases, ([id]) => Number(id));
      core.setBias(ids, Float32Array.from(biases, ([, bias]) => bias));
    }
    return core;
  }

  /** Tells the core what it has not seen; starts over if tokens were taken back. */
  #observe({ promptTokenIds, outputTokenIds }: SampleContext): void {
    if (outputTokenIds.length < this.#outputSeen) {
      this.#core.free();
      this.#core = this.#create();
      [this.#promptSeen, this.#outputSeen] = [false, 0];
    }
    if (!this.#promptSeen && this.params.repetitionPenalty !== 1) {
      this.#core.observePrompt(Uint32Array.from(promptTokenIds));
    }
    this.#promptSeen = true;
    const fresh = new Uint32Array(outputTokenIds.length - this.#outputSeen);
    for (let i = 0; i < fresh.length; i++) fresh[i] = outputTokenIds[this.#outputSeen + i];
    if (fresh.length > 0) this.#core.observeAnswer(fresh);
    this.#outputSeen = outputTokenIds.length;
  }
}

function secureSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

function checkRanges(p: TokenSamplingParams): void {
  const rules: [keyof TokenSamplingParams, boolean, string][] = [
    ["temperature", p.temperature >= 0 && p.temperature < Infinity, "0 or more"],
    ["topP", p.topP > 0 && p.topP <= 1, "above 0, at most 1"],
    ["topK", Number.isInteger(p.topK) && p.topK >= 0 && p.topK < 2 ** 32, "an integer, 0 or more"],
    ["minP", p.minP >= 0 && p.minP <= 1, "0 to 1"],
    ["repetitionPenalty", p.repetitionPenalty > 0 && p.repetitionPenalty < Infinity, "above 0"],
    ["presencePenalty", Number.isFinite(p.presencePenalty), "a number"],
    ["frequencyPenalty", Number.isFinite(p.frequencyPenalty), "a number"],
    ["seed", Number.isInteger(p.seed) && p.seed >= 0 && p.seed < 2 ** 32, "an integer from 0 to 4294967295"],
  ];
  for (const [id, bias] of Object.entries(p.logitBias)) {
    const fits = /^\d+$/.test(id) && Number(id) < 2 ** 32 && bias < Infinity; // NaN is not less
    if (fits) continue;
    throw new InvalidRequestError(`Expected logitBias to be numbers by token id: found ${bias} for ${id}`, {
      param: "logitBias",
    });
  }
  for (const [name, fits, expected] of rules) {
    if (!fits) throw new InvalidRequestError(`Expected ${name} to be ${expected}: found ${p[name]}`, { param: name });
  }
}
