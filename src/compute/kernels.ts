/**
 * The one door to the compiled kernels of the CPU executor: a module of its own, because it needs relaxed SIMD and shared
 * memory, which the core does not.
 *
 * @module
 */

/** What the module exports; addresses are bytes in the memory that it was given. */
export interface KernelExports {
  /** Runs the program of a control block; 0, or 1 if an index was outside its table. */
  run(control: number, withHelpers: number): number;
  /** Takes part in runs; 1 after `quit`, 0 if nothing has come for half a second. */
  help(control: number, thread: number): number;
  /** Ends the helpers. */
  quit(control: number): void;
  /** Brings a matrix `[n, k]` into panels. */
  pack(from: number, n: number, k: number, to: number, width: number, offset: number): void;
  /** Brings a matrix `[n, k]` into panels of bytes, with a scale for each row. */
  pack_q8(from: number, n: number, k: number, to: number, scales: number, width: number, offset: number): void;
  /** First byte that the module does not use itself. */
  readonly __heap_base: WebAssembly.Global;
  /** Each thread has a stack of its own. */
  readonly __stack_pointer: WebAssembly.Global;
}

const FILE = new URL("../../wasm/kernels/kernels.wasm", import.meta.url);

/**
 * Compiles the kernels.
 *
 * @throws {WebAssembly.CompileError} If the host lacks relaxed SIMD.
 * @throws {TypeError} If it lacks shared memory, as a page that is not isolated from other origins does.
 */
export async function compileKernels(): Promise<WebAssembly.Module> {
  const { buffer } = new WebAssembly.Memory({ initial: 0, maximum: 1, shared: true });
  if (typeof SharedArrayBuffer !== "function" || !(buffer instanceof SharedArrayBuffer)) {
    throw new TypeError("Expected memory that threads share: found none");
  }
  const response = await fetch(FILE);
  return await WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Makes an instance over a memory; each thread has one.
 *
 * @param module From {@linkcode compileKernels}.
 * @param memory Shared with the other threads.
 */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}
