/* tslint:disable */
/* eslint-disable */
/**
 * How neighbouring pixels are weighed by a resize.
 */

export type ResizeFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

/**
 * What a header says.
 */
export class CoreAudioHeader {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * `wav`, `flac`, `mp3` or `ogg`.
     */
    readonly format: string;
    /**
     * At least 1.
     */
    channels: number;
    /**
     * Samples of each channel that decoding gives.
     */
    numFrames: number;
    /**
     * Hertz.
     */
    samplingRate: number;
}

/**
 * Bytes in the core's memory.
 */
export class CoreBytes {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Takes the memory, zeroed.
     */
    constructor(length: number);
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     */
    resize(length: number): void;
    /**
     * First byte in the core's memory; another one after `resize`.
     */
    readonly address: number;
    /**
     * Number of elements.
     */
    readonly length: number;
}

/**
 * A stream of ids on its way to text.
 */
export class CoreDecodeStream {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Text that was held back.
     */
    flush(): string;
    /**
     * Text that is certain once `id` has come.
     */
    push(id: number): string;
}

/**
 * An embedding table `[rows, hidden]` in the core's memory.
 */
export class CoreEmbeddingTable {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * See `limbus_vecmath::embed`. `ranges` holds (item, offset, length, 1 if masked) for each range, `masks` the masks
     * of those that have one, in that order.
     */
    embedInputIds(ids: Uint32Array, ranges: Uint32Array, masks: CoreBytes, rows: CoreFloats, row_counts: Uint32Array, scale: number): CoreFloats;
    /**
     * Takes the memory, zeroed; `dtype` is `float32`, `float16` or `bfloat16`.
     */
    constructor(rows: number, hidden: number, dtype: string);
    /**
     * First byte of the table in the core's memory, where it is written.
     */
    readonly address: number;
}

/**
 * What tells one `tokenizer.json` from another, from its bytes as they come: they need not be in the core all at once.
 */
export class CoreFingerprint {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * That of nothing.
     */
    constructor();
    /**
     * Takes the next bytes.
     */
    update(bytes: Uint8Array): void;
}

/**
 * 32-bit floats in the core's memory.
 */
export class CoreFloats {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Takes the memory, zeroed.
     */
    constructor(length: number);
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     */
    resize(length: number): void;
    /**
     * First byte in the core's memory; another one after `resize`.
     */
    readonly address: number;
    /**
     * Number of elements.
     */
    readonly length: number;
}

/**
 * BLAKE3 of bytes that come in parts.
 */
export class CoreHasher {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The digest of what was taken so far, 32 bytes, in hexadecimal.
     */
    digest(): string;
    /**
     * Has seen nothing.
     */
    constructor();
    /**
     * Takes the first `length` bytes of a region.
     */
    update(bytes: CoreBytes, length: number): void;
}

/**
 * Upright RGB pixels in the core's memory.
 */
export class CoreImage {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The part of `width` x `height` pixels whose first one is (`x`, `y`).
     */
    crop(x: number, y: number, width: number, height: number): CoreImage;
    /**
     * Decodes a picture file; `drop_alpha` leaves transparency out where it would be composited onto white.
     */
    static decode(bytes: Uint8Array, max_pixels: number, drop_alpha: boolean): CoreImage;
    /**
     * Takes pixels `[height, width, 3]`.
     */
    static fromPixels(data: Uint8Array, width: number, height: number): CoreImage;
    /**
     * The picture with a border of `color`, three levels.
     */
    pad(left: number, top: number, right: number, bottom: number, color: Uint8Array): CoreImage;
    /**
     * The picture in the middle of a square of its longer side, on a plain colour.
     */
    padToSquare(red: number, green: number, blue: number): CoreImage;
    /**
     * A copy of the pixels, `[height, width, 3]`.
     */
    pixels(): Uint8Array;
    /**
     * Resizes the whole picture to `width` x `height`, as torchvision does.
     */
    resize(width: number, height: number, filter: ResizeFilter): CoreImage;
    /**
     * Resizes the whole picture to `width` x `height`, as Pillow 12 does.
     */
    resizeAsPillow(width: number, height: number, filter: ResizeFilter): CoreImage;
    /**
     * Resizes to `width` x `height`, as torchvision does, and writes patches `[num_patches, 3, frames, size, size]` into
     * `out` from `offset` on, those of a cell of `merge` x `merge` together, each value looked up in its channel's 256
     * entries of `tables`.
     */
    writePatches(width: number, height: number, filter: ResizeFilter, size: number, merge: number, frames: number, tables: Float32Array, out: any, offset: number): void;
    /**
     * Resizes to `width` x `height`, as torchvision does, and writes the part of `part_width` x `part_height` pixels at
     * (`x`, `y`) into `out` from `offset` on, as `[3, part_height, part_width]`, each value looked up in its channel's 256
     * entries of `tables`. The part may reach beyond the picture, where every level is 0.
     */
    writePlanes(width: number, height: number, x: number, y: number, part_width: number, part_height: number, filter: ResizeFilter, tables: Float32Array, out: any, offset: number): void;
    /**
     * Pixels.
     */
    readonly height: number;
    /**
     * Pixels.
     */
    readonly width: number;
}

