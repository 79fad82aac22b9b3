/**
 * Shared WebAssembly memory that has its full size from the start.
 *
 * A thread that runs while another one grows their memory may trap on an address that is new to it ("memory access out of
 * bounds": V8 checks bounds against a size that each thread is told of by an interrupt). onnxruntime-web's worker dies of it
 * and its main thread waits for ever: seen in 4 of 10 runs of a tower whose pictures grew from one to the next. Memory that
 * is not touched costs address space alone, which V8 reserves up to the maximum in any case.
 *
 * @module
 */

/** Least size worth trying, 64 KiB pages: 256 MiB. */
const LEAST_PAGES = 4096;

/** One page less than 4 GiB: the size in bytes must fit the 32 bits in which the module counts. */
const MOST_PAGES = 65_535;

/** What {@linkcode withFullMemory} needs of the global object, replaceable in tests. */
export interface MemoryHost {
  /** `WebAssembly.Memory`. */
  Memory: typeof WebAssembly.Memory;
}

/**
 * Runs work that may create shared memory; such memory gets its maximum at once, or the largest half, quarter, ... of it that
 * the system gives.
 *
 * @param work What may create memory, such as loading a threaded module.
 * @param host Where `Memory` is looked up. Default: `WebAssembly`.
 * @returns What the work returns.
 */
export async function withFullMemory<T>(work: () => Promise<T>, host: MemoryHost = WebAssembly): Promise<T> {
  const { Memory } = host;
  host.Memory = new Proxy(Memory, {
    construct(target, [given]: [WebAssembly.MemoryDescriptor]) {
      const { shared, maximum = 0 } = given;
      for (
        let initial = Math.min(maximum, MOST_PAGES);
        shared && initial >= Math.max(LEAST_PAGES, given.initial);
        initial >>>= 1
      ) {
        try {
          return new target({ ...given, initial });
        } catch (error) {
          if (!(error instanceof RangeError)) throw error; // not as much as that
        }
      }
      return new target(given);
    },
  });
  try {
    return await work();
  } finally {
    host.Memory = Memory;
  }
}
