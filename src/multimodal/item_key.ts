/**
 * The names under which processed items are kept: SHA-256 over all that decides what an item becomes, and for whom.
 *
 * @module
 */
import type { Modality } from "../core/message.ts";
import type { ItemTensors } from "./item.ts";
import { canonicalBytes } from "./canonical_bytes.ts";

/** What an item's tensors depend on beside its content. */
export interface ItemScope {
  /** Digest of the checkpoint's configuration, so that no other model's items are taken. */
  readonly model: string;
  /** Whose items these are: clients do not see each other's. Empty where everybody is one. */
  readonly tenant: string;
  /** Settings of the processor: the request's and the server's. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** SHA-256 of bytes, in hexadecimal. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  // A view on shared memory cannot be hashed; nothing here is one.
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)).toHex();
}

/** SHA-256 of a value, by its canonical bytes. */
export function digestValue(value: unknown): Promise<string> {
  return digestBytes(canonicalBytes(value));
}

/**
 * Key of an item by what it holds.
 *
 * @param content A picture's file, a sound's samples, or precomputed tensors.
 */
export async function contentKey(
  modality: Modality,
  content: Uint8Array | Float32Array | ItemTensors,
  scope: ItemScope,
): Promise<string> {
  return await digestValue([
    "content",
    modality,
    await describeContent(content),
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
export function uuidKey(modality: Modality, uuid: string, scope: ItemScope): Promise<string> {
  return digestValue(["uuid", modality, uuid, scope.model, scope.tenant, scope.settings]);
}

/** What content is, with its digest; files, samples and tensors of the same bytes are apart. */
async function describeContent(content: Uint8Array | Float32Array | ItemTensors): Promise<unknown> {
  if (content instanceof Uint8Array) return ["file", await digestBytes(content)];
  if (content instanceof Float32Array) return ["samples", await digestBytes(asBytes(content))];
  return [
    "tensors",
    ...await Promise.all(
      Object.entries(content).sort(([a], [b]) => a < b ? -1 : 1)
        .map(async ([name, { type, dims, data }]) => [name, type, dims, await digestBytes(asBytes(data))]),
    ),
  ];
}

function asBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
