import type { ItemRows } from "../compute/embedding.ts";
import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { batchItems } from "../multimodal/field.ts";
import type { Executor } from "../runtime/backend.ts";
import type { PreparedPrompt } from "./sequence.ts";

/**
 * Runs the towers over a prompt's items, one batch for each modality.
 *
 * @returns The rows of every item with the ranges in which they go.
 * @throws {AdapterError} If an encoder's rows cannot be shared out to its items.
 */
export async function encodeItems(executor: Executor, prompt: PreparedPrompt): Promise<ItemRows[]> {
  const embedItems: ItemRows[] = [];
  const modalities = new Set(prompt.items.map(({ modality }) => modality));
  for (const modality of modalities) {
    const items = prompt.items.filter((item) => item.modality === modality);
    const rows = await executor.encode(modality, batchItems(items.map(({ tensors }) => tensors)));
    const [numRows, hiddenSize] = rows.dims;
    // A batch has one shape, so its items have equally many rows.
    const perItem = numRows / items.length;
    if (!Number.isInteger(perItem)) {
      throw new AdapterError(
        `Expected the rows of ${items.length} ${modality} items to be equally many: found ${numRows}`,
      );
    }
    items.forEach(({ index }, i) => {
      const size = perItem * hiddenSize;
      embedItems.push({
        name: `${modality} ${index}`,
        ranges: rangesOf(prompt, modality, index),
        rows: (rows.data as Float32Array).subarray(i * size, (i + 1) * size),
      });
    });
  }
  return embedItems;
}

function rangesOf(prompt: PreparedPrompt, modality: Modality, index: number) {
  return (prompt.placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === index);
}
