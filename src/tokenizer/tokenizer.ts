import { type CoreDecodeStream, CoreFingerprint, CoreTokenizer } from "../compute/core.ts";
import { viewPart, viewWords } from "../compute/region.ts";
import { CheckpointError, InvalidRequestError } from "../core/errors.ts";
import type { Origin, PromptSegment } from "../core/segment.ts";

/** Name of the file beside `tokenizer.json` that holds its compact form. */
export const TOKENIZER_BINARY = "tokenizer.limbus";

/** Options of {@linkcode Tokenizer.encode}. */
export interface EncodeOptions {
  /** Whether the tokens of the post-processor, such as `<s>` in front, are added. Default: true. */
  readonly addSpecialTokens?: boolean;
}

/** Options of {@linkcode Tokenizer.encodeSegments}. */
export interface EncodeSegmentsOptions extends EncodeOptions {
  /** Texts of added tokens that stand for media although they are not marked special; a user cannot write them. */
  readonly placeholders?: readonly string[];
}

/** Options of decoding. */
export interface DecodeOptions {
  /** Whether special tokens are left out. Default: false. */
  readonly skipSpecialTokens?: boolean;
}

/** Who wrote the bytes of an id, as a number: 0 template, 1 user, 2 item. */
export const ORIGIN_CODES: Readonly<Record<Origin, number>> = { template: 0, user: 1, item: 2 };

/** Bytes of a file that are given to the core at a time. */
const FINGERPRINT_PART = 1 << 18;

const ENCODER = new TextEncoder();
/** Not `fatal`: engines have a faster way where nothing can throw. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** A prompt as ids, each with where it comes from. */
export interface EncodedPrompt {
  /** Token ids. Shape `[num_tokens]`. */
  readonly ids: Uint32Array;
  /**
   * Index of the segment that each id comes from: the first user segment of which it holds a byte, else the first
   * segment at all; -1 where the post-processor added it. Shape `[num_tokens]`.
   */
  readonly segmentIndex: Int32Array;
  /** Who wrote each id, in {@linkcode ORIGIN_CODES}; the post-processor counts as template. Shape `[num_tokens]`. */
  readonly origins: Uint8Array;
}

/** Turns ids into text as they come. The pieces, put together, are what {@linkcode Tokenizer.decode} gives for all. */
export interface DecodeStream {
  /** Text that is certain once this id has come; may be empty, never ends within a character. O(1) for each id. */
  push(id: number): string;
  /** Text that was held back; the stream then begins anew. */
  flush(): string;
}

/**
 * A tokenizer as `tokenizer.json` describes it. Ids and texts are those of Hugging Face `tokenizers`.
 *
 * Lone surrogates in a text count as U+FFFD.
 *
 * @example
 * ```ts
 * import { Tokenizer } from "./tokenizer.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using tokenizer = Tokenizer.fromJSON({
 *   added_tokens: [{ id: 3, content: "<s>", special: true }],
 *   model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] },
 *   decoder: { type: "Fuse" },
 * });
 * assertEquals([...tokenizer.encode("<s>aab").ids], [3, 0, 2]);
 * assertEquals(tokenizer.decode([3, 0, 2], { skipSpecialTokens: true }), "aab");
 * ```
 */
export class Tokenizer implements Disposable {
  readonly #core: CoreTokenizer;
  /** Largest id plus one; ids below it may stand for nothing. */
  readonly vocabSize: number;

  private constructor(core: CoreTokenizer) {
    this.#core = core;
    this.vocabSize = core.idBound();
  }

  /**
   * Loads a `tokenizer.json`.
   *
   * @param json The file's bytes or text, or the object that it holds.
   * @throws {CheckpointError} If the file is broken or asks for something that is not supported; `param` is
   *   `tokenizer.json: ` and the JSON path, such as `normalizer.normalizers[1].type`.
   */
  static fromJSON(json: Uint8Array | string | object): Tokenizer {
    return new Tokenizer(
      readable(() =>
        json instanceof Uint8Array
          ? CoreTokenizer.fromJsonBytes(json)
          : CoreTokenizer.fromJson(typeof json === "string" ? json : JSON.stringify(json))
      ),
    );
  }

  /**
   * Loads the compact form of a tokenizer, which {@linkcode Tokenizer.binaryOf} makes: some ten times as fast as
   * {@linkcode Tokenizer.fromJSON}, and the same tokenizer.
   *
   * @param binary The compact form.
   * @param json Bytes of the `tokenizer.json` that it must have been made from.
   * @throws {CheckpointError} If it was not, or is damaged, or of another version of the format.
   */
  static fromBinary(binary: Uint8Array, json: Uint8Array): Tokenizer {
    // By parts, so that a file that is only looked at takes no memory of the core's.
    using fingerprint = new CoreFingerprint();
    for (let at = 0; at < json.length; at += FINGERPRINT_PART) {
      fingerprint.update(json.subarray(at, at + FINGERPRINT_PART));
    }
    try {
      return new Tokenizer(CoreTokenizer.fromBinary(binary, fingerprint));
    } catch (error) {
      if (typeof error !== "string") throw error;
      throw new CheckpointError(`Expected the compact form of the tokenizer.json: found one that is ${error}`, {
        param: TOKENIZER_BINARY,
        hint: "`deno task prepare` writes it anew",
      });
    }
  }

