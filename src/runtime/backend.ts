/**
 * What runs graphs: a backend opens sessions, an executor uses them. Devices hide behind these.
 *
 * @module
 */
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Graph, PlacedWeight } from "../graph/mod.ts";

/** Where the networks run and why there. */
export interface DeviceReport {
  /** Execution provider; `fake` runs no network. */
  readonly device: "webgpu" | "wasm" | "fake";
  /** Why this one: "asked for", "no WebGPU adapter found", ... */
  readonly reason: string;
  /** Name of the adapter, or number of threads. */
  readonly name: string;
  /** Type of weights and activations; `q8`: 7-bit matrices, activations in f32 that are quantized for each product. */
  readonly dtype: "f32" | "f16" | "q8";
  /** What runs them there: ONNX Runtime or our own kernels; absent if nothing does. */
  readonly executor?: "ort" | "core";
  /** Why this one. */
  readonly executorReason?: string;
}

/** Gives the bytes of a graph's weights, in the order and at the offsets at which the lowering placed them. */
export interface WeightFile {
  /** Total size, bytes. */
  readonly size: number;
  /** A virtual file whose ranges are produced when they are read, one tensor at a time. */
  blob(): Blob;
  /** The whole file in memory. */
  bytes(): Promise<Uint8Array>;
}

/** Lays the weights of a lowered graph out as one file. */
export type PlaceWeights = (weights: readonly PlacedWeight[], size: number) => WeightFile;

/** One network, loaded. */
export interface Session extends AsyncDisposable {
  /**
   * Runs the network once.
   *
   * @param feeds A tensor for every input of the graph.
   * @returns A tensor for every output, on the CPU.
   */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

/** Keys and values of one sequence, wherever the device keeps them. */
export interface KvCache extends Disposable {
  /** Tokens held. */
  readonly length: number;
  /** Most tokens that fit. */
  readonly capacity: number;
}

/** What a language network gets for each new token beside its embedding. */
export interface TokenInputs {
  /** Positions: `[num_tokens]`, the same on every axis that the graph has, or `[axes * num_tokens]`, axis after axis. */
  readonly positionIds: Int32Array;
  /** Further inputs by the graph's names, each of shape `[num_tokens]`; one that is left out is fed zeros. */
  readonly perToken?: Readonly<Record<string, Int32Array>>;
}

/** A network with a KV cache, loaded. */
export interface DecoderSession extends AsyncDisposable {
  /** Makes room for a sequence of at most `capacity` tokens. */
  newKvCache(capacity: number): KvCache;
  /**
   * Appends tokens to a sequence.
   *
   * @param inputsEmbeds Rows of the new tokens, shape `[num_tokens, hidden_size]`.
   * @param inputs Positions and whatever else the graph wants of each new token.
   * @param cache Grows by `num_tokens`.
   * @returns Logits of the last token, shape `[vocab_size]`; valid until the next run.
   */
  run(inputsEmbeds: Float32Array, inputs: TokenInputs, cache: KvCache): Promise<Float32Array>;
}

/** Opens sessions on one device. Sessions run one at a time: the caller queues. */
export interface Backend {
  /** Where and why. */
  readonly report: DeviceReport;
  /** Loads a network without a cache. */
  openSession(graph: Graph, weights: PlaceWeights): Promise<Session>;
  /** Loads a network with a cache. */
  openDecoder(graph: Graph, weights: PlaceWeights): Promise<DecoderSession>;
}

/** A prompt, ready to run. */
export interface PrefillInputs extends Partial<TokenInputs> {
  /** Shape `[num_tokens, hidden_size]`. */
  readonly inputsEmbeds: Float32Array;
}

/** A generated token, to be run. */
export interface DecodeInputs {
  /** The token. */
  readonly tokenId: number;
  /** Its position minus its index in the sequence. Default: 0. */
  readonly positionDelta?: number;
}

/**
 * The heavy steps of a model. Sampling belongs to the executor, so that one on a GPU can keep logits there; `sample` is
 * what one on a CPU calls.
 */
export interface Executor extends AsyncDisposable {
  /** Where and why. */
  readonly report: DeviceReport;
  /**
   * Runs tower and connector over an item, or over a stack of items.
   *
   * @param tensors By the names of the graph's inputs.
   * @returns Rows of all items in order, shape `[num_rows, hidden_size]`.
   */
  encode(modality: Modality, tensors: Readonly<Record<string, Tensor>>): Promise<Tensor>;
  /** Makes room for a sequence of at most `capacity` tokens. */
  newKvCache(capacity: number): KvCache;
  /**
   * First pass over a prompt.
   *
   * @param prompt Rows of the whole prompt and what else the network wants of each token.
   * @param sample Chooses the next token from the last token's logits, shape `[vocab_size]`.
   */
  prefill<T>(prompt: PrefillInputs, cache: KvCache, sample: (logits: Float32Array) => T): Promise<T>;
  /**
   * Appends one token and chooses the next.
   *
   * @param token The token chosen last.
   */
  decode<T>(token: DecodeInputs, cache: KvCache, sample: (logits: Float32Array) => T): Promise<T>;
}