/**
 * What a header says: sizes are upright, `channels` those stored.
 */
export class CoreImageHeader {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * 1 to 4.
     */
    channels: number;
    /**
     * `png`, `jpeg`, `webp`, `gif` or `bmp`.
     */
    format: string;
    /**
     * Pictures in the file; the first is decoded.
     */
    frames: number;
    /**
     * Pixels.
     */
    height: number;
    /**
     * Pixels.
     */
    width: number;
}

/**
 * The log-mel transform of a checkpoint.
 */
export class CoreLogMel {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Features `[num_mels, num_samples / hop]`; `num_samples` is more than half of `n_fft`.
     */
    features(samples: Float32Array, num_samples: number, padding: number): Float32Array;
    /**
     * The caller has checked the ranges: `n_fft` is even, the others are above zero.
     */
    constructor(num_mels: number, sampling_rate: number, n_fft: number, hop: number);
}

/**
 * Chooses the tokens of one sequence.
 */
export class CoreSampler {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Log-probabilities of the last choice, if it was asked for them: its own, then pairs of id and log-probability.
     */
    logprobs(): Float64Array;
    /**
     * See `limbus_vecmath::sampling::Params`; the caller has checked the ranges.
     */
    constructor(temperature: number, top_k: number, top_p: number, min_p: number, repetition_penalty: number, presence_penalty: number, frequency_penalty: number, seed: number);
    /**
     * Tells it tokens of the answer.
     */
    observeAnswer(ids: Uint32Array): void;
    /**
     * Tells it tokens of the prompt.
     */
    observePrompt(ids: Uint32Array): void;
    /**
     * Chooses one token and gives its id. Overwrites the logits. A negative `num_logprobs` asks for none.
     */
    sample(logits: CoreFloats, position: number, banned: Uint32Array, num_logprobs: number): number;
    /**
     * What is added to the logits of tokens; one bias for each id.
     */
    setBias(ids: Uint32Array, biases: Float32Array): void;
}

/**
 * A tokenizer in the core's memory, with room for a text that comes and for the ids that go.
 */
