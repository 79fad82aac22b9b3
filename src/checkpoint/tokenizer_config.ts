import { z } from "zod";
import { type JsonObject, parseWith } from "./json_file.ts";

/** What the tokenizer's settings say beside tokenizer.json. */
export interface TokenizerConfig {
  /** Text of the token that begins a sequence; like the others, undefined where the checkpoint names none. */
  readonly bosToken?: string;
  /** Text of the token that ends a sequence; chat templates print it behind an assistant's turn. */
  readonly eosToken?: string;
  /** Text of the token that fills batches up. */
  readonly padToken?: string;
  /** Text of the token for what the vocabulary lacks. */
  readonly unkToken?: string;
  /** Class that `transformers` would use. */
  readonly tokenizerClass?: string;
  /** Longest input in tokens, where it is a real limit. */
  readonly modelMaxLength?: number;
}

// An added token is written as a string or as an object with its flags.
const token = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const tokens = { bos_token: token, eos_token: token, pad_token: token, unk_token: token };
const mapSchema = z.object(tokens);
const schema = z.object({ ...tokens, tokenizer_class: z.string().nullish(), model_max_length: z.number().nullish() });

/**
 * Reads tokenizer_config.json; a special token that it does not name is looked up in special_tokens_map.json.
 *
 * @param json tokenizer_config.json, or undefined.
 * @param specialTokensMap special_tokens_map.json, or undefined.
 * @throws {CheckpointError} If a value is of the wrong type.
 */
export function readTokenizerConfig(json?: JsonObject, specialTokensMap?: JsonObject): TokenizerConfig {
  const own = parseWith(schema, json ?? {}, "tokenizer_config.json");
  const map = parseWith(mapSchema, specialTokensMap ?? {}, "special_tokens_map.json");
  const text = (key: keyof typeof tokens) => {
    const value = own[key] ?? map[key] ?? undefined;
    return typeof value === "object" ? value.content : value;
  };
  const length = own.model_max_length;
  return {
    bosToken: text("bos_token"),
    eosToken: text("eos_token"),
    padToken: text("pad_token"),
    unkToken: text("unk_token"),
    tokenizerClass: own.tokenizer_class ?? undefined,
    // `transformers` writes 1e30 where there is no limit.
    modelMaxLength: length && length < 1e9 ? length : undefined,
  };
}
