import * as z from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { SamplingParams } from "../../src/core/generate.ts";
import { wellFormedText } from "./content_parts.ts";

/** Most stop texts in one request; each is compared with every piece of the answer. */
const MAX_STOPS = 16;
/** Longest stop text, UTF-16 units. */
const MAX_STOP_LENGTH = 1024;
const MAX_STOP_TOKEN_IDS = 128;
const MAX_UINT32 = 0xffff_ffff;

const tokenCount = z.int().max(MAX_UINT32);
const stopText = wellFormedText.and(z.string().min(1).max(MAX_STOP_LENGTH));

/** The fields that choose tokens, in OpenAI's and vLLM's names. `null` is the default everywhere. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(-1).max(MAX_UINT32).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.number().min(-(2 ** 63)).max(2 ** 63).refine(Number.isInteger, {
    message: "Expected an integer: found a fraction",
  }).nullish(),
  max_tokens: tokenCount.min(1).nullish(),
  min_tokens: tokenCount.min(0).nullish(),
  stop: z.union([stopText, z.array(stopText).max(MAX_STOPS)]).nullish(),
  stop_token_ids: z.array(z.int().min(0).max(MAX_UINT32)).max(MAX_STOP_TOKEN_IDS).nullish(),
  ignore_eos: z.boolean().nullish(),
  skip_special_tokens: z.boolean().nullish(),
};

const sampling = z.object(samplingFields);

/** Sampling fields as they come over the wire. */
export type WireSampling = z.infer<typeof sampling>;

/**
 * Turns the sampling fields of the wire into those of the engine; fields left out stay out.
 *
 * @param fields Checked against {@linkcode samplingFields}.
 * @param maxTokens Limit of the answer, from whichever field holds it.
 * @throws {InvalidRequestError} If `min_tokens` exceeds the limit.
 */
export function toSamplingParams(fields: WireSampling, maxTokens: number | null | undefined): SamplingParams {
  if (maxTokens != null && fields.min_tokens != null && fields.min_tokens > maxTokens) {
    throw new InvalidRequestError("Expected at most as many tokens as the answer may have: found more", {
      param: "min_tokens",
    });
  }
  return withoutEmpty<SamplingParams>({
    temperature: fields.temperature,
    topP: fields.top_p,
    topK: fields.top_k === -1 ? 0 : fields.top_k,
    minP: fields.min_p,
    repetitionPenalty: fields.repetition_penalty,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
    seed: fields.seed == null ? undefined : foldSeed(fields.seed),
    maxTokens,
    minTokens: fields.min_tokens,
    stop: typeof fields.stop === "string" ? [fields.stop] : fields.stop,
    stopTokenIds: fields.stop_token_ids,
    ignoreEos: fields.ignore_eos,
    skipSpecialTokens: fields.skip_special_tokens,
  });
}

/** Folds OpenAI's 64-bit seed into 32 bits; seeds from 0 to 2^32 - 1 stay as they are. */
function foldSeed(seed: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed));
  return Number((bits ^ (bits >> 32n)) & 0xffff_ffffn);
}

function withoutEmpty<T>(fields: { [K in keyof T]: T[K] | null }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as T;
}
