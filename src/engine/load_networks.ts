import { type Checkpoint, createWeightPlacer, createWeightSource } from "../checkpoint/mod.ts";
import type { EmbeddingTable } from "../compute/embedding.ts";
import { compileKernels } from "../compute/kernels.ts";
import type { EngineConfig } from "../config.ts";
import type { Modality } from "../core/message.ts";
import type { Graph } from "../graph/mod.ts";
import type { AnyAdapter, Encoder, Model } from "../models/adapter.ts";
import type { Backend, DeviceReport, Executor, Session } from "../runtime/backend.ts";
import { chooseExecutor } from "../runtime/choose_executor.ts";
import { openCoreBackend } from "../runtime/core_backend.ts";
import { chooseDevice, type DeviceChoice } from "../runtime/device.ts";
import { createExecutor } from "../runtime/executor.ts";
import { openOrtBackend } from "../runtime/ort_backend.ts";
import { chooseKernelThreads, chooseNumThreads } from "../runtime/threads.ts";
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

/** A backend, what is said of it, and its end. */
interface OpenBackend extends Disposable {
  readonly backend: Backend;
  readonly report: DeviceReport;
}

/** Chooses who runs the graphs, and starts it. */
async function openBackend(parts: NetworkParts, graphs: readonly Graph[]): Promise<OpenBackend> {
  const { config, choice, watch, options: { initialKvCapacity } } = parts;
  const { device } = choice;
  const weightType = config.dtype === "q8" ? "q8" : "f32";
  const question = { setting: config.executor, weightType, device, graphs, compile: compileKernels } as const;
  const { executor, reason: executorReason, kernels } = await chooseExecutor(question);
  if (kernels) {
    const core = openCoreBackend(
      choice,
      kernels,
      chooseKernelThreads(config.numThreads, navigator.hardwareConcurrency),
      weightType,
    );
    watch.lap("kernels");
    const report = { ...core.report, executor, executorReason };
    return { backend: core, report, [Symbol.dispose]: () => core[Symbol.dispose]() };
  }
  const backend = await openOrtBackend(choice, { numThreads: choice.numThreads, initialKvCapacity });
  watch.lap("onnxruntime");
  return { backend, report: { ...backend.report, executor, executorReason }, [Symbol.dispose]() {} };
}

/**
 * Chooses the executor, lowers the graphs and opens their sessions, one after the other.
 *
 * @throws {CheckpointError} If a weight is missing or has another shape.
 * @throws {DeviceError} If the executor asked for cannot run the graphs.
 */
export async function loadNetworks(parts: NetworkParts): Promise<Executor> {
  const { config, model, maxModelLen } = parts;
  const language = model.networks.language(maxModelLen);
  // A tower whose modality is switched off is never loaded.
  const towers = (Object.entries(model.networks.encoders) as [Modality, Encoder][])
    .filter(([modality]) => config.limitMmPerPrompt?.[modality] !== 0)
    .map(([modality, encoder]) => ({
      modality,
      graph: encoder.graph(),
      hasOwnFeeds: Boolean(encoder.feeds ?? encoder.runs),
    }));
  const open = await openBackend(parts, [language, ...towers.map(({ graph }) => graph)]);
  try {
    return await openSessions(parts, open, language, towers);
  } catch (error) {
    open[Symbol.dispose]();
    throw error;
  }
}

/** A tower to be opened. */
interface Tower {
  readonly modality: Modality;
  readonly graph: Graph;
  /** Whether the adapter makes the feeds, so that zeros may not fit. */
  readonly hasOwnFeeds: boolean;
}

async function openSessions(
  { checkpoint: { tensors }, adapter, model, choice, embeddings, watch, options }: NetworkParts,
  open: OpenBackend,
  language: Graph,
  towers: readonly Tower[],
): Promise<Executor> {
  const { backend, report } = open;
  const source = createWeightSource(tensors, { names: adapter.tensorNames });
  const place = createWeightPlacer(source, options.onProgress);
  // Only a GPU compiles at the first run.
  const isGpu = choice.device === "webgpu";
  const decoder = await backend.openDecoder(language, place);
  if (isGpu) await warmUpDecoder(decoder, model.language.hiddenSize);
  watch.lap("decoder");
  const encoders: Partial<Record<Modality, Session>> = {};
  for (const { modality, graph, hasOwnFeeds } of towers) {
    const session = encoders[modality] = await backend.openSession(graph, place);
    if (isGpu && !hasOwnFeeds) await warmUpSession(session, graph);
    watch.lap(`${modality} encoder`);
  }
  const executor = createExecutor({
    report,
    encoders,
    decoder,
    embed: (tokenIds) => embeddings.embedInputIds(tokenIds),
    hiddenSize: model.language.hiddenSize,
  });
  return {
    ...executor,
    async [Symbol.asyncDispose]() {
      await executor[Symbol.asyncDispose]();
      open[Symbol.dispose]();
    },
  };
}
