/**
 * A file of weights that is nowhere: its bytes are produced when they are read.
 *
 * ONNX Runtime's JSPI build reads external data by `blob.slice(offset, end).stream()`, one weight after the other, so the
 * peak of memory is one chunk beside what the device holds.
 *
 * @module
 */
import { collect } from "./weight_source.ts";

/** A stretch of the file that a producer fills. */
export interface BlobPart {
  /** First byte in the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly byteLength: number;
  /** Produces exactly `byteLength` bytes; each chunk has a buffer of its own. */
  chunks(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A Blob over parts. Gaps between parts read as zeros. */
export class WeightBlob extends Blob {
  readonly #parts: readonly BlobPart[];
  readonly #fileSize: number;
  readonly #start: number;
  readonly #end: number;

  /**
   * Lays parts out as a file.
   *
   * @param parts In the order of their offsets, without overlap.
   * @param fileSize Size of the file, bytes.
   * @param start First byte of this view. Default: 0.
   * @param end One past the last byte of this view. Default: the end of the file.
   * @throws {RangeError} If parts overlap, are out of order or leave the file.
   */
  constructor(parts: readonly BlobPart[], fileSize: number, start = 0, end: number = fileSize) {
    super();
    let last = 0;
    for (const { offset, byteLength } of parts) {
      if (offset < last || offset + byteLength > fileSize) {
        throw new RangeError(
          `Expected parts in order within ${fileSize} bytes: found ${byteLength} at ${offset} after ${last}`,
        );
      }
      last = offset + byteLength;
    }
    this.#parts = parts;
    this.#fileSize = fileSize;
    this.#start = start;
    this.#end = end;
  }

  /** Bytes of this view. */
  override get size(): number {
    return this.#end - this.#start;
  }

  /** A view of a range, by the rules of `Blob.slice`: negative offsets count from the end. */
  override slice(start = 0, end: number = this.size): WeightBlob {
    const clamp = (offset: number) => offset < 0 ? Math.max(this.size + offset, 0) : Math.min(offset, this.size);
    const from = this.#start + clamp(start);
    const to = Math.max(from, this.#start + clamp(end));
    const parts = this.#parts.filter(({ offset, byteLength }) => offset < to && offset + byteLength > from);
    return new WeightBlob(parts, this.#fileSize, from, to);
  }

  /** A byte stream, so that a reader may bring its own buffer. */
  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const chunks = this.#produce();
    return new ReadableStream({
      type: "bytes",
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(value);
        controller.close();
        controller.byobRequest?.respond(0);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    });
  }

  /** All bytes of this view. */
  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await collect(this.#produce(), this.size);
  }

  /** All bytes of this view. */
  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  /** All bytes of this view, as UTF-8. */
  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /** Chunks of this view; none is empty. */
  async *#produce(): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
    let position = this.#start;
    for (const part of this.#parts) {
      yield* zeros(part.offset - position);
      position = Math.max(position, part.offset);
      let chunkStart = part.offset;
      for await (const chunk of part.chunks()) {
        const from = Math.max(position - chunkStart, 0);
        const to = Math.min(this.#end - chunkStart, chunk.length);
        // Before the chunk is given away: whoever takes it may transfer its buffer.
        const next = chunkStart + chunk.length;
        if (from < to) {
          position = chunkStart + to;
          yield from === 0 && to === chunk.length ? chunk : chunk.slice(from, to);
        }
        chunkStart = next;
        if (position >= this.#end) break;
      }
      const partEnd = Math.min(part.offset + part.byteLength, this.#end);
      if (position < partEnd) {
        throw new RangeError(`Expected ${part.byteLength} bytes from a producer: found ${chunkStart - part.offset}`);
      }
    }
    yield* zeros(this.#end - position);
    return undefined;
  }
}

function* zeros(count: number): Generator<Uint8Array<ArrayBuffer>> {
  const step = 1024 * 1024;
  for (let left = count; left > 0; left -= step) yield new Uint8Array(Math.min(left, step));
}
