/// <reference lib="deno.worker" />
/**
 * A helper of the CPU executor: takes part in runs until it is told to quit. It blocks its thread nearly all the time.
 *
 * @module
 */
import { instantiateKernels } from "../compute/kernels.ts";

/** What a helper needs. */
export interface ThreadStart {
  /** The kernels. */
  readonly module: WebAssembly.Module;
  /** Shared with the other threads. */
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** From 1. */
  readonly thread: number;
  /** Address behind this thread's stack, which grows downwards. */
  readonly stackTop: number;
}

/** Word of the control block that holds the error, and its value for a helper that has trapped. */
const [ERROR_WORD, HELPER_LOST] = [3, 2];

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<ThreadStart>) => {
  const { module, memory, control, thread, stackTop } = data;
  const kernels = instantiateKernels(module, memory);
  kernels.__stack_pointer.value = stackTop;
  self.postMessage("ready");
  const takePart = () => {
    try {
      // In between, this Worker can be terminated.
      if (kernels.help(control, thread) === 0) setTimeout(takePart);
      else self.close();
    } catch (error) {
      // The thread that waits for this one's work must not wait for ever.
      Atomics.store(new Int32Array(memory.buffer), control / 4 + ERROR_WORD, HELPER_LOST);
      throw error;
    }
  };
  takePart();
};
