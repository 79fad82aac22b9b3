/**
 * What crosses the border between the HTTP thread and the engine's Worker. Everything here can be structured-cloned.
 *
 * @module
 */
import type { EngineConfig } from "../config.ts";
import * as errors from "../core/errors.ts";
import type { GenerateOutput, GenerateRequest, Prompt } from "../core/generate.ts";
import type { HealthReport } from "./interface.ts";

/** To the Worker. `id` names a call; answers carry it back. */
export type EngineCommand =
  | { readonly type: "load"; readonly config: EngineConfig }
  | { readonly type: "generate"; readonly id: string; readonly request: GenerateRequest }
  | { readonly type: "tokenize"; readonly id: string; readonly prompt: Prompt }
  | { readonly type: "detokenize"; readonly id: string; readonly tokenIds: readonly number[] }
  | { readonly type: "abort"; readonly id: string }
  | { readonly type: "ping" }
  | { readonly type: "crash" };

/** What the Worker says about the model once it is loaded. */
export type LoadedReport = Pick<
  HealthReport,
  | "modelType"
  | "device"
  | "deviceReason"
  | "deviceName"
  | "executor"
  | "executorReason"
  | "dtype"
  | "maxModelLen"
  | "limits"
  | "memory"
  | "tokenizerNote"
  | "startup"
>;

/** From the Worker. */
export type EngineEvent =
  | { readonly type: "progress"; readonly loadedBytes: number; readonly totalBytes: number }
  | { readonly type: "loaded"; readonly report: LoadedReport }
  | { readonly type: "failed"; readonly error: WireError }
  | { readonly type: "output"; readonly id: string; readonly output: GenerateOutput }
  | { readonly type: "result"; readonly id: string; readonly value: unknown }
  | { readonly type: "error"; readonly id: string; readonly error: WireError }
  | { readonly type: "counts"; readonly running: number; readonly waiting: number }
  | { readonly type: "pong" };

/** An error as data. */
export interface WireError {
  /** Name of the class. */
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly hint?: string;
  readonly retryAfterSeconds?: number;
  readonly stack?: string;
}

const CLASSES = {
  AdapterError: errors.AdapterError,
  CapacityError: errors.CapacityError,
  CheckpointError: errors.CheckpointError,
  ConfigError: errors.ConfigError,
  ContextLengthError: errors.ContextLengthError,
  DeviceError: errors.DeviceError,
  DeviceMemoryError: errors.DeviceMemoryError,
  EngineCrashedError: errors.EngineCrashedError,
  EngineUnavailableError: errors.EngineUnavailableError,
  InvalidRequestError: errors.InvalidRequestError,
  MediaDecodeError: errors.MediaDecodeError,
  MediaFetchError: errors.MediaFetchError,
  ModelNotFoundError: errors.ModelNotFoundError,
  UnsupportedModalityError: errors.UnsupportedModalityError,
} as const;

/** Makes data of an error. */
export function toWire(error: unknown): WireError {
  if (error instanceof errors.LimbusError) {
    const { name, message, code, param, hint } = error;
    const retryAfterSeconds = error instanceof errors.CapacityError ? error.retryAfterSeconds : undefined;
    return { name, message, code, param, hint, retryAfterSeconds };
  }
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error) };
}

/** Makes an error of data: the same class again if it is one of ours, else a plain `Error` with the same name. */
export function fromWire(wire: WireError): Error {
  if (Object.hasOwn(CLASSES, wire.name)) {
    const { message, code, param, hint, retryAfterSeconds } = wire;
    return new CLASSES[wire.name as keyof typeof CLASSES](message, { code, param, hint, retryAfterSeconds });
  }
  const error = new Error(wire.message);
  error.name = wire.name;
  if (wire.stack) error.stack = wire.stack;
  return error;
}
