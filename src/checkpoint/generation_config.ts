import { z } from "zod";
import { type JsonObject, parseWith } from "./json_file.ts";

/** Defaults of generation that the checkpoint asks for. A field that it leaves out is undefined. */
export interface GenerationConfig {
  /** Tokens that end an answer; may be empty. */
  readonly eosTokenIds: readonly number[];
  /** Whether the checkpoint asks for sampling; `transformers` is greedy unless this is true. */
  readonly doSample?: boolean;
  /** 0 and up. */
  readonly temperature?: number;
  /** In (0, 1]. */
  readonly topP?: number;
  /** Number of tokens kept; 0 keeps all. */
  readonly topK?: number;
  /** 0 to 1. */
  readonly minP?: number;
  /** Above 0; 1 does nothing. Counts in greedy decoding too. */
  readonly repetitionPenalty?: number;
}

const tokenIds = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]).nullish();

const schema = z.object({
  eos_token_id: tokenIds,
  do_sample: z.boolean().nullish(),
  temperature: z.number().nonnegative().nullish(),
  top_p: z.number().positive().max(1).nullish(),
  top_k: z.int().nonnegative().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
});

const eosSchema = z.object({
  eos_token_id: tokenIds,
  text_config: z.object({ eos_token_id: tokenIds }).nullish(),
});

/**
 * Reads generation_config.json. Its `eos_token_id` may be one id or several; without one, config.json's is taken, then
 * that of its `text_config`.
 *
 * @param json generation_config.json; undefined if the checkpoint has none.
 * @param config config.json.
 * @throws {CheckpointError} If a value is of the wrong type or out of range.
 */
export function readGenerationConfig(json: JsonObject | undefined, config: JsonObject): GenerationConfig {
  const own = parseWith(schema, json ?? {}, "generation_config.json");
  const fallback = parseWith(eosSchema, config, "config.json");
  const eos = own.eos_token_id ?? fallback.eos_token_id ?? fallback.text_config?.eos_token_id ?? [];
  return {
    eosTokenIds: [...new Set([eos].flat())],
    doSample: own.do_sample ?? undefined,
    temperature: own.temperature ?? undefined,
    topP: own.top_p ?? undefined,
    topK: own.top_k ?? undefined,
    minP: own.min_p ?? undefined,
    repetitionPenalty: own.repetition_penalty ?? undefined,
  };
}
