import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import { type MultiModalField, requireTensors, splitByItem } from "./field.ts";
import { forItem } from "./for_item.ts";
import type { ItemTensors } from "./item.ts";
import type { ItemScope } from "./item_key.ts";
import type { ProcessorCache } from "./processor_cache.ts";
import type { MediaItem } from "./resolve_items.ts";

/** An item ready for its encoder. */
export interface ProcessedItem extends Pick<MediaItem, "info" | "param"> {
  /** By field. */
  readonly tensors: ItemTensors;
}

/** What {@linkcode processItems} works with. */
export interface ProcessSteps {
  /** The checkpoint's processor for a modality, given one item. */
  readonly process: (modality: Modality, content: Uint8Array | Float32Array) => Promise<Record<string, Tensor>>;
  /** How its outputs belong to items. */
  readonly fields: (outputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, MultiModalField>>;
  /** Name of the family, for errors. */
  readonly modelType: string;
  /** Keeps what was made. Default: nothing is kept. */
  readonly cache?: ProcessorCache;
  /** Whose items these are and how they are processed. */
  readonly scope: ItemScope;
}

/**
 * Decodes and transforms items into tensors, or takes those that are kept.
 *
 * One item at a time: what a processor makes of a batch may be padded to its largest item, and an item must not depend on
 * its companions.
 *
 * @returns In the order of the items.
 * @throws {AdapterError} If the outputs do not make one item.
 */
export async function processItems(items: readonly MediaItem[], steps: ProcessSteps): Promise<ProcessedItem[]> {
  const { cache, scope } = steps;
  const processed: ProcessedItem[] = [];
  for (const { info, param, content, uuid, tensors: found } of items) {
    const make = () => info.kind === "embeds" ? Promise.resolve(info.tensors) : processItem(info, content!, steps);
    // Rows that came ready are worth keeping only if they can be asked for by name.
    const isKept = cache?.isOn && (info.kind !== "embeds" || uuid !== undefined);
    const tensors = found ??
      await forItem(
        param,
        () =>
          isKept
            ? cache.getOrProcess(info, info.kind === "embeds" ? info.tensors : content!, { uuid, scope }, make)
            : make(),
      );
    processed.push({ info, param, tensors });
  }
  return processed;
}

async function processItem(
  { modality, index }: MediaItem["info"],
  content: Uint8Array | Float32Array,
  { process, fields, modelType }: ProcessSteps,
): Promise<ItemTensors> {
  const about = `${modality} ${index}, by adapter ${modelType}`;
  try {
    const outputs = await process(modality, content);
    const tensors = requireTensors(splitByItem(outputs, fields(outputs), modality, 1)[0], about);
    if (Object.keys(tensors).length > 0) return tensors;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw new AdapterError(`${error.message} (${about})`, { cause: error });
  }
  throw new AdapterError(`Expected a field for an output of the processor of ${about}: found none`);
}