export class CoreTokenizer {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Texts of the added tokens.
     */
    addedTokens(): string[];
    /**
     * The compact form of what a `tokenizer.json` describes, if there is one; throws `[path, message]`.
     */
    static binaryOf(json: Uint8Array): Uint8Array | undefined;
    /**
     * Decodes the ids that were written to that room. Their text lies between `decodedStart` and `decodedEnd`, good until the
     * next call; bytes in it that are no UTF-8 stand for U+FFFD, as the Encoding Standard has it.
     */
    decodeIds(count: number, skip_special: boolean): void;
    /**
     * A stream that decodes ids as they come.
     */
    decodeStream(skip_special: boolean): CoreDecodeStream;
    /**
     * Address behind it.
     */
    decodedEnd(): number;
    /**
     * Address of the last decoded text.
     */
    decodedStart(): number;
    /**
     * Ids of segments that lie end to end in `text`, then, behind them, as many indices of segments (-1 as 0xffffffff).
     * `lengths` are in UTF-16 units; `origins` are 0 template, 1 user, 2 item. Throws a message.
     */
    encodeSegments(text: string, lengths: Uint32Array, origins: Uint8Array, placeholders: string[], add_special_tokens: boolean): Uint32Array;
    /**
     * Number of ids of the text that was written to that room; they lie at `idsAddress`. Throws a message.
     */
    encodeText(bytes: number, add_special_tokens: boolean): number;
    /**
     * Loads the compact form that was made from the `tokenizer.json` of this fingerprint; throws what is wrong with it.
     */
    static fromBinary(binary: Uint8Array, json: CoreFingerprint): CoreTokenizer;
    /**
     * Loads a `tokenizer.json`; throws `[path, message]`.
     */
    static fromJson(json: string): CoreTokenizer;
    /**
     * Loads the bytes of a `tokenizer.json`; throws `[path, message]`.
     */
    static fromJsonBytes(json: Uint8Array): CoreTokenizer;
    /**
     * Largest id plus one.
     */
    idBound(): number;
    /**
     * Token of an id.
     */
    idToToken(id: number): string | undefined;
    /**
     * Where the ids of the last text are, good until the next call.
     */
    idsAddress(): number;
    /**
     * Address of room for so many ids, good until the next call; throws an error if there is none.
     */
    idsRoom(count: number): number;
    /**
     * Whether an id is special.
     */
    isSpecial(id: number): boolean;
    /**
     * Address of room for a text of so many bytes, good until the next call; throws an error if there is none.
     */
    textAddress(bytes: number): number;
    /**
     * Bytes of an id.
     */
    tokenBytes(id: number): Uint8Array;
    /**
     * Id of a token.
     */
    tokenToId(token: string): number | undefined;
}

/**
 * 32-bit unsigned integers in the core's memory.
 */
export class CoreWords {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Takes the memory, zeroed.
     */
    constructor(length: number);
    /**
     * Changes the number of elements; what is there stays, what is new is zero. A smaller region keeps its room.
     */
    resize(length: number): void;
    /**
     * First byte in the core's memory; another one after `resize`.
     */
    readonly address: number;
    /**
     * Number of elements.
     */
    readonly length: number;
}

/**
 * Converts the first `count` little-endian elements from one of `float32`, `float16`, `bfloat16` to another.
 */
export function convertElements(from: CoreBytes, from_dtype: string, to: CoreBytes, to_dtype: string, count: number): void;

/**
 * The memory in which all regions lie; it grows, and its older views are then of length zero.
 */
export function coreMemory(): any;

/**
 * Samples of one channel at a rate; both have been checked to be above zero.
 */
export function decodeAudioMono(bytes: Uint8Array, sampling_rate: number, max_seconds: number): Float32Array;

/**
 * Gives every item of a prompt its place.
 *
 * `target_kinds`: 0 tokens, 1 start, 2 prefix, 3 end; the tokens of target `i` end at `target_ends[i]` in
 * `target_tokens`. The alternatives of group `i` end at `group_ends[i]` in `alternative_targets` and
 * `alternative_inserts` (1: insert). `origins` is empty, or 1 where a user wrote the token.
 *
 * Returns the number of placements; `item, alternative, start, end` of each; then `item, reason` of every item without
 * a place (reason 0: unmatched, 1: conflict).
 */
export function planPromptUpdates(prompt: Uint32Array, origins: Uint8Array, target_kinds: Uint8Array, target_tokens: Uint32Array, target_ends: Uint32Array, alternative_targets: Uint32Array, alternative_inserts: Uint8Array, group_ends: Uint32Array, item_groups: Uint32Array): Uint32Array;

/**
 * Reads the header of a sound file.
 */
export function probeAudioHeader(bytes: Uint8Array): CoreAudioHeader;

/**
 * Reads the header of a picture file.
 */
export function probeImageHeader(bytes: Uint8Array): CoreImageHeader;

/**
 * Samples at another rate; both have been checked to be above zero.
 */
export function resampleMono(samples: Float32Array, from: number, to: number): Float32Array;
