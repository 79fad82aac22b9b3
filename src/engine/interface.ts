import type { GenerateOutput, GenerateRequest, Prompt } from "../core/generate.ts";

/** What a model can come to need of memory, planned before it is loaded; activations come on top. */
export interface MemoryReport {
  /** Weights of all networks, as the graphs name them. */
  readonly weightBytes: number;
  /** Table of text embeddings. */
  readonly embeddingBytes: number;
  /** Keys and values of one token. */
  readonly kvBytesPerToken: number;
  /** Keys and values of a sequence of full length. */
  readonly kvBytesPerSequence: number;
  /** Embeddings and encoder rows of the prompt in its prefill. */
  readonly promptBytes: number;
  /** Copies of one sequence's keys and values that a step on WASM makes. */
  readonly stepBytes: number;
  /** Most that the processor cache holds. */
  readonly processorCacheBytes: number;
  /** All of it. */
  readonly totalBytes: number;
  /** What may be planned with; absent if neither the setting nor the host says. */
  readonly limitBytes?: number;
  /** Longest prompt and answer together, tokens. */
  readonly maxModelLen: number;
  /** Sequences at the same time. */
  readonly maxNumSeqs: number;
  /** Tokens of the largest item by modality, where the family knows one. */
  readonly largestItems: Readonly<Record<string, number>>;
  /** Whether sequences are fewer or shorter than by default, to fit. */
  readonly lowered: boolean;
}

/** State of the engine, as `/health` shows it. */
export interface HealthReport {
  /** `ok` once requests are answered. */
  readonly status: "ok" | "starting" | "restarting" | "stopping" | "failed";
  /** Name that clients send as `model`. */
  readonly model: string;
  /** `model_type` of the checkpoint; absent until it is loaded. */
  readonly modelType?: string;
  /** Execution provider that runs the networks. */
  readonly device?: "webgpu" | "wasm" | "fake";
  /** Why this device: "no WebGPU adapter found", "asked for", ... */
  readonly deviceReason?: string;
  /** Name of the adapter or number of threads. */
  readonly deviceName?: string;
  /** What runs the networks: ONNX Runtime or our own kernels. */
  readonly executor?: "ort" | "core";
  /** Why this executor: "asked for", "there are kernels for every op", ... */
  readonly executorReason?: string;
  /** Type in which weights and activations are kept. */
  readonly dtype?: string;
  /** Longest prompt plus answer, tokens. */
  readonly maxModelLen?: number;
  /** Items allowed in one prompt; null = no limit. */
  readonly limits?: Readonly<Record<string, number | null>>;
  /** What it can come to need of memory. */
  readonly memory?: MemoryReport;
  /** Sequences being worked on. */
  readonly running: number;
  /** Sequences that wait for a place or for their prompt. */
  readonly waiting: number;
  /** Times the engine was restarted after a crash. */
  readonly restarts: number;
  /** Why the compact form of the tokenizer was left aside, if it is there and was. */
  readonly tokenizerNote?: string;
  /** Milliseconds of each part of the last start. */
  readonly startup?: Readonly<Record<string, number>>;
  /** What went wrong, if status is `failed`. */
  readonly error?: string;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the work at once; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Ids of a prompt, before placeholders are expanded. */
export interface TokenizeResult {
  /** Each media item counts as its placeholder. Shape `[num_tokens]`. */
  readonly tokenIds: Uint32Array;
  /** Longest prompt and answer together, tokens. */
  readonly maxModelLen: number;
}

/** A loaded model that answers requests. The only thing that the routes know. */
export interface Engine extends AsyncDisposable {
  /** Name that clients send as `model`. */
  readonly servedModelName: string;
  /** Unix seconds at which the engine was created. */
  readonly created: number;
  /**
   * Answers one request: yields the prompt, then deltas, then the finish.
   *
   * @throws {LimbusError} Before the first value if the request is at fault; later only if the engine fails.
   */
  generate(request: GenerateRequest, options?: CallOptions): AsyncIterable<GenerateOutput>;
  /** Token ids of a prompt; media are not fetched, each item counts as its placeholder. */
  tokenize(prompt: Prompt, options?: CallOptions): Promise<TokenizeResult>;
  /** Text of token ids, special tokens kept. */
  detokenize(tokenIds: readonly number[], options?: CallOptions): Promise<string>;
  /** State, at once; never waits for the engine. */
  health(): HealthReport;
  /** Kills the engine's Worker, for tests of the supervisor. */
  crash?(): void;
}