  /**
   * Makes the compact form of a tokenizer. Whatever it holds, it is only of use together with the same `tokenizer.json`.
   *
   * @param json Bytes of the `tokenizer.json`.
   * @returns The compact form; undefined for the rare vocabularies that it cannot say (two tokens with one id).
   * @throws {CheckpointError} As {@linkcode Tokenizer.fromJSON}.
   */
  static binaryOf(json: Uint8Array): Uint8Array | undefined {
    return readable(() => CoreTokenizer.binaryOf(json));
  }

  /**
   * Ids of a text; added tokens in it, special ones too, are read as such.
   *
   * @throws {InvalidRequestError} If a part of the text is not in the vocabulary and that has no unknown token.
   */
  encode(text: string, options: EncodeOptions = {}): { ids: Uint32Array } {
    const core = this.#core;
    // The text is written into the core's memory at once; a UTF-16 unit takes three bytes of UTF-8 at most.
    const room = core.textAddress(text.length * 3);
    const { written } = ENCODER.encodeInto(text, viewPart({ address: room }, 0, text.length * 3));
    const count = encoded(() => core.encodeText(written, options.addSpecialTokens ?? true));
    return { ids: viewWords({ address: core.idsAddress(), length: count }).slice() };
  }

  /**
   * Ids of a prompt made of segments.
   *
   * The segments are encoded as one text, so the ids are those of {@linkcode encode}, except that an added token that is
   * special, or one of `placeholders`, is never read from bytes of a `user` segment: there it is plain text. An added
   * token that touches an `item` segment must lie inside it.
   *
   * @throws {InvalidRequestError} As {@linkcode encode}.
   */
  encodeSegments(segments: readonly PromptSegment[], options: EncodeSegmentsOptions = {}): EncodedPrompt {
    const texts = segments.map((segment) => segment.text.toWellFormed());
    const codes = Uint8Array.from(segments, (segment) => ORIGIN_CODES[segment.origin]);
    const both = encoded(() =>
      this.#core.encodeSegments(
        texts.join(""),
        Uint32Array.from(texts, (text) => text.length),
        codes,
        [...options.placeholders ?? []],
        options.addSpecialTokens ?? true,
      )
    );
    const ids = both.slice(0, both.length / 2);
    const segmentIndex = new Int32Array(both.slice(ids.length).buffer);
    const origins = Uint8Array.from(segmentIndex, (index) => index < 0 ? ORIGIN_CODES.template : codes[index]);
    return { ids, segmentIndex, origins };
  }

  /**
   * Whether a processor adds the post-processor's tokens to a rendered prompt: yes, unless the prompt begins with the
   * bos token already (the rule of transformers' `ProcessorMixin.apply_chat_template`).
   *
   * @param rendered The prompt, or its first segments put together.
   * @param bosToken Text of the bos token; undefined if the tokenizer has none.
   */
  static addsSpecialTokens(rendered: string, bosToken: string | undefined): boolean {
    return bosToken === undefined || !rendered.startsWith(bosToken);
  }

  /** Text of ids. An id that stands for nothing is left out; bytes that are no character become U+FFFD. */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const core = this.#core;
    viewWords({ address: core.idsRoom(ids.length), length: ids.length }).set(ids);
    core.decodeIds(ids.length, options.skipSpecialTokens ?? false);
    const address = core.decodedStart();
    return DECODER.decode(viewPart({ address }, 0, core.decodedEnd() - address));
  }

  /** A stream that decodes ids as they come. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    const stream: CoreDecodeStream = this.#core.decodeStream(options.skipSpecialTokens ?? false);
    return { push: (id) => stream.push(id), flush: () => stream.flush() };
  }

  /** Texts of the added tokens, in the order of the file. */
  addedTokens(): string[] {
    return this.#core.addedTokens();
  }

  /** Id of a token, by its text in the file. */
  tokenToId(token: string): number | undefined {
    return this.#core.tokenToId(token);
  }

  /** Text of a token in the file: `Ġthe`, `▁the`, `<0x0A>`. */
  idToToken(id: number): string | undefined {
    return this.#core.idToToken(id);
  }

  /** Bytes that an id adds to a text, wherever it stands; may be part of a character, empty if it stands for nothing. */
  tokenBytes(id: number): Uint8Array {
    return this.#core.tokenBytes(id);
  }

  /** Whether an id is a special token. */
  isSpecial(id: number): boolean {
    return this.#core.isSpecial(id);
  }

  /** Gives the core's memory back; the tokenizer cannot be used any more. Streams keep working. */
  free(): void {
    this.#core.free();
  }

  /** Same as {@linkcode free}. */
  [Symbol.dispose](): void {
    this.free();
  }
}

/** What the core makes of a file; it throws a path and a message where the file is to blame. */
function readable<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!Array.isArray(error)) throw error;
    const [path, message] = error as [string, string];
    throw new CheckpointError(message, { param: path === "" ? "tokenizer.json" : `tokenizer.json: ${path}` });
  }
}

/** What the core gives; it throws a text where the request is to blame. */
function encoded<T>(encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (typeof error !== "string") throw error;
    throw new InvalidRequestError(error);
  }
}
