/**
 * Regions: numbers that stay in the core's memory. TypeScript writes them once, functions of the core take and give them
 * without a copy, and TypeScript reads them here.
 *
 * A region is one of `CoreBytes`, `CoreFloats`, `CoreWords` of `core.ts`: `new CoreFloats(length)` takes memory, `free()` (or
 * `using`) gives it back. A view is good until the next call of the core: the memory may grow then, which leaves older
 * views with a length of 0, and a region that was freed may be another's. So views are made where they are used, are never
 * kept, and never leave `src/compute` and the function that asked for them; what a caller gets is a copy ({@linkcode takeFloats}).
 *
 * @module
 */
import { type CoreBytes, CoreFloats, coreMemory, type CoreWords } from "./core.ts";

/** What every region says of itself. */
interface Region {
  /** First byte in the core's memory. */
  readonly address: number;
  /** Elements. */
  readonly length: number;
}

function memoryBuffer(): ArrayBuffer {
  return (coreMemory() as WebAssembly.Memory).buffer as ArrayBuffer;
}

/** A view on bytes in the core, good until its next call. */
export function viewBytes({ address, length }: CoreBytes): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memoryBuffer(), address, length);
}

/** A view on floats in the core, good until its next call. */
export function viewFloats({ address, length }: CoreFloats): Float32Array<ArrayBuffer> {
  return new Float32Array(memoryBuffer(), address, length);
}

/** A view on 32-bit words in the core, good until its next call. */
export function viewWords({ address, length }: Pick<CoreWords, keyof Region>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(memoryBuffer(), address, length);
}

/**
 * A view on a part of what a larger object of the core holds, good until its next call.
 *
 * @param at The object; `address` is its first byte.
 * @param offset First byte of the part.
 * @param length Bytes of the part; the caller has checked that they are the object's.
 */
export function viewPart(
  { address }: Pick<Region, "address">,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memoryBuffer(), address + offset, length);
}

/**
 * Copies floats out of the core and frees the region.
 *
 * @returns Memory of the caller's own, which no call of the core touches.
 */
export function takeFloats(region: CoreFloats): Float32Array<ArrayBuffer> {
  const floats = viewFloats(region).slice();
  region.free();
  return floats;
}

/**
 * Copies arrays into the core, one behind the other. The caller frees the region.
 *
 * @throws An error that `readCoreError` reads as `out_of_memory`, if there is no room.
 */
export function floatsInCore(parts: readonly Float32Array[]): CoreFloats {
  const region = new CoreFloats(parts.reduce((sum, { length }) => sum + length, 0));
  const view = viewFloats(region);
  let at = 0;
  for (const part of parts) {
    view.set(part, at);
    at += part.length;
  }
  return region;
}
