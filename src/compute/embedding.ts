import { AdapterError, InvalidRequestError, LimbusError } from "../core/errors.ts";
import type { PlaceholderRange } from "../core/generate.ts";
import { CoreBytes, CoreEmbeddingTable } from "./core.ts";
import { readCoreError } from "./core_error.ts";
import { FLOAT_BYTES, type FloatType } from "./dtype.ts";
import { floatsInCore, takeFloats, viewBytes, viewPart } from "./region.ts";

/** The encoder rows of one media item and where they go. */
export interface ItemRows {
  /** What the item is called in errors, such as `image 0`. */
  readonly name: string;
  /** Its ranges in the order of its rows. */
  readonly ranges: readonly Pick<PlaceholderRange, "offset" | "length" | "isEmbed">[];
  /** Encoder output, `[rows, hidden]`; as many rows as the ranges have embed positions. */
  readonly rows: Float32Array;
}

/**
 * The table of token embeddings, kept once, in the core's memory, in the format of the checkpoint.
 *
 * @example
 * ```ts
 * import { EmbeddingTable } from "./embedding.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using table = new EmbeddingTable({ rows: 3, hiddenSize: 2, type: "float32" });
 * table.write(0, new Uint8Array(new Float32Array([0, 1, 10, 11, 20, 21]).buffer));
 * const image = { name: "image 0", ranges: [{ offset: 1, length: 1 }], rows: new Float32Array([7, 8]) };
 * assertEquals([...table.embedInputIds([2, 99, 1], [image])], [20, 21, 7, 8, 10, 11]);
 * ```
 */
export class EmbeddingTable implements Disposable {
  /** Number of token ids that have an embedding. */
  readonly rows: number;
  /** Elements of a row. */
  readonly hiddenSize: number;
  /** How an element is stored. */
  readonly type: FloatType;
  /** Bytes of the whole table. */
  readonly byteLength: number;
  readonly #scale: number;
  readonly #table: CoreEmbeddingTable;

  /**
   * Takes the memory; {@linkcode write} fills it.
   *
   * @param shape The table's shape and format; `scale` multiplies token embeddings (not encoder rows). Default: 1.
   * @throws {LimbusError} Code `out_of_memory`, if the core cannot hold it.
   */
  constructor(shape: { rows: number; hiddenSize: number; type: FloatType; scale?: number }) {
    this.rows = shape.rows;
    this.hiddenSize = shape.hiddenSize;
    this.type = shape.type;
    this.byteLength = shape.rows * shape.hiddenSize * FLOAT_BYTES[shape.type];
    this.#scale = shape.scale ?? 1;
    if (!(this.byteLength > 0 && this.byteLength < 2 ** 32)) {
      throw new LimbusError(
        "out_of_memory",
        `Expected an embedding table of 1 byte to 4 GiB: found ${this.byteLength}`,
      );
    }
    this.#table = attempt(() => new CoreEmbeddingTable(shape.rows, shape.hiddenSize, shape.type));
  }

  /**
   * Puts a part of the table into place, so that the table need not be in memory twice.
   *
   * @param offset First byte of the part in the table.
   * @param part Little-endian elements of `type`; a part may begin or end inside an element.
   * @throws {RangeError} If the part does not lie in the table.
   */
  write(offset: number, part: Uint8Array): void {
    if (offset < 0 || offset + part.byteLength > this.byteLength) {
      throw new RangeError(
        `Expected a part inside ${this.byteLength} bytes: found ${offset} to ${offset + part.byteLength}`,
      );
    }
    viewPart(this.#table, offset, part.byteLength).set(part);
  }

  /**
   * Looks up token embeddings and puts encoder rows in their places, in one pass.
   *
   * @param ids Prompt after expansion, `[num_tokens]`; an id at an embed position is not looked up.
   * @param items Media items of the prompt, in any order.
   * @returns `inputs_embeds`, `[num_tokens, hidden]`.
   * @throws {AdapterError} If an item has more or fewer rows than embed positions, or ranges overlap or lie outside.
   * @throws {InvalidRequestError} If an id has no embedding.
   */
  embedInputIds(ids: ArrayLike<number>, items: readonly ItemRows[] = []): Float32Array<ArrayBuffer> {
    const hidden = this.hiddenSize;
    const ranges: number[] = [];
    const masks: Uint8Array[] = [];
    const counts = new Uint32Array(items.length);
    items.forEach((item, index) => {
      counts[index] = item.rows.length / hidden;
      let embeds = 0;
      for (const { offset, length, isEmbed } of item.ranges) {
        ranges.push(index, offset, length, isEmbed ? 1 : 0);
        embeds += isEmbed ? isEmbed.reduce((sum, flag) => sum + (flag ? 1 : 0), 0) : length;
        if (isEmbed && isEmbed.length !== length) throw outOfRange(item.name);
        if (isEmbed) masks.push(isEmbed);
        if (offset < 0 || offset + length > ids.length) throw outOfRange(item.name);
      }
      if (item.rows.length !== embeds * hidden) {
        const found = item.rows.length / hidden;
        const size = Number.isInteger(found) ? `${found}` : `${item.rows.length} numbers`;
        throw new AdapterError(
          `Expected ${embeds} encoder rows of ${hidden} for ${item.name}, one for each embed position: found ${size}`,
        );
      }
    });
    return attempt(() => {
      using flags = new CoreBytes(masks.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const mask of masks) {
        viewBytes(flags).set(mask, at);
        at += mask.length;
      }
      using rows = floatsInCore(items.map(({ rows }) => rows));
      return takeFloats(
        this.#table.embedInputIds(Uint32Array.from(ids), Uint32Array.from(ranges), flags, rows, counts, this.#scale),
      );
    });
  }

  /** Gives the memory back; the table must not be used afterwards. */
  [Symbol.dispose](): void {
    this.#table.free();
  }
}

function outOfRange(name: string): AdapterError {
  return new AdapterError(`Expected the ranges and masks of ${name} to lie in the prompt: found a part outside`);
}

function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = readCoreError(error);
    if (code === "adapter_mismatch") throw new AdapterError(message);
    if (code === "invalid_token_id") throw new InvalidRequestError(message, { code });
    throw new LimbusError(code, message, { cause: error });
  }
}
