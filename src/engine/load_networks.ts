import { type Checkpoint, createWeightPlacer, createWeightSource } from "../checkpoint/mod.ts";
import type { EmbeddingTable } from "../compute/embedding.ts";
import type { EngineConfig } from "../config.ts";
import type { Modality } from "../core/message.ts";
import type { AnyAdapter, Encoder, Model } from "../models/adapter.ts";
import type { Executor, Session } from "../runtime/backend.ts";
import { chooseDevice, type DeviceChoice } from "../runtime/device.ts";
import { createExecutor } from "../runtime/executor.ts";
import { openOrtBackend } from "../runtime/ort_backend.ts";
import { chooseNumThreads } from "../runtime/threads.ts";
import { warmUpDecoder, warmUpSession } from "../runtime/warm_up.ts";
import type { LoadOptions } from "./load_model.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** What {@linkcode loadNetworks} works with. */
export interface NetworkParts {
  /** Limits. */
  readonly config: EngineConfig;
  /** Where the weights are. */
  readonly checkpoint: Checkpoint;
  /** Names of the weights. */
  readonly adapter: AnyAdapter;
  /** The graphs. */
  readonly model: Model;
  /** Longest prompt and answer together, tokens. */
  readonly maxModelLen: number;
  /** Device, type and threads. */
  readonly choice: NetworkChoice;
  /** Text embeddings. */
  readonly embeddings: EmbeddingTable;
  /** Notes how long each part takes. */
  readonly watch: Stopwatch;
  /** KV buffers, progress. */
  readonly options: Pick<LoadOptions, "initialKvCapacity" | "onProgress">;
}

/** Where the networks run, and with how many threads if on the CPU. */
export interface NetworkChoice extends DeviceChoice {
  /** At least 1. */
  readonly numThreads: number;
}

/**
 * Chooses the device.
 *
 * @throws {DeviceError} If the device asked for is not there.
 */
export async function chooseNetworkDevice(
  config: EngineConfig,
  { tensors }: Checkpoint,
  gpu: LoadOptions["gpu"],
): Promise<NetworkChoice> {
  const weightBytes = tensors.names().reduce((sum, name) => sum + tensors.get(name)!.byteLength, 0);
  const numThreads = chooseNumThreads(config.numThreads, weightBytes, navigator.hardwareConcurrency);
  return { ...await chooseDevice(config.device, config.dtype, gpu, numThreads), numThreads };
}

/**
 * Lowers the graphs and opens their sessions, one after the other.
 *
 * @throws {CheckpointError} If a weight is missing or has another shape.
 */
export async function loadNetworks(parts: NetworkParts): Promise<Executor> {
  const { config, checkpoint: { tensors }, adapter, model, maxModelLen, choice, embeddings, watch, options } = parts;
  const { initialKvCapacity } = options;
  const backend = await openOrtBackend(choice, { numThreads: choice.numThreads, initialKvCapacity });
  watch.lap("onnxruntime");
  const source = createWeightSource(tensors, { names: adapter.tensorNames });
  const place = createWeightPlacer(source, options.onProgress);
  // Only a GPU compiles at the first run.
  const isGpu = choice.device === "webgpu";
  const decoder = await backend.openDecoder(model.networks.language(maxModelLen), place);
  if (isGpu) await warmUpDecoder(decoder, model.language.hiddenSize);
  watch.lap("decoder");
  const encoders: Partial<Record<Modality, Session>> = {};
  for (const [modality, encoder] of Object.entries(model.networks.encoders) as [Modality, Encoder][]) {
    // A tower whose modality is switched off is never loaded.
    if (config.limitMmPerPrompt?.[modality] === 0) continue;
    const graph = encoder.graph();
    const session = encoders[modality] = await backend.openSession(graph, place);
    if (isGpu && !encoder.feeds) await warmUpSession(session, graph);
    watch.lap(`${modality} encoder`);
  }
  return createExecutor({
    report: backend.report,
    encoders,
    decoder,
    embed: (tokenIds) => embeddings.embedInputIds(tokenIds),
    hiddenSize: model.language.hiddenSize,
  });
}
