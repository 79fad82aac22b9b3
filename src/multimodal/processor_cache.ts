/**
 * What the processors made of earlier items, so that an item sent again is neither decoded nor transformed again.
 *
 * A client's own name for an item (`uuid`) leads to the key of its content: sent again with other data, the name means the
 * new data, and what is found by name is what its content would give.
 *
 * @module
 */
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import { ByteLru } from "./byte_lru.ts";
import type { ItemInfo, ItemTensors } from "./item.ts";
import { contentKey, type ItemScope, uuidKey } from "./item_key.ts";

/** A processed item; its index is that of the request that made it. */
export interface StoredItem {
  /** What is known of it. */
  readonly info: ItemInfo;
  /** By field. */
  readonly tensors: ItemTensors;
}

/** An item, or the key of the item that a client's name stands for. */
type Entry = StoredItem | { readonly contentKey: string };

/** Processed items of one model, least recently used first out. */
export class ProcessorCache {
  readonly #entries: ByteLru<Entry>;
  /** Items being processed, by key: one that comes meanwhile waits for them. */
  readonly #pending = new Map<string, Promise<ItemTensors>>();

  /**
   * Starts empty.
   *
   * @param capacity Most bytes held; 0 keeps nothing.
   */
  constructor(capacity: number) {
    this.#entries = new ByteLru(capacity);
  }

  /** Whether anything can be kept. */
  get isOn(): boolean {
    return this.#entries.capacity > 0;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#entries.bytes;
  }

  /** Finds the item that a client last sent under a name, if it is still there. */
  findByUuid(modality: Modality, uuid: string, scope: ItemScope): StoredItem | undefined {
    const alias = this.#entries.get(uuidKey(modality, uuid, scope));
    const found = alias && "contentKey" in alias ? this.#entries.get(alias.contentKey) : undefined;
    return found && "tensors" in found ? found : undefined;
  }

  /**
   * The tensors of an item: those kept, or what `process` makes, which are then kept.
   *
   * @param content What the processor takes, or precomputed tensors.
   * @param uuid The client's name for it.
   */
  async getOrProcess(
    info: ItemInfo,
    content: Uint8Array | Float32Array | ItemTensors,
    { uuid, scope }: { readonly uuid?: string; readonly scope: ItemScope },
    process: () => Promise<ItemTensors>,
  ): Promise<ItemTensors> {
    const key = contentKey(info.modality, content, scope);
    const tensors = await this.#take(key, info, process);
    if (uuid !== undefined) this.#entries.set(uuidKey(info.modality, uuid, scope), { contentKey: key }, 0);
    return tensors;
  }

  async #take(key: string, info: ItemInfo, process: () => Promise<ItemTensors>): Promise<ItemTensors> {
    for (let pending; (pending = this.#pending.get(key));) {
      // What another request's processing fails of is not this one's error: it tries for itself.
      const tensors = await pending.catch(() => undefined);
      if (tensors) return tensors;
    }
    const found = this.#entries.get(key);
    if (found && "tensors" in found) return found.tensors;
    const work = this.#process(key, info, process);
    this.#pending.set(key, work);
    try {
      return await work;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #process(key: string, info: ItemInfo, process: () => Promise<ItemTensors>): Promise<ItemTensors> {
    const made = Object.entries(await process());
    const tensors = Object.fromEntries(made.map(([name, tensor]) => [name, ownTensor(tensor)]));
    const bytes = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    this.#entries.set(key, { info: info.kind === "embeds" ? { ...info, tensors } : info, tensors }, bytes);
    return tensors;
  }
}

/** A view would keep alive what lies around it. */
function ownTensor(tensor: Tensor): Tensor {
  const { data } = tensor;
  return data.byteLength === data.buffer.byteLength ? tensor : { ...tensor, data: data.slice() };
}
