/**
 * Media items on their way: what is known of one before its content is decoded, and what it is after.
 *
 * @module
 */
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";

/** What every item has. */
export interface ItemBase {
  /** Kind of media. */
  readonly modality: Modality;
  /** Index among the items of its modality, in the order of the request. */
  readonly index: number;
}

/** A picture, known from its header. */
export interface ImageInfo extends ItemBase {
  /** Says that this is a picture. */
  readonly kind: "image";
  /** Pixels, upright. */
  readonly width: number;
  /** Pixels, upright. */
  readonly height: number;
}

/** A sound, known from its header. */
export interface AudioInfo extends ItemBase {
  /** Says that this is a sound. */
  readonly kind: "audio";
  /** Samples after resampling to the model's rate. */
  readonly numSamples: number;
}

/** Precomputed rows: nothing is left to process. */
export interface EmbedsInfo extends ItemBase {
  /** Says that these are rows. */
  readonly kind: "embeds";
  /** Number of rows. */
  readonly numRows: number;
  /** The rows as `{modality}_embeds`, float32 `[num_rows, hidden_size]`, and what the family asks for beside them. */
  readonly tensors: ItemTensors;
}

/** What is known of an item before its content is decoded. */
export type ItemInfo = ImageInfo | AudioInfo | EmbedsInfo;

/** The tensors of one item, by field. */
export type ItemTensors = Readonly<Record<string, Tensor>>;

/** Settings of a family's media processors in one request, checked. */
export type ProcessorKwargs = Readonly<Record<string, unknown>>;

/** What a processor works within. */
export interface ProcessOptions {
  /** Most pixels of one picture, from its header. */
  readonly maxPixels?: number;
  /** What becomes of transparent pictures: composited on white, or alpha dropped. Default: `white`. */
  readonly alpha?: "white" | "drop";
  /** Longest sound, from its header, seconds. */
  readonly maxSeconds?: number;
  /** The request's settings. Default: none. */
  readonly kwargs?: ProcessorKwargs;
}

/**
 * Turns items of one modality into named tensors, as the checkpoint's own processor would.
 *
 * @param items Pictures: files as they came. Sounds: samples of one channel at the model's rate.
 * @returns The tensors, named as in `transformers` (`pixel_values`); the fields say how they belong to the items.
 */
export type Processor<Item> = (items: readonly Item[], options: ProcessOptions) => Promise<Record<string, Tensor>>;
