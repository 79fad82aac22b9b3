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
  /** Type of weights and activations. */
  readonly dtype: "f32" | "f16";
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

/** A network with a KV cache, loaded. */
export interface DecoderSession extends AsyncDisposable {
  /** Makes room for a sequence of at most `capacity` tokens. */
  newKvCache(capacity: number): KvCache;
  /**
   * Appends tokens to a sequence.
   *
   * @param inputsEmbeds Rows of the new tokens, shape `[num_tokens, hidden_size]`.
   * @param positionIds Positions of the new tokens, shape `[num_tokens]`.
   * @param cache Grows by `num_tokens`.
   * @returns Logits of the last token, shape `[vocab_size]`; valid until the next run.
   */
  run(inputsEmbeds: Float32Array, positionIds: Int32Array, cache: KvCache): Promise<Float32Array>;
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

/**
 * The heavy steps of a model. Sampling belongs to the executor, so that one on a GPU can keep logits there; `sample` is
 * what one on a CPU calls.
 */
export interface Executor extends AsyncDisposable {
  /** Where and why. */
  readonly report: DeviceReport;
  /**
   * Runs tower and connector over a batch of items.
   *
   * @param tensors Item tensors by field, shape `[num_items, ...]`.
   * @returns Rows of all items in order, shape `[num_rows, hidden_size]`.
   */
  encode(modality: Modality, tensors: Readonly<Record<string, Tensor>>): Promise<Tensor>;
  /** Makes room for a sequence of at most `capacity` tokens. */
  newKvCache(capacity: number): KvCache;
  /**
   * First pass over a prompt.
   *
   * @param inputsEmbeds Rows of the whole prompt, shape `[num_tokens, hidden_size]`.
   * @param sample Chooses the next token from the last token's logits, shape `[vocab_size]`.
   */
  prefill<T>(inputsEmbeds: Float32Array, cache: KvCache, sample: (logits: Float32Array) => T): Promise<T>;
  /**
   * Appends one token and chooses the next.
   *
   * @param tokenId The token chosen last.
   */
  decode<T>(tokenId: number, cache: KvCache, sample: (logits: Float32Array) => T): Promise<T>;
}
