/**
 * The engine in this thread: a queue, a loop of steps, and what is known of each sequence. Runs in the engine's Worker, and
 * in tests without one.
 *
 * @module
 */
import type { EngineConfig } from "../config.ts";
import { EngineUnavailableError, LimbusError } from "../core/errors.ts";
import type { GenerateOutput, GenerateRequest, Prompt } from "../core/generate.ts";
import type { MediaPart } from "../core/message.ts";
import { Sampler } from "../sampling/sampler.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { AnswerText } from "./answer_text.ts";
import type { CallOptions, Engine, HealthReport, TokenizeResult } from "./interface.ts";
import { withinFetchBudget } from "../multimodal/fetch_budget.ts";
import type { LoadedModel } from "./load_model.ts";
import { OutputQueue } from "./output_queue.ts";
import { encodePrompt, preprocess } from "./preprocess.ts";
import type { Sequence } from "./sequence.ts";
import { step } from "./step.ts";

/** What the engine gets from outside. */
export interface LocalEngineOptions {
  /** Gets the bytes of a media part within the server's limits. */
  readonly fetchMedia: (part: MediaPart, signal: AbortSignal) => Promise<Uint8Array>;
  /** Called when the number of running or waiting sequences has changed. */
  readonly onCounts?: (counts: { running: number; waiting: number }) => void;
  /** Called when ONNX Runtime has aborted: nothing works in this realm any more. */
  readonly onFatal?: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** A number in [0, 1), for the seeds of requests that have none. Default: the host's secure random numbers. */
  readonly random?: () => number;
}

/** A WASM module that has trapped or aborted cannot be trusted any more; only a new realm helps. */
function isFatal(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError ||
    (error instanceof LimbusError && error.code === "internal_error") ||
    (error instanceof Error &&
      /\bAborted\(|memory access out of bounds|unreachable|device (was )?lost/i.test(error.message));
}

/** Lets messages and timers in between two steps; a microtask would not. */
function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(null);
  });
}

/** Answers requests on a loaded model. */
export class LocalEngine implements Engine {
  readonly servedModelName: string;
  readonly created: number;
  readonly #loaded: LoadedModel;
  readonly #options: LocalEngineOptions;
  readonly #maxRequestMediaBytes: number;
  readonly #scheduler: Scheduler;
  readonly #sequences = new Map<string, Sequence>();
  /** What removed sequences held and the step in progress may still use. */
  readonly #released: Disposable[] = [];
  #stepping = false;

  /** Takes the model over. */
  constructor(loaded: LoadedModel, config: EngineConfig, options: LocalEngineOptions) {
    this.servedModelName = config.servedModelName;
    this.created = Math.floor((options.now ?? Date.now)() / 1000);
    this.#loaded = loaded;
    this.#options = options;
    this.#maxRequestMediaBytes = config.maxRequestMediaBytes;
    this.#scheduler = new Scheduler({ maxNumSeqs: loaded.maxNumSeqs, maxQueue: config.maxQueue });
  }

  async *generate(request: GenerateRequest, { signal }: CallOptions = {}): AsyncGenerator<GenerateOutput> {
    signal?.throwIfAborted();
    const id = request.requestId;
    const outputs = new OutputQueue<GenerateOutput>();
    const aborter = new AbortController();
    const onAbort = () => {
      aborter.abort(signal!.reason);
      outputs.fail(signal!.reason);
    };
    this.#scheduler.admit(id);
    this.#changed();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#start(request, outputs, aborter.signal).catch((error) => {
        outputs.fail(error);
        if (isFatal(error)) this.#options.onFatal?.(error);
      });
      for await (const output of outputs) {
        yield output;
        if (output.type === "finish") return;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      aborter.abort();
      this.#remove(id);
    }
  }

  /** Prepares the prompt and queues the sequence. */
  async #start(request: GenerateRequest, outputs: OutputQueue<GenerateOutput>, signal: AbortSignal): Promise<void> {
    const { requestId: id, sampling } = request;
    const fetchMedia = (part: MediaPart) => this.#options.fetchMedia(part, signal);
    const prompt = await preprocess(
      this.#loaded,
      request,
      withinFetchBudget(fetchMedia, this.#maxRequestMediaBytes),
    );
    if (signal.aborted) return;
    const { samplingDefaults, tokenizer, executor, eosTokenIds } = this.#loaded;
    const params = { ...samplingDefaults, ...definedOnly(sampling) };
    const random = this.#options.random;
    const drawSeed = random && (() => Math.floor(random() * 2 ** 32));
    this.#sequences.set(id, {
      id,
      prompt,
      outputTokenIds: [],
      sampler: new Sampler(params, drawSeed),
      answer: new AnswerText(tokenizer, params, { eosTokenIds, maxTokens: prompt.maxTokens }),
      cache: executor.newKvCache(prompt.promptTokenIds.length + prompt.maxTokens),
      emit: (output) => {
        outputs.push(output);
        if (output.type === "finish") this.#remove(id);
      },
      fail: (error) => {
        outputs.fail(error);
        this.#remove(id);
      },
    });
    const { promptTokenIds, placeholders } = prompt;
    outputs.push({ type: "prompt", promptTokenIds, placeholders });
    this.#scheduler.enqueue(id);
    this.#changed();
    this.#run();
  }

  /** Steps until there is nothing left to run. One loop at a time: two runs at once abort ONNX Runtime. */
  async #run(): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      while (await step(this.#loaded, this.#scheduler, this.#sequences, isFatal)) {
        this.#freeReleased();
        await yieldToEvents();
      }
    } catch (error) {
      for (const sequence of this.#sequences.values()) sequence.fail(error);
      this.#options.onFatal?.(error);
    } finally {
      this.#stepping = false;
      this.#freeReleased();
    }
  }

  /** Ends a sequence at once; what it held is freed when no step uses it any more. */
  #remove(id: string): void {
    this.#scheduler.remove(id);
    const sequence = this.#sequences.get(id);
    this.#sequences.delete(id);
    if (sequence) this.#released.push(sequence.cache, sequence.sampler);
    if (!this.#stepping) this.#freeReleased();
    this.#changed();
  }

  #freeReleased(): void {
    for (const held of this.#released.splice(0)) held[Symbol.dispose]();
  }

  #changed(): void {
    this.#options.onCounts?.(this.#scheduler.counts);
  }

  // deno-lint-ignore require-await
  async tokenize(prompt: Prompt): Promise<TokenizeResult> {
    return { tokenIds: encodePrompt(this.#loaded, prompt).ids, maxModelLen: this.#loaded.maxModelLen };
  }

  // deno-lint-ignore require-await
  async detokenize(tokenIds: readonly number[]): Promise<string> {
    this.#loaded.checkTokenIds(tokenIds, "user", "tokens");
    return this.#loaded.tokenizer.decode(tokenIds);
  }

  health(): HealthReport {
    return {
      status: "ok",
      model: this.servedModelName,
      restarts: 0,
      ...this.#scheduler.counts,
      ...this.#loaded.report,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const error = new EngineUnavailableError("The engine was closed");
    for (const sequence of [...this.#sequences.values()]) sequence.fail(error);
    await this.#loaded.executor[Symbol.asyncDispose]();
  }
}

/** Fields that are undefined must not hide the defaults. */
function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}
