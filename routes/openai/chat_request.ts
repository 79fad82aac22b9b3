import * as z from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { PartOptions } from "./content_parts.ts";
import { chatMessages, toChatMessages, UNSUPPORTED_MESSAGE_FIELDS } from "./messages.ts";
import { checkModel, parseWith } from "./parse.ts";
import { samplingFields, toSamplingParams } from "./sampling.ts";

/** Fields of features that do not exist here; the values listed beside them mean "not used" and are taken. */
const UNSUPPORTED_FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["audio", isNull],
  ["chat_template", isNull],
  ["chat_template_kwargs", isEmpty],
  ["continue_final_message", isFalse],
  ["documents", isEmpty],
  ["echo", isFalse],
  ["function_call", isNull],
  ["functions", isEmpty],
  ["guided_choice", isNull],
  ["guided_grammar", isNull],
  ["guided_json", isNull],
  ["guided_regex", isNull],
  ["length_penalty", (value) => value === 1],
  ["logit_bias", isEmpty],
  ["modalities", (value) => Array.isArray(value) && value.length === 1 && value[0] === "text"],
  ["n", (value) => value === 1],
  ["parallel_tool_calls", (value) => typeof value === "boolean"],
  ["prediction", isNull],
  ["prompt_logprobs", isNull],
  ["reasoning_effort", isNull],
  ["response_format", (value) => (value as { type?: unknown } | null)?.type === "text"],
  ["structured_outputs", isNull],
  ["tool_choice", isNull],
  ["tools", isEmpty],
  ["truncate_prompt_tokens", isNull],
  ["use_beam_search", isFalse],
  ["verbosity", isNull],
  ["web_search_options", isNull],
]);

const unsupportedFields = Object.fromEntries(
  [...UNSUPPORTED_FIELDS.keys()].map((name) => [name, z.unknown().optional()]),
);

const UNSUPPORTED_KEYS: ReadonlySet<string> = new Set([...UNSUPPORTED_FIELDS.keys(), ...UNSUPPORTED_MESSAGE_FIELDS]);

/** Body of `POST /v1/chat/completions`. */
const chatBody = z.strictObject({
  model: z.string().min(1),
  messages: chatMessages,
  ...samplingFields,
  max_completion_tokens: samplingFields.max_tokens,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({
    include_usage: z.boolean().nullish(),
    include_obfuscation: z.boolean().nullish(),
  }).nullish(),
  return_token_ids: z.boolean().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  mm_processor_kwargs: z.record(z.string(), z.unknown()).nullish(),
  // Taken and without effect: they concern accounts, storage and billing.
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.string().nullish(),
  ...unsupportedFields,
});

/** A checked chat request: what goes to the engine, and how the answer is written. */
export interface ChatRequest {
  /** For the engine. */
  readonly generate: GenerateRequest;
  /** Whether the answer is streamed. */
  readonly stream: boolean;
  /** Whether a streamed answer ends with a usage chunk. */
  readonly includeUsage: boolean;
  /** Whether token ids are part of the answer. */
  readonly returnTokenIds: boolean;
}

/** What a body is read with. */
export interface ChatContext extends PartOptions {
  /** The `model` that clients send. */
  readonly servedModelName: string;
  /** The id that the request gets. */
  readonly requestId: string;
  /** Whose request it is. */
  readonly tenant?: string;
}

/**
 * Checks the body of a chat request.
 *
 * @param body Straight from the client.
 * @throws {InvalidRequestError} For any field out of order; `param` names it.
 * @throws {ModelNotFoundError} If another model is asked for.
 */
export function parseChatRequest(
  body: unknown,
  { servedModelName, requestId, tenant, ...options }: ChatContext,
): ChatRequest {
  const fields = parseWith(chatBody, body, UNSUPPORTED_KEYS);
  for (const [name, isNeutral] of UNSUPPORTED_FIELDS) {
    const value = (fields as Record<string, unknown>)[name];
    if (value !== undefined && value !== null && !isNeutral(value)) {
      const message = "Expected only supported fields: found one that this server does not support";
      throw new InvalidRequestError(message, { param: name, code: "unsupported_parameter" });
    }
  }
  if (fields.stream_options != null && !fields.stream) refuseWithout("stream_options", "stream");
  if (fields.top_logprobs != null && !fields.logprobs) refuseWithout("top_logprobs", "logprobs");
  if (fields.max_tokens != null && fields.max_completion_tokens != null) {
    const message = "Expected one of max_tokens and max_completion_tokens: found both";
    throw new InvalidRequestError(message, { param: "max_tokens" });
  }
  checkModel(fields.model, servedModelName);
  const sampling = toSamplingParams(fields, fields.max_completion_tokens ?? fields.max_tokens);
  return {
    generate: {
      requestId,
      prompt: {
        kind: "chat",
        messages: toChatMessages(fields.messages, options),
        addGenerationPrompt: fields.add_generation_prompt ?? true,
      },
      sampling: fields.logprobs ? { ...sampling, logprobs: fields.top_logprobs ?? 0 } : sampling,
      ...(fields.mm_processor_kwargs && { mmProcessorKwargs: fields.mm_processor_kwargs }),
      ...(tenant !== undefined && { tenant }),
    },
    stream: fields.stream ?? false,
    includeUsage: fields.stream_options?.include_usage ?? false,
    returnTokenIds: fields.return_token_ids ?? false,
  };
}

function refuseWithout(param: string, other: string): never {
  throw new InvalidRequestError(`Expected ${other} to be true beside ${param}: found it false or missing`, { param });
}

function isNull(value: unknown): boolean {
  return value === null;
}

function isFalse(value: unknown): boolean {
  return value === false;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
