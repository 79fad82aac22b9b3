/**
 * Keeps the engine's Worker alive: starts it, hands calls over, and starts another one when it dies. Calls in flight then end
 * with one clear error each; calls that come while it starts wait for it.
 *
 * @module
 */
import type { EngineConfig } from "../config.ts";
import { EngineCrashedError, EngineUnavailableError, type LimbusError } from "../core/errors.ts";
import type { GenerateOutput, GenerateRequest, Prompt } from "../core/generate.ts";
import type { CallOptions, Engine, HealthReport, TokenizeResult } from "./interface.ts";
import { OutputQueue } from "./output_queue.ts";
import { type EngineCommand, type EngineEvent, fromWire, type LoadedReport } from "./protocol.ts";

/** The part of a Worker that the supervisor uses. */
export interface WorkerLike {
  postMessage(command: EngineCommand): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** What the supervisor gets from outside. */
export interface SupervisorOptions {
  /** Starts a Worker; it loads nothing until told to. */
  readonly newWorker: () => WorkerLike;
  /** Finds mistakes that need no Worker; the first one starts when it has. Default: nothing to look for. */
  readonly check?: () => Promise<unknown>;
  /** Called while weights are read. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Called with what an operator should know. */
  readonly onNotice?: (notice: string) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Silence of a busy Worker after which it counts as dead, milliseconds. Default: 120 000. */
  readonly stallTimeoutMs?: number;
}

/** Starts that may fail in a row before the supervisor gives up. */
const MAX_FAILED_STARTS = 5;

interface Call {
  readonly push: (output: GenerateOutput) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** An engine in a Worker of its own. */
export class EngineSupervisor implements Engine {
  readonly servedModelName: string;
  readonly created: number;
  readonly #config: EngineConfig;
  readonly #options: SupervisorOptions;
  readonly #calls = new Map<string, Call>();
  readonly #watchdog: ReturnType<typeof setInterval>;
  readonly #now: () => number;
  #worker?: WorkerLike;
  #status: HealthReport["status"] = "starting";
  #report?: LoadedReport;
  #failure?: Error;
  #ready = Promise.withResolvers<void>();
  #restarts = 0;
  #failedStarts = 0;
  #counts = { running: 0, waiting: 0 };
  #lastHeard = 0;
  #nextCall = 0;

