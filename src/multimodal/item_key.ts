/**
 * The names under which processed items are kept: BLAKE3 over all that decides what an item becomes, and for whom.
 *
 * @module
 */
import { hashBytes } from "../compute/hash.ts";
import type { Modality } from "../core/message.ts";
import type { ItemTensors } from "./item.ts";
import { canonicalParts } from "./canonical_bytes.ts";

/** What an item's tensors depend on beside its content. */
export interface ItemScope {
  /** Digest of the checkpoint's configuration, so that no other model's items are taken. */
  readonly model: string;
  /** Whose items these are: clients do not see each other's. Empty where everybody is one. */
  readonly tenant: string;
  /** Settings of the processor: the request's and the server's. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** BLAKE3 of a value, by its canonical bytes, in hexadecimal. */
export function digestValue(value: unknown): string {
  return hashBytes(canonicalParts(value));
}

/**
 * Key of an item by what it holds.
 *
 * @param content A picture's file, a sound's samples, or precomputed tensors.
 */
export function contentKey(
  modality: Modality,
  content: Uint8Array | Float32Array | ItemTensors,
  scope: ItemScope,
): string {
  return digestValue([
    "content",
    modality,
    describeContent(content),
    scope.model,
    scope.tenant,
    scope.settings,
  ]);
}

/**
 * Key of an item by the name that its client gave it. Never that of any content, nor that of another client's name.
 *
 * @param uuid As the client sent it.
 */
export function uuidKey(modality: Modality, uuid: string, scope: ItemScope): string {
  return digestValue(["uuid", modality, uuid, scope.model, scope.tenant, scope.settings]);
}

/** What content is, with its digest; files, samples and tensors of the same bytes are apart. */
function describeContent(content: Uint8Array | Float32Array | ItemTensors): unknown {
  if (content instanceof Uint8Array) return ["file", hashBytes([content])];
  if (content instanceof Float32Array) return ["samples", hashBytes([asBytes(content)])];
  return [
    "tensors",
    ...Object.entries(content).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([name, { type, dims, data }]) => [name, type, dims, hashBytes([asBytes(data)])]),
  ];
}

function asBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
