import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import { type MultiModalField, requireTensors, splitByItem } from "./field.ts";
import { forItem } from "./for_item.ts";
import type { ItemTensors } from "./item.ts";
import type { MediaItem } from "./resolve_items.ts";

/** An item ready for its encoder. */
export interface ProcessedItem extends Omit<MediaItem, "content"> {
  /** By field. */
  readonly tensors: ItemTensors;
}

/**
 * Decodes and transforms items into tensors.
 *
 * One item at a time: what a processor makes of a batch may be padded to its largest item, and an item must not depend on
 * its companions.
 *
 * @param process The checkpoint's processor for a modality.
 * @param fields How its outputs belong to items.
 * @throws {AdapterError} If the outputs do not make one item.
 */
export async function processItems(
  items: readonly MediaItem[],
  process: (modality: Modality, content: Uint8Array | Float32Array) => Promise<Record<string, Tensor>>,
  fields: (outputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, MultiModalField>>,
): Promise<ProcessedItem[]> {
  const processed: ProcessedItem[] = [];
  for (const { info, param, content } of items) {
    const tensors = info.kind === "embeds" ? info.tensors : await forItem(param, async () => {
      const outputs = await process(info.modality, content!);
      const about = `${info.modality} ${info.index}`;
      const tensors = requireTensors(splitByItem(outputs, fields(outputs), info.modality, 1)[0], about);
      if (Object.keys(tensors).length > 0) return tensors;
      throw new AdapterError(`Expected a field for an output of the processor of ${about}: found none`);
    });
    processed.push({ info, param, tensors });
  }
  return processed;
}
