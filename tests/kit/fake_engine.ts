import { ContextLengthError, EngineCrashedError, EngineUnavailableError } from "../../src/core/errors.ts";
import type {
  FinishReason,
  GenerateOutput,
  GenerateRequest,
  PositionLogprobs,
  Prompt,
} from "../../src/core/generate.ts";
import type { CallOptions, Engine, HealthReport, TokenizeResult } from "../../src/engine/interface.ts";

/** One thing that the fake does while it answers. */
export type FakeStep =
  /** Yields a piece of text, its code points as token ids. */
  | { readonly text: string }
  /** Throws. */
  | { readonly error: unknown }
  /** Waits, and throws the signal's reason if that fires first. */
  | { readonly wait: Promise<unknown> }
  /** Ends the answer for this reason; `stop` if no step says so. */
  | { readonly finish: FinishReason };

/** What a {@linkcode createFakeEngine} answers and reports. */
export interface FakeEngineOptions {
  /** Name that clients send as `model`. Default: `fake`. */
  readonly model?: string;
  /** Longest prompt plus answer, in code points. Default: 100 000. */
  readonly maxModelLen?: number;
  /** The steps of an answer; `error` as first step fails before the prompt is out. Default: {@linkcode echo}. */
  readonly script?: (request: GenerateRequest) => readonly FakeStep[];
  /** Replaces parts of the health report. */
  readonly health?: Partial<HealthReport>;
}

/** An engine in memory, with a record of what was asked of it. */
export interface FakeEngine extends Engine {
  /** Requests seen, oldest first. */
  readonly requests: readonly GenerateRequest[];
  /** Ids of the requests whose iteration ended before the finish: aborted, failed or left. */
  readonly unfinished: readonly string[];
  /** Replaces parts of the health report from now on. */
  setHealth(health: Partial<HealthReport>): void;
  /** Ends all work in flight with {@linkcode EngineCrashedError}. */
  crash(): void;
}

/** Text of a prompt as the fake sees it: roles in angle brackets, one `U+FFFC` for each media item. */
export function fakePromptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  if (prompt.kind === "tokens") return String.fromCodePoint(...prompt.tokenIds);
  const turns = prompt.messages.map(({ role, content }) =>
    `<${role}>${content.map((part) => part.type === "text" ? part.text : "\uFFFC").join("")}`
  );
  return turns.join("") + (prompt.addGenerationPrompt === false ? "" : "<assistant>");
}

/** Steps that repeat the last message, one code point at a time. */
export function echo(request: GenerateRequest): FakeStep[] {
  const { prompt } = request;
  const last = prompt.kind === "chat"
    ? prompt.messages.at(-1)!.content.map((part) => part.type === "text" ? part.text : "\uFFFC").join("")
    : fakePromptText(prompt);
  return Array.from(last, (text) => ({ text }));
}

/**
 * Builds an engine that answers at once, always the same and without a model: a token is a code point.
 *
 * @example
 * ```ts
 * import { createFakeEngine } from "./fake_engine.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using engine = createFakeEngine();
 * const { tokenIds } = await engine.tokenize({ kind: "text", text: "hi" });
 * assertEquals([...tokenIds], [104, 105]);
 * ```
 */
export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const requests: GenerateRequest[] = [];
  const unfinished: string[] = [];
  const servedModelName = options.model ?? "fake";
  const maxModelLen = options.maxModelLen ?? 100_000;
  const script = options.script ?? echo;
  let health: HealthReport = {
    status: "ok",
    model: servedModelName,
    modelType: "fake",
    device: "fake",
    deviceReason: "asked for",
    dtype: "f32",
    maxModelLen,
    limits: { image: null },
    running: 0,
    waiting: 0,
    restarts: 0,
    ...options.health,
  };
  let crashed = new AbortController();

  async function* answer(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateOutput> {
    if (health.status !== "ok") {
      throw new EngineUnavailableError("Expected an engine that is ready: found another state");
    }
    const promptTokenIds = Uint32Array.from(codePoints(fakePromptText(request.prompt)));
    const room = maxModelLen - promptTokenIds.length;
    if (room < 1) {
      throw new ContextLengthError("Expected a prompt within the context: found a longer one", { param: "messages" });
    }
    const steps = script(request);
    if ("error" in (steps[0] ?? {})) throw (steps[0] as { error: unknown }).error;
    yield { type: "prompt", promptTokenIds, placeholders: {} };

    const limit = Math.min(request.sampling.maxTokens ?? room, room);
    let completionTokens = 0;
    let finishReason: FinishReason = "stop";
    for (const step of steps) {
      signal.throwIfAborted();
      if ("error" in step) throw step.error;
      if ("wait" in step) await orAbort(step.wait, signal);
      if ("finish" in step) finishReason = step.finish;
      if (!("text" in step)) continue;
      const tokenIds = codePoints(step.text).slice(0, limit - completionTokens);
      completionTokens += tokenIds.length;
      const logprobs = request.sampling.logprobs === undefined
        ? undefined
        : tokenIds.map((id) => fakeLogprobs(id, request.sampling.logprobs!));
      yield { type: "delta", text: String.fromCodePoint(...tokenIds), tokenIds, ...(logprobs && { logprobs }) };
      if (completionTokens === limit) {
        finishReason = "length";
        break;
      }
    }
    signal.throwIfAborted();
    const mediaTokens = { image: promptTokenIds.filter((id) => id === 0xfffc).length };
    yield {
      type: "finish",
      finishReason,
      usage: { promptTokens: promptTokenIds.length, completionTokens, mediaTokens },
    };
  }

  return {
    servedModelName,
    created: 1_700_000_000,
    requests,
    unfinished,
    setHealth: (change) => void (health = { ...health, ...change }),
    health: () => health,
    crash() {
      crashed.abort(new EngineCrashedError("Expected an answer: the engine stopped"));
      crashed = new AbortController();
    },
    async *generate(request, call: CallOptions = {}) {
      requests.push(request);
      const signal = AbortSignal.any([crashed.signal, ...(call.signal ? [call.signal] : [])]);
      let finished = false;
      try {
        for await (const output of answer(request, signal)) {
          finished = output.type === "finish";
          yield output;
        }
      } finally {
        if (!finished) unfinished.push(request.requestId);
      }
    },
    tokenize(prompt): Promise<TokenizeResult> {
      return Promise.resolve({ tokenIds: Uint32Array.from(codePoints(fakePromptText(prompt))), maxModelLen });
    },
    detokenize: (tokenIds) => Promise.resolve(String.fromCodePoint(...tokenIds)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

/** The token at -0.5, then its successors in Unicode at -1.5, -2.5, ... */
function fakeLogprobs(tokenId: number, top: number): PositionLogprobs {
  const entry = (offset: number) => {
    const token = String.fromCodePoint(tokenId + offset);
    return { tokenId: tokenId + offset, token, bytes: [...new TextEncoder().encode(token)], logprob: -0.5 - offset };
  };
  return { ...entry(0), top: Array.from({ length: top }, (_, offset) => entry(offset)) };
}

function orAbort(work: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", abort));
}
