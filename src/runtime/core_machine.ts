/**
 * The kernels on one or several threads: memory, helpers, and running a program.
 *
 * @module
 */
import { instantiateKernels, type KernelExports } from "../compute/kernels.ts";
import { PANEL, quantizedRowBytes, QUERY_BLOCK } from "../graph/mod.ts";
import { CoreMemory } from "./core_memory.ts";
import type { ThreadStart } from "./core_thread.ts";

/** The host's own class: onnxruntime-web's Node build puts another one in its place when it is imported. */
const HostWorker = globalThis.Worker;
/** Bytes of a helper's stack. */
const STACK_BYTES = 64 * 1024;
/** Words of the control block, see `crates/executor/src/control.rs`. */
const CONTROL = { program: 4, counters: 5, scratch: 6, scratchBytes: 7, words: 16 } as const;

/** Where a program lies. */
export interface PlacedProgram {
  /** Address of its words. */
  readonly at: number;
  /** Address of two counters for each phase. */
  readonly counters: number;
}

/** Runs programs; one at a time. */
export class CoreMachine implements Disposable {
  /** Where everything lies. */
  readonly memory: CoreMemory;
  /** Threads that take part, this one included. */
  readonly numThreads: number;
  readonly #kernels: KernelExports;
  readonly #control: number;
  readonly #helpers: readonly Worker[];
  #ready: number;
  #scratch = { at: 0, bytesPerThread: 0 };
  #arena = { at: 0, byteLength: 0 };

  /**
   * Starts the helpers, which join in when they are up.
   *
   * @param module The kernels.
   * @param numThreads Threads, this one included.
   */
  constructor(module: WebAssembly.Module, numThreads: number) {
    this.memory = new CoreMemory();
    this.#kernels = instantiateKernels(module, this.memory.memory);
    this.memory.start(this.#kernels.__heap_base.value);
    this.numThreads = numThreads;
    this.#control = this.memory.allocate(CONTROL.words * 4);
    this.memory.ints.fill(0, this.#control / 4, this.#control / 4 + CONTROL.words);
    this.#ready = 1;
    this.#helpers = Array.from({ length: numThreads - 1 }, (_, index) => this.#startHelper(module, index + 1));
  }

  /** Brings a matrix `[n, k]` into panels. */
  pack(from: number, [n, k]: readonly [number, number], to: number, width: number, offset: number): void {
    this.#kernels.pack(from, n, k, to, width, offset);
  }

  /** Brings a matrix `[n, k]` into panels of bytes, and the scales of its rows behind those of all panels. */
  quantize(from: number, [n, k]: readonly [number, number], to: number, width: number, offset: number): void {
    const weightBytes = Math.ceil(n / width) * PANEL * quantizedRowBytes(k);
    this.#kernels.pack_q8(from, n, k, to, to + weightBytes, width, offset);
  }

  /**
   * Address of room for the buffers of a run; another run may use the same.
   *
   * @throws {DeviceMemoryError} If there is none.
   */
  arena(byteLength: number): number {
    if (byteLength > this.#arena.byteLength) {
      this.memory.free(this.#arena.at);
      this.#arena = { at: 0, byteLength: 0 };
      this.#arena = { at: this.memory.allocate(byteLength), byteLength };
    }
    return this.#arena.at;
  }

  /**
   * Runs a program.
   *
   * @param program Where it lies.
   * @param scoreKeys Most keys that a query sees.
   * @param isLarge Whether it is worth waking the helpers.
   * @throws {DeviceMemoryError} If there is no memory for the scores.
   * @throws {RangeError} If an index was outside its table.
   */
  run(program: PlacedProgram, scoreKeys: number, isLarge: boolean): void {
    this.#reserveScratch(Math.ceil(scoreKeys / 8) * 8 * QUERY_BLOCK * 4);
    const words = this.memory.ints;
    const control = this.#control / 4;
    words[control + CONTROL.program] = program.at;
    words[control + CONTROL.counters] = program.counters;
    words[control + CONTROL.scratch] = this.#scratch.at;
    words[control + CONTROL.scratchBytes] = this.#scratch.bytesPerThread;
    const withHelpers = isLarge && this.#ready > 1;
    if (this.#kernels.run(this.#control, withHelpers ? 1 : 0) !== 0) {
      throw new RangeError("Expected row indices inside the table: found one outside");
    }
  }

  /** Ends the helpers. */
  [Symbol.dispose](): void {
    this.#kernels.quit(this.#control);
    for (const helper of this.#helpers) helper.terminate();
  }

  #reserveScratch(bytesPerThread: number): void {
    if (bytesPerThread <= this.#scratch.bytesPerThread) return;
    this.memory.free(this.#scratch.at);
    this.#scratch = { at: 0, bytesPerThread: 0 };
    this.#scratch = { at: this.memory.allocate(bytesPerThread * this.numThreads), bytesPerThread };
  }

  #startHelper(module: WebAssembly.Module, thread: number): Worker {
    const helper = new HostWorker(new URL("./core_thread.ts", import.meta.url), { type: "module" });
    const stackTop = this.memory.allocate(STACK_BYTES) + STACK_BYTES;
    helper.onmessage = () => this.#ready++;
    const start: ThreadStart = { module, memory: this.memory.memory, control: this.#control, thread, stackTop };
    helper.postMessage(start);
    return helper;
  }
}
