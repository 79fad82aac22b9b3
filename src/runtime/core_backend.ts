/**
 * Our own CPU executor behind {@linkcode Backend}: programs of the kernels in `crates/kernels`.
 *
 * @module
 */
import type { DeviceChoice } from "./device.ts";
import { lowerToProgram, type WeightType } from "../graph/mod.ts";
import type { Backend } from "./backend.ts";
import { CoreDecoder } from "./core_decoder.ts";
import { CoreMachine } from "./core_machine.ts";
import { CoreNetwork } from "./core_network.ts";
import { CoreSession } from "./core_session.ts";

/** A backend that also has helpers to end. */
export interface CoreBackend extends Backend, Disposable {}

/**
 * Starts the kernels.
 *
 * @param choice The device, which must be `wasm` in `f32`.
 * @param kernels From `compileKernels`.
 * @param numThreads Threads, this one included.
 * @param weightType Type in which matrices are kept.
 * @returns A backend; its sessions must not run at the same time, and dispose of it after them.
 */
export function openCoreBackend(
  choice: DeviceChoice,
  kernels: WebAssembly.Module,
  numThreads: number,
  weightType: WeightType = "f32",
): CoreBackend {
  const machine = new CoreMachine(kernels, numThreads);
  const name = numThreads === 1 ? "1 thread" : `${numThreads} threads`;
  return {
    report: { ...choice, name, dtype: weightType },
    async openSession(graph, weights) {
      return new CoreSession(machine, await CoreNetwork.load(machine, lowerToProgram(graph, weightType), weights));
    },
    async openDecoder(graph, weights) {
      return new CoreDecoder(machine, await CoreNetwork.load(machine, lowerToProgram(graph, weightType), weights));
    },
    [Symbol.dispose]: () => machine[Symbol.dispose](),
  };
}
