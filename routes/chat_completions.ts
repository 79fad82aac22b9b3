import type { Handler } from "hono";
import type { GenerateOutput } from "../src/core/generate.ts";
import type { Engine } from "../src/engine/interface.ts";
import type { RouteContext } from "./mod.ts";
import { readJson } from "./body.ts";
import { toErrorAnswer } from "./errors.ts";
import { parseChatRequest } from "./openai/chat_request.ts";
import { toChatChunks, toChatCompletion } from "./openai/chat_response.ts";
import { eventStreamResponse } from "./sse.ts";

/**
 * `POST /v1/chat/completions`, whole or streamed.
 *
 * The engine's work ends at once when the client leaves. An error before the first token is a plain HTTP error, also
 * for a stream; a later one is the stream's last event.
 */
export function chatCompletions(engine: Engine, { limits, now, log, enableMmEmbeds }: RouteContext): Handler {
  return async function chatCompletions(c) {
    const requestId: string = c.get("requestId");
    const id = `chatcmpl-${requestId}`;
    const body = await readJson(c.req.raw, limits);
    const { servedModelName } = engine;
    const request = parseChatRequest(body, { servedModelName, requestId: id, tenant: c.get("tenant"), enableMmEmbeds });

    const left = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, left.signal]);
    const outputs = engine.generate(request.generate, { signal });
    const head = { id, created: Math.floor(now() / 1000), model: servedModelName };
    const form = { ...request, logprobs: request.generate.sampling.logprobs !== undefined };
    if (!request.stream) return Response.json(await toChatCompletion(outputs, head, form));

    return eventStreamResponse(toChatChunks(await started(outputs), head, form), {
      onCancel: () => left.abort(),
      toErrorEvent(error) {
        const { status, body } = toErrorAnswer(error);
        if (status >= 500 && !signal.aborted) log({ requestId, error });
        return body;
      },
    });
  };
}

/** Waits until the prompt is through and the first token is there; an error until then is thrown here. */
async function started(outputs: AsyncIterable<GenerateOutput>): Promise<AsyncIterable<GenerateOutput>> {
  const iterator = outputs[Symbol.asyncIterator]();
  const first = [await iterator.next(), await iterator.next()];
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return (async function* () {
    try {
      for (const result of first) if (!result.done) yield result.value;
      yield* rest;
    } finally {
      await iterator.return?.(); // Left before the end, possibly before `yield*` began.
    }
  })();
}
