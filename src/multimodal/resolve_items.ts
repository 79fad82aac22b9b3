/**
 * From the media parts of a request to items whose headers are read: fetch, probe, check. Nothing is decoded that a limit
 * could still refuse.
 *
 * @module
 */
import { InvalidRequestError, MediaDecodeError } from "../core/errors.ts";
import type { MediaPart, Modality } from "../core/message.ts";
import { type AudioRules, resolveAudioFile, resolveSamples } from "./audio_item.ts";
import { type EmbedsRules, readEmbeds } from "./embeds_item.ts";
import { forItem } from "./for_item.ts";
import { probeImage } from "./image.ts";
import type { ItemInfo, ItemTensors } from "./item.ts";
import type { StoredItem } from "./processor_cache.ts";

/** A media item whose bytes are here and whose header is read. */
export interface MediaItem {
  /** What is known of it. */
  readonly info: ItemInfo;
  /** Path in the request, for errors. */
  readonly param: string;
  /** A file, or a sound's samples at the model's rate; nothing for precomputed rows. */
  readonly content?: Uint8Array | Float32Array;
  /** The client's name for it. */
  readonly uuid?: string;
  /** What its processor made of it before, if it was found by its name. */
  readonly tensors?: ItemTensors;
}

/** What {@linkcode resolveItems} works with. */
export interface ResolveOptions extends EmbedsRules, AudioRules {
  /** Gets the bytes of one part, within the server's limits. */
  readonly fetch: (part: MediaPart) => Promise<Uint8Array>;
  /** Most pixels that a header may promise. */
  readonly maxPixels: number;
  /** Finds what was sent before under a client's name. Default: nothing is found. */
  readonly findByUuid?: (modality: Modality, uuid: string) => StoredItem | undefined;
}

/**
 * Fetches items and reads their headers.
 *
 * @param parts In the order of the request.
 * @returns One item for each part, in the same order.
 * @throws {InvalidRequestError} If files and precomputed rows of one modality are mixed, or (code `media_cache_miss`) an item
 * without data is not known.
 * @throws {LimbusError} If an item cannot be fetched or read, or is above a limit; `param` names it.
 */
export async function resolveItems(parts: readonly MediaPart[], options: ResolveOptions): Promise<MediaItem[]> {
  const counts = new Map<Modality, number>();
  const indices = parts.map(({ modality }) => {
    const index = counts.get(modality) ?? 0;
    counts.set(modality, index + 1);
    return index;
  });
  const cached = await findCached(parts, indices, options);
  refuseMixing(parts, cached);
  return await Promise.all(parts.map((part, i) => {
    const { param, uuid } = part;
    const found = cached[i];
    if (found) return { info: { ...found.info, index: indices[i] }, param, uuid, tensors: found.tensors };
    return forItem(param, async () => ({ ...await resolveItem(part, indices[i], options), uuid }));
  }));
}

/** Finds the items that come without data; nothing is fetched if one of them is not there. */
async function findCached(
  parts: readonly MediaPart[],
  indices: readonly number[],
  { findByUuid }: ResolveOptions,
): Promise<(StoredItem | undefined)[]> {
  const found = await Promise.all(
    parts.map(({ modality, source, uuid }) =>
      source.kind === "cached" && uuid !== undefined ? findByUuid?.(modality, uuid) : undefined
    ),
  );
  const missing = parts.flatMap(({ source }, i) => source.kind === "cached" && !found[i] ? [i] : []);
  if (missing.length === 0) return found;
  const names = missing.map((i) => `${parts[i].modality} ${indices[i]}`).join(", ");
  throw new InvalidRequestError(`Expected items without data to be in the processor cache: found no ${names}`, {
    code: "media_cache_miss",
    param: parts[missing[0]].param,
    hint: "Send these items again with their data",
  });
}

async function resolveItem(part: MediaPart, index: number, options: ResolveOptions): Promise<MediaItem> {
  const { modality, param, source } = part;
  if (source.kind === "embeds") return { info: readEmbeds(modality, index, source.tensors, options), param };
  if (source.kind === "samples") {
    if (modality === "audio") return { ...resolveSamples(index, source, options), param };
    throw new InvalidRequestError(`Expected ${modality} ${index} as a file: found samples`);
  }
  const content = await options.fetch(part);
  if (modality === "audio") return { ...resolveAudioFile(index, content, options), param };
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

function refuseMixing(parts: readonly MediaPart[], cached: readonly (StoredItem | undefined)[]): void {
  const kinds = new Map<Modality, boolean>();
  parts.forEach(({ modality, source, param }, i) => {
    const isEmbeds = (cached[i]?.info ?? source).kind === "embeds";
    const first = kinds.get(modality) ?? isEmbeds;
    kinds.set(modality, first);
    if (first !== isEmbeds) {
      throw new InvalidRequestError(`Expected ${modality} items to be all files or all embeddings: found both`, {
        param,
      });
    }
  });
}
