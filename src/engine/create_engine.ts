import { type EngineConfig, type EngineSettings, resolveEngineConfig } from "../config.ts";
import type { Engine } from "./interface.ts";
import { loadAdapters } from "./load_adapters.ts";
import { EngineSupervisor, type SupervisorOptions } from "./supervisor.ts";

/** The host's own. ONNX Runtime's Node build puts Node's in its place in every realm that loads it. */
const HostWorker = Worker;

/** Starts the Worker's module. */
function newWorker(): Worker {
  return new HostWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "limbus-engine" });
}

/**
 * Starts an engine without waiting for its model: `ready` tells when it answers. Calls that come before wait.
 *
 * @param config Every setting, resolved.
 */
export function startEngine(config: EngineConfig, options: Partial<SupervisorOptions> = {}): EngineSupervisor {
  const check = config.adapters.length === 0 ? undefined : () => loadAdapters(config.adapters);
  return new EngineSupervisor(config, { newWorker, check, ...options });
}

/**
 * Loads a model and returns the engine that answers for it.
 *
 * @param settings Every field has a default; without any, the embedded model is loaded.
 * @throws {ConfigError} If a setting is out of range, or an adapter cannot be had.
 * @throws {CheckpointError} If the checkpoint is missing, broken or of a family that is not known.
 * @throws {DeviceError} If the device asked for is not there.
 */
export async function createEngine(settings: EngineSettings = {}): Promise<Engine> {
  const engine = startEngine(resolveEngineConfig(settings));
  try {
    await engine.ready;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return engine;
}
