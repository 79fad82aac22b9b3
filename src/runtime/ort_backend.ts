/**
 * onnxruntime-web behind {@linkcode Backend}. The only file that loads it.
 *
 * Two builds are used. `onnxruntime-web` resolves to the Node build, whose threads work in Deno; `onnxruntime-web/jspi` has
 * the WebGPU provider and reads external data from a Blob, one tensor at a time. Two runs at the same time abort the WebGPU
 * provider for good: whoever calls must queue.
 *
 * @module
 */
import type * as Ort from "onnxruntime-web";
import { checkShape, type DataType, type Tensor } from "../core/tensor.ts";
import { type Graph, lowerToOnnx, type OnnxModel } from "../graph/mod.ts";
import type { Backend, DecoderSession, PlaceWeights, Session } from "./backend.ts";
import type { DeviceChoice } from "./device.ts";
import { withFullMemory } from "./full_memory.ts";
import { OrtDecoder } from "./ort_decoder.ts";
import { readCacheLayout } from "./ort_kv_cache.ts";
import { runSession } from "./ort_run.ts";

/** The module, whichever build. */
export type OrtModule = typeof Ort;

/** Options of {@linkcode openOrtBackend}. */
export interface OrtOptions {
  /** Threads of the WASM provider. */
  readonly numThreads: number;
  /** Tokens for which a new sequence gets room in its KV cache on a GPU; more is taken as it grows. Default: 256. */
  readonly initialKvCapacity?: number;
}

async function importOrt(device: DeviceChoice["device"]): Promise<OrtModule> {
  // In a Worker the builds take `location.origin`, which is the string "null" there, as the base of a URL and throw.
  if (device === "webgpu") Reflect.deleteProperty(globalThis, "location");
  return device === "webgpu" ? await import("onnxruntime-web/jspi") as OrtModule : await import("onnxruntime-web");
}

/** Copies nothing: both sides hold the same typed array. */
function toOrt(ort: OrtModule, { type, data, dims }: Tensor): Ort.Tensor {
  return new ort.Tensor(type as "float32", data as Float32Array, dims);
}

function fromOrt(tensor: Ort.Tensor): Tensor {
  return { type: tensor.type as DataType, dims: tensor.dims, data: tensor.data as Float32Array };
}

async function createSession(
  ort: OrtModule,
  choice: DeviceChoice,
  lowered: OnnxModel,
  weights: PlaceWeights,
  options: Partial<Ort.InferenceSession.SessionOptions>,
): Promise<Ort.InferenceSession> {
  const file = weights(lowered.weights, lowered.dataBytes);
  const data = choice.device === "webgpu" ? file.blob() : await file.bytes();
  const create = () =>
    ort.InferenceSession.create(lowered.model, {
      executionProviders: [choice.device],
      externalData: [{ path: lowered.dataFile, data }],
      logSeverityLevel: 3,
      ...options,
    });
  // The first session loads the module and creates its memory.
  return ort.env.wasm.numThreads === 1 ? await create() : await withFullMemory(create);
}

/**
 * Starts onnxruntime-web on a chosen device.
 *
 * @returns A backend; its sessions must not run at the same time.
 */
export async function openOrtBackend(choice: DeviceChoice, options: OrtOptions): Promise<Backend> {
  const ort = await importOrt(choice.device);
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = choice.device === "wasm" ? options.numThreads : 1;
  const lower = (graph: Graph) => lowerToOnnx(graph, { dtype: choice.dtype, target: choice.device });
  return {
    report: choice,
    async openSession(graph, weights): Promise<Session> {
      const session = await createSession(ort, choice, lower(graph), weights, {});
      return {
        async run(feeds) {
          for (const { name, value } of graph.inputs) {
            checkShape(name, feeds[name]?.dims ?? [], graph.values[value].shape);
          }
          const inputs = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toOrt(ort, t)]));
          const outputs = await runSession(session, inputs);
          return Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, fromOrt(t)]));
        },
        [Symbol.asyncDispose]: () => session.release(),
      };
    },
    async openDecoder(graph, weights): Promise<DecoderSession> {
      const lowered = lower(graph);
      const onGpu = choice.device === "webgpu";
      const kept = Object.fromEntries(
        lowered.outputs.filter(({ name }) => name.startsWith("present.")).map(({ name }) => [name, "gpu-buffer"]),
      ) as Record<string, Ort.Tensor.DataLocation>;
      const session = await createSession(
        ort,
        choice,
        lowered,
        weights,
        onGpu ? { preferredOutputLocation: kept } : {},
      );
      const device = onGpu ? await ort.env.webgpu.device as GPUDevice : undefined;
      const layout = readCacheLayout(ort, lowered, device, options.initialKvCapacity ?? 256);
      return new OrtDecoder(ort, session, layout, lowered.inputs);
    },
  };
}
