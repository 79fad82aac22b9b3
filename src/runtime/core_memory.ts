import { DeviceMemoryError } from "../core/errors.ts";

const PAGE = 65536;
/** Pages that 32 bits can address. */
const MAX_PAGES = 65536;
/** Bytes to which everything is aligned: a cache line. */
const ALIGNMENT = 64;

/** A free stretch. */
interface Gap {
  start: number;
  end: number;
}

/** The memory of the kernels: shared between threads, grown as needed, given out first fit. */
export class CoreMemory {
  /** For instances of the kernels. */
  readonly memory: WebAssembly.Memory;
  /** In the order of their addresses; the last one reaches to the end of the memory. */
  readonly #gaps: Gap[] = [];
  readonly #sizes = new Map<number, number>();
  #floats: Float32Array;
  #ints: Int32Array;

  /**
   * Reserves addresses; pages are taken when they are written.
   *
   * @param pages Pages to begin with; at least what the module itself uses.
   * @param maxPages Most pages; the kernels ask for all that 32 bits can address.
   */
  constructor(pages = 32, maxPages: number = MAX_PAGES) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: maxPages, shared: true });
    this.#floats = new Float32Array(this.memory.buffer);
    this.#ints = new Int32Array(this.memory.buffer);
  }

  /** Gives out everything behind what the module uses itself. */
  start(heapBase: number): void {
    this.#gaps.push({ start: align(heapBase), end: this.memory.buffer.byteLength });
  }

  /** The whole memory; valid until something is allocated. */
  get floats(): Float32Array {
    return this.#floats;
  }

  /** The same as 32-bit integers. */
  get ints(): Int32Array {
    return this.#ints;
  }

  /**
   * Takes memory; what it holds is undefined.
   *
   * @param byteLength More than 0.
   * @returns Its address, never 0.
   * @throws {DeviceMemoryError} If the addresses or the host's memory are used up; nothing has changed then.
   */
  allocate(byteLength: number): number {
    const size = align(byteLength);
    let index = this.#gaps.findIndex(({ start, end }) => end - start >= size);
    if (index < 0) index = this.#grow(size);
    const gap = this.#gaps[index];
    const at = gap.start;
    gap.start += size;
    if (gap.start === gap.end) this.#gaps.splice(index, 1);
    this.#sizes.set(at, size);
    return at;
  }

  /** Gives memory back. */
  free(at: number): void {
    const size = this.#sizes.get(at);
    if (size === undefined) return;
    this.#sizes.delete(at);
    const behind = this.#gaps.findIndex(({ start }) => start > at);
    const index = behind < 0 ? this.#gaps.length : behind;
    this.#gaps.splice(index, 0, { start: at, end: at + size });
    for (const left of [index, index - 1]) {
      const [gap, next] = [this.#gaps[left], this.#gaps[left + 1]];
      if (!gap || !next || gap.end !== next.start) continue;
      gap.end = next.end;
      this.#gaps.splice(left + 1, 1);
    }
  }

  /** Adds pages at the end; returns the gap that is now large enough. */
  #grow(size: number): number {
    const end = this.memory.buffer.byteLength;
    const last = this.#gaps.at(-1);
    const free = last?.end === end ? end - last.start : 0;
    const pages = Math.ceil((size - free) / PAGE);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      const room = `${Math.ceil(size / 2 ** 20)} MiB more for the networks`;
      throw new DeviceMemoryError(`Expected an input for whose run there is ${room}: found a larger one`, { cause });
    }
    this.#floats = new Float32Array(this.memory.buffer);
    this.#ints = new Int32Array(this.memory.buffer);
    if (free > 0) last!.end = this.memory.buffer.byteLength;
    else this.#gaps.push({ start: end, end: this.memory.buffer.byteLength });
    return this.#gaps.length - 1;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
