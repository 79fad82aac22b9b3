/**
 * From the media parts of a request to items whose headers are read: fetch, probe, check. Nothing is decoded that a limit
 * could still refuse.
 *
 * @module
 */
import { InvalidRequestError, MediaDecodeError } from "../core/errors.ts";
import type { MediaPart, Modality } from "../core/message.ts";
import { type EmbedsRules, readEmbeds } from "./embeds_item.ts";
import { forItem } from "./for_item.ts";
import { probeImage } from "./image.ts";
import type { ItemInfo } from "./item.ts";

/** A media item whose bytes are here and whose header is read. */
export interface MediaItem {
  /** What is known of it. */
  readonly info: ItemInfo;
  /** Path in the request, for errors. */
  readonly param: string;
  /** A picture's file or a sound's samples; nothing for precomputed rows. */
  readonly content?: Uint8Array | Float32Array;
}

/** What {@linkcode resolveItems} works with. */
export interface ResolveOptions extends EmbedsRules {
  /** Gets the bytes of one part, within the server's limits. */
  readonly fetch: (part: MediaPart) => Promise<Uint8Array>;
  /** Most pixels that a header may promise. */
  readonly maxPixels: number;
}

/**
 * Fetches items and reads their headers.
 *
 * @param parts In the order of the request.
 * @returns One item for each part, in the same order.
 * @throws {InvalidRequestError} If files and precomputed rows of one modality are mixed.
 * @throws {LimbusError} If an item cannot be fetched or read, or is above a limit; `param` names it.
 */
export function resolveItems(parts: readonly MediaPart[], options: ResolveOptions): Promise<MediaItem[]> {
  refuseMixing(parts);
  const counts = new Map<Modality, number>();
  return Promise.all(parts.map((part) => {
    const index = counts.get(part.modality) ?? 0;
    counts.set(part.modality, index + 1);
    return forItem(part.param, () => resolveItem(part, index, options));
  }));
}

async function resolveItem(part: MediaPart, index: number, options: ResolveOptions): Promise<MediaItem> {
  const { modality, param, source } = part;
  if (source.kind === "embeds") return { info: readEmbeds(modality, index, source.tensors, options), param };
  if (source.kind === "cached") {
    throw new InvalidRequestError(`Expected ${modality} ${index} to have data: found none, nor anything cached`, {
      code: "media_cache_miss",
      hint: "Send the item again with its data",
    });
  }
  if (source.kind === "samples") {
    throw new InvalidRequestError(`Expected ${modality} ${index} as a file: found samples`);
  }
  const content = await options.fetch(part);
  const { width, height } = probeImage(content);
  if (width * height > options.maxPixels) {
    throw new MediaDecodeError(
      `Expected a picture of at most ${options.maxPixels} pixels: found ${width} x ${height}`,
      {
        code: "image_too_large",
      },
    );
  }
  return { info: { kind: "image", modality, index, width, height }, param, content };
}

function refuseMixing(parts: readonly MediaPart[]): void {
  for (const modality of new Set(parts.map((part) => part.modality))) {
    const own = parts.filter((part) => part.modality === modality);
    const odd = own.find(({ source }) => (source.kind === "embeds") !== (own[0].source.kind === "embeds"));
    if (odd) {
      throw new InvalidRequestError(`Expected ${modality} items to be all files or all embeddings: found both`, {
        param: odd.param,
      });
    }
  }
}
