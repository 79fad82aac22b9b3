/**
 * Weights below which one thread runs the networks on WASM, bytes. Starting others costs about a second in Deno, and the
 * operators of a small model are too short to be shared.
 */
const SMALL_MODEL_BYTES = 64 * 1024 * 1024;

/** Most threads that are taken without being asked for. */
const MAX_THREADS = 8;

/**
 * Chooses the number of threads of our own kernels: theirs start in milliseconds, so small models have them too.
 *
 * @param asked What was asked for.
 * @param numCores Cores of the host.
 * @returns At least 1.
 */
export function chooseKernelThreads(asked: number | undefined, numCores: number): number {
  return asked ?? Math.max(1, Math.min(numCores, MAX_THREADS));
}

/**
 * Chooses the number of threads of ONNX Runtime on WASM.
 *
 * @param asked What was asked for; undefined leaves it to the size of the model.
 * @param weightBytes Size of all weights.
 * @param numCores Cores of the host.
 * @returns At least 1.
 */
export function chooseNumThreads(asked: number | undefined, weightBytes: number, numCores: number): number {
  if (asked !== undefined) return asked;
  return weightBytes < SMALL_MODEL_BYTES ? 1 : Math.max(1, Math.min(numCores, MAX_THREADS));
}