  /** Starts the Worker at once, or after `check`. */
  constructor(config: EngineConfig, options: SupervisorOptions) {
    this.#config = config;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.servedModelName = config.servedModelName;
    this.created = Math.floor(this.#now() / 1000);
    this.#ready.promise.catch(() => {}); // whoever awaits it sees the error
    if (options.check) options.check().then(() => this.#status === "starting" && this.#start(), (e) => this.#fail(e));
    else this.#start();
    this.#watchdog = setInterval(() => this.#checkStall(), 5000);
    if (typeof Deno !== "undefined") Deno.unrefTimer(this.#watchdog);
  }

  /** Resolves when requests are answered; rejects if the model cannot be loaded. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  #start(): void {
    const worker = this.#options.newWorker();
    this.#worker = worker;
    this.#lastHeard = this.#now();
    this.#ready.promise.catch(() => {}); // whoever awaits it sees the error
    worker.onmessage = ({ data }) => worker === this.#worker && this.#receive(data as EngineEvent);
    worker.onerror = (event) => {
      event.preventDefault(); // else the error ends this thread too
      if (worker === this.#worker) this.#crashed(event.message);
    };
    worker.postMessage({ type: "load", config: this.#config });
  }

  #receive(event: EngineEvent): void {
    this.#lastHeard = this.#now();
    switch (event.type) {
      case "progress":
        return this.#options.onProgress?.(event.loadedBytes, event.totalBytes);
      case "loaded":
        this.#report = event.report;
        this.#status = "ok";
        this.#failedStarts = 0;
        return this.#ready.resolve();
      case "failed":
        return this.#fail(fromWire(event.error));
      case "counts":
        this.#counts = { running: event.running, waiting: event.waiting };
        return;
      case "output":
        return this.#calls.get(event.id)?.push(event.output);
      case "result":
        return this.#calls.get(event.id)?.resolve(event.value);
      case "error":
        return this.#calls.get(event.id)?.reject(fromWire(event.error));
    }
  }

  /** The Worker is dead: every call in flight gets its error, and the next Worker starts. */
  #crashed(message: string): void {
    this.#options.onNotice?.(`the engine stopped and is started again: ${message}`);
    this.#worker?.terminate();
    this.#worker = undefined;
    const wasReady = this.#status === "ok";
    this.#counts = { running: 0, waiting: 0 };
    this.#restarts++;
    this.#failedStarts = wasReady ? 0 : this.#failedStarts + 1;
    if (wasReady) this.#ready = Promise.withResolvers();
    const error = new EngineCrashedError("The engine stopped while it worked on this request", {
      hint: "Send the request again; the engine restarts by itself",
    });
    for (const call of [...this.#calls.values()]) call.reject(error);
    if (this.#status === "stopping") return;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      return this.#fail(
        new EngineUnavailableError(`The engine failed to start ${this.#failedStarts} times: ${message}`),
      );
    }
    this.#status = "restarting";
    this.#start();
  }

  /** The model cannot be loaded; trying again would end the same way. */
  #fail(error: Error): void {
    this.#failure = error;
    this.#status = "failed";
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#ready.reject(error);
  }

  #checkStall(): void {
    if (this.#status !== "ok" || this.#calls.size === 0) return;
    const silence = this.#now() - this.#lastHeard;
    if (silence > (this.#options.stallTimeoutMs ?? 120_000)) this.#crashed(`no sign of life for ${silence} ms`);
    else this.#worker?.postMessage({ type: "ping" });
  }

  /** Waits for the engine, as long as the client does. */
  async #whenReady(signal?: AbortSignal): Promise<WorkerLike> {
    signal?.throwIfAborted();
    if (this.#status === "stopping") throw new EngineUnavailableError("The server is stopping");
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#ready.promise, aborted.promise]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new EngineUnavailableError("The engine could not be started", { cause: error });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    if (!this.#worker) throw new EngineUnavailableError("The engine is not running");
    return this.#worker;
  }

  async *generate(request: GenerateRequest, { signal }: CallOptions = {}): AsyncGenerator<GenerateOutput> {
    const worker = await this.#whenReady(signal);
    const id = this.#newCallId();
    const outputs = new OutputQueue<GenerateOutput>();
    let isDone = false;
    const onAbort = () => outputs.fail(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#calls.set(id, {
      push: (output) => outputs.push(output),
      resolve: () => isDone = true,
      reject: (error) => (isDone = true, outputs.fail(error)),
    });
    try {
      worker.postMessage({ type: "generate", id, request: { ...request, requestId: id } });
      for await (const output of outputs) {
        yield output;
        if (output.type === "finish") return void (isDone = true);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#calls.delete(id);
      if (!isDone) this.#worker?.postMessage({ type: "abort", id });
    }
  }

  async #ask<T>(command: (id: string) => EngineCommand, signal?: AbortSignal): Promise<T> {
    const worker = await this.#whenReady(signal);
    const id = this.#newCallId();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#calls.set(id, { push: () => {}, resolve, reject });
    try {
      worker.postMessage(command(id));
      return await promise as T;
    } finally {
      this.#calls.delete(id);
    }
  }

  tokenize(prompt: Prompt, { signal }: CallOptions = {}): Promise<TokenizeResult> {
    return this.#ask((id) => ({ type: "tokenize", id, prompt }), signal);
  }

  detokenize(tokenIds: readonly number[], { signal }: CallOptions = {}): Promise<string> {
    return this.#ask((id) => ({ type: "detokenize", id, tokenIds }), signal);
  }

  #newCallId(): string {
    return `call-${this.#nextCall++}`;
  }

  health(): HealthReport {
    const { message, param } = (this.#failure ?? {}) as Partial<LimbusError>;
    return {
      status: this.#status,
      model: this.servedModelName,
      ...this.#report,
      ...this.#counts,
      restarts: this.#restarts,
      error: message && (param ? `${param}: ${message}` : message),
    };
  }

  crash(): void {
    this.#worker?.postMessage({ type: "crash" });
  }

  /** Refuses new requests; those in flight go on. */
  stop(): void {
    if (this.#status !== "failed") this.#status = "stopping";
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    clearInterval(this.#watchdog);
    this.#worker?.terminate();
    this.#worker = undefined;
    const error = new EngineUnavailableError("The engine was closed");
    for (const call of [...this.#calls.values()]) call.reject(error);
  }
}
