/**
 * From the media parts of a request to items with tensors: fetch, read the header, check, process.
 *
 * @module
 */
import { InvalidRequestError, LimbusError, MediaDecodeError, UnsupportedModalityError } from "../core/errors.ts";
import type { MediaPart, Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import { type ItemTensors, type MultiModalField, splitByItem } from "./field.ts";
import { probeImage } from "./image.ts";

/** A media item whose bytes are here and whose header is read. */
export interface MediaItem {
  /** Kind of media. */
  readonly modality: Modality;
  /** Index among the items of its modality, in the order of the request. */
  readonly index: number;
  /** Path in the request, for errors. */
  readonly param: string;
  /** The file as it came. */
  readonly bytes: Uint8Array;
  /** From the header, pixels. */
  readonly width: number;
  /** From the header, pixels. */
  readonly height: number;
}

/** An item ready for its encoder. */
export interface ProcessedItem extends MediaItem {
  /** By field. */
  readonly tensors: ItemTensors;
}

/** Does `work` for one item; an error that names no input gets the item's path. */
async function forItem<T>(param: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LimbusError && error.param === undefined) {
      Object.defineProperty(error, "param", { value: param, enumerable: true });
    }
    throw error;
  }
}

/**
 * Checks the number of items before anything is fetched.
 *
 * @param limits Items per prompt: absent = unsupported, null = unlimited.
 * @throws {UnsupportedModalityError} If the model takes no items of a modality.
 * @throws {InvalidRequestError} If there are too many; `param` names the first one over the limit.
 */
export function checkItemLimits(
  parts: readonly MediaPart[],
  limits: Readonly<Partial<Record<Modality, number | null>>>,
): void {
  const counts = new Map<Modality, number>();
  for (const { modality, param } of parts) {
    const limit = limits[modality];
    const count = (counts.get(modality) ?? 0) + 1;
    counts.set(modality, count);
    if (limit === undefined) {
      const known = Object.keys(limits).join(", ") || "text only";
      throw new UnsupportedModalityError(`Expected input that the model takes (${known}): found ${modality}`, {
        param,
      });
    }
    if (limit !== null && count > limit) {
      const total = parts.filter((part) => part.modality === modality).length;
      throw new InvalidRequestError(`Expected at most ${limit} ${modality} items in one prompt: found ${total}`, {
        param,
        code: "too_many_media_items",
        hint: "The server's limit is LIMBUS_LIMIT_MM_PER_PROMPT",
      });
    }
  }
}

/**
 * Fetches items and reads their headers; pixels are not decoded yet.
 *
 * @param parts In the order of the request.
 * @param fetch Gets the bytes of one part, within the server's limits.
 * @param maxPixels Most pixels that a header may promise.
 * @returns One item for each part, in the same order.
 */
export function resolveItems(
  parts: readonly MediaPart[],
  fetch: (part: MediaPart) => Promise<Uint8Array>,
  maxPixels: number,
): Promise<MediaItem[]> {
  const counts = new Map<Modality, number>();
  return Promise.all(parts.map((part) => {
    const { modality, param } = part;
    const index = counts.get(modality) ?? 0;
    counts.set(modality, index + 1);
    return forItem(param, async () => {
      const bytes = await fetch(part);
      const { width, height } = probeImage(bytes);
      if (width * height > maxPixels) {
        throw new MediaDecodeError(`Expected a picture of at most ${maxPixels} pixels: found ${width} x ${height}`, {
          code: "image_too_large",
        });
      }
      return { modality, index, param, bytes, width, height };
    });
  }));
}

/**
 * Decodes and transforms items into tensors.
 *
 * @param process The checkpoint's processor for a modality.
 * @param fields How its outputs belong to items.
 */
export async function processItems(
  items: readonly MediaItem[],
  process: (modality: Modality, bytes: Uint8Array) => Promise<Record<string, Tensor>>,
  fields: Readonly<Record<string, MultiModalField>>,
): Promise<ProcessedItem[]> {
  const processed: ProcessedItem[] = [];
  for (const item of items) {
    const outputs = await forItem(item.param, () => process(item.modality, item.bytes));
    processed.push({ ...item, tensors: splitByItem(outputs, fields, 1)[0] });
  }
  return processed;
}
