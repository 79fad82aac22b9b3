/**
 * Which program runs the networks on the CPU: ONNX Runtime, or our own kernels. Never silent: the reason is part of the choice.
 *
 * @module
 */
import { DeviceError } from "../core/errors.ts";
import { numElements } from "../core/tensor.ts";
import { type Graph, unsupportedByProgram, type WeightType } from "../graph/mod.ts";
import type { DeviceChoice } from "./device.ts";

/** A setting of `LIMBUS_EXECUTOR`. */
export type ExecutorSetting = "auto" | "ort" | "core";

/** A chosen executor. */
export interface ExecutorChoice {
  /** `ort`: ONNX Runtime; `core`: our own kernels. */
  readonly executor: "ort" | "core";
  /** Why this one. */
  readonly reason: string;
  /** The compiled kernels, for `core`. */
  readonly kernels?: WebAssembly.Module;
}

/** What the choice depends on. */
export interface ExecutorQuestion {
  /** What was asked for; `auto` takes our kernels on a CPU if they can run all graphs. */
  readonly setting: ExecutorSetting;
  /** Type of the matrices; `q8` is for our kernels only, so that nothing else will do. */
  readonly weightType: WeightType;
  /** The device. */
  readonly device: DeviceChoice["device"];
  /** Every graph that will run. */
  readonly graphs: readonly Graph[];
  /** Compiles the kernels; throws if the host cannot. */
  readonly compile: () => Promise<WebAssembly.Module>;
}

/** Weights beyond this leave too little of 32-bit addresses for the rest, bytes. */
const MAX_WEIGHT_BYTES = 3 * 1024 ** 3;

/** Why our kernels cannot run these graphs; undefined if they can. */
function obstacle({ device, graphs, weightType }: ExecutorQuestion): string | undefined {
  if (device !== "wasm") return `they do not run on ${device}`;
  for (const graph of graphs) {
    const unsupported = unsupportedByProgram(graph);
    if (unsupported !== undefined) return `they have none for ${unsupported}, in graph ${graph.name}`;
  }
  const weights = graphs.flatMap((graph) => graph.weights);
  const elementBytes = weightType === "q8" ? 1 : 4;
  const weightBytes = weights.reduce((sum, { shape }) => sum + numElements(shape) * elementBytes, 0);
  if (weightBytes > MAX_WEIGHT_BYTES) {
    return `the weights take ${Math.ceil(weightBytes / 2 ** 20)} MiB of at most ${MAX_WEIGHT_BYTES / 2 ** 20}`;
  }
  return undefined;
}

/**
 * Chooses the executor.
 *
 * @throws {DeviceError} If our kernels are asked for and cannot run these graphs, or not on this host.
 */
export async function chooseExecutor(question: ExecutorQuestion): Promise<ExecutorChoice> {
  const { setting, weightType, compile } = question;
  const isQuantized = weightType === "q8";
  if (setting === "ort" && !isQuantized) return { executor: "ort", reason: "asked for" };
  const instead = (reason: string, cause?: unknown): ExecutorChoice => {
    if (setting === "auto" && !isQuantized) return { executor: "ort", reason: `not our own kernels: ${reason}` };
    const wanted = isQuantized ? "q8" : "as asked for";
    throw new DeviceError(`Expected our own kernels to run the networks, ${wanted}: ${reason}`, {
      param: isQuantized ? "LIMBUS_DTYPE" : "LIMBUS_EXECUTOR",
      hint: isQuantized ? "Set LIMBUS_DTYPE=auto" : "Set LIMBUS_EXECUTOR=auto or ort to use ONNX Runtime",
      cause,
    });
  };
  if (setting === "ort") return instead("LIMBUS_EXECUTOR is ort");
  const reason = obstacle(question);
  if (reason !== undefined) return instead(reason);
  try {
    const free = isQuantized ? "q8 needs them" : "there are kernels for every op";
    return { executor: "core", reason: setting === "core" ? "asked for" : free, kernels: await compile() };
  } catch (error) {
    return instead("this host has no relaxed SIMD or no shared memory", error);
  }
}
