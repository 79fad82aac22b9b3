import { EngineUnavailableError } from "../../src/core/errors.ts";
import type {
  DeltaOutput,
  FinishOutput,
  GenerateOutput,
  PositionLogprobs,
  TokenLogprob,
  Usage,
} from "../../src/core/generate.ts";

/** What every chunk of one answer repeats. */
export interface ChatAnswerHead {
  /** `chatcmpl-...`. */
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  /** Name of the served model. */
  readonly model: string;
}

/** How an answer is written. */
export interface ChatAnswerForm {
  /** Whether token ids are part of it. */
  readonly returnTokenIds: boolean;
  /** Whether log-probabilities are part of it. */
  readonly logprobs: boolean;
  /** Whether a stream ends with a usage chunk. */
  readonly includeUsage: boolean;
}

/** Least log-probability on the wire: JSON has no infinity. */
const MIN_LOGPROB = -9999;

/**
 * Writes a whole answer as OpenAI's `chat.completion`.
 *
 * @param outputs From the engine, to the end.
 * @throws {EngineUnavailableError} If the engine gave the answer up.
 */
export async function toChatCompletion(
  outputs: AsyncIterable<GenerateOutput>,
  head: ChatAnswerHead,
  form: ChatAnswerForm,
): Promise<Record<string, unknown>> {
  const deltas: DeltaOutput[] = [];
  let promptTokenIds: Uint32Array = new Uint32Array(0);
  let finish: FinishOutput | undefined;
  for await (const output of outputs) {
    if (output.type === "prompt") promptTokenIds = output.promptTokenIds;
    else if (output.type === "delta") deltas.push(output);
    else finish = output;
  }
  const { finishReason, stopReason, usage } = finished(finish);
  const choice = {
    index: 0,
    message: { role: "assistant", content: deltas.map(({ text }) => text).join(""), refusal: null },
    logprobs: form.logprobs ? toLogprobs(deltas.flatMap(({ logprobs }) => logprobs ?? [])) : null,
    finish_reason: finishReason,
    stop_reason: stopReason ?? null,
    ...(form.returnTokenIds && { token_ids: deltas.flatMap(({ tokenIds }) => tokenIds) }),
  };
  return {
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: [choice],
    usage: toUsage(usage),
    ...(form.returnTokenIds && { prompt_token_ids: [...promptTokenIds] }),
  };
}

/**
 * Writes an answer as OpenAI's `chat.completion.chunk`s: the role, the pieces, the finish and, if asked for, the usage.
 *
 * @param outputs From the engine, read as the chunks are.
 * @throws {EngineUnavailableError} If the engine gave the answer up.
 */
export async function* toChatChunks(
  outputs: AsyncIterable<GenerateOutput>,
  head: ChatAnswerHead,
  form: ChatAnswerForm,
): AsyncGenerator<Record<string, unknown>> {
  const chunk = (choices: readonly unknown[], extra = {}) => ({
    id: head.id,
    object: "chat.completion.chunk",
    created: head.created,
    model: head.model,
    choices,
    ...(form.includeUsage && { usage: null }),
    ...extra,
  });
  const choice = (delta: Record<string, unknown>, extra = {}) => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: null,
    ...extra,
  });

  let finish: FinishOutput | undefined;
  for await (const output of outputs) {
    if (output.type === "prompt") {
      const ids = form.returnTokenIds && { prompt_token_ids: [...output.promptTokenIds] };
      yield chunk([choice({ role: "assistant", content: "", refusal: null })], { ...ids });
    } else if (output.type === "delta") {
      // A token may hold only part of a character: nothing to send, unless its id or probability was asked for.
      if (output.text === "" && !form.returnTokenIds && !form.logprobs) continue;
      yield chunk([choice({ content: output.text }, {
        ...(form.logprobs && { logprobs: toLogprobs(output.logprobs ?? []) }),
        ...(form.returnTokenIds && { token_ids: output.tokenIds }),
      })]);
    } else finish = output;
  }
  const { finishReason, stopReason, usage } = finished(finish);
  yield chunk([choice({}, { finish_reason: finishReason, stop_reason: stopReason ?? null })]);
  if (form.includeUsage) yield chunk([], { usage: toUsage(usage) });
}

/** `abort` never reaches a client: whoever asked for it is gone, and otherwise the engine is stopping. */
function finished(finish: FinishOutput | undefined): FinishOutput {
  if (finish === undefined || finish.finishReason === "abort") {
    throw new EngineUnavailableError("Expected a finished answer: the engine gave it up");
  }
  return finish;
}

/** OpenAI's `usage`; media tokens as vLLM writes them. */
function toUsage({ promptTokens, completionTokens, mediaTokens }: Usage): Record<string, unknown> {
  const details = Object.entries(mediaTokens).map(([modality, count]) => [`${modality}_tokens`, count]);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(details.length > 0 && { prompt_tokens_details: Object.fromEntries(details) }),
  };
}

function toLogprobs(positions: readonly PositionLogprobs[]): Record<string, unknown> {
  const content = positions.map((position) => ({ ...toLogprob(position), top_logprobs: position.top.map(toLogprob) }));
  return { content, refusal: null };
}

function toLogprob({ token, logprob, bytes }: TokenLogprob): Record<string, unknown> {
  return { token, logprob: Math.max(logprob, MIN_LOGPROB), bytes };
}
