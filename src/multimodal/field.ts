/**
 * How the named tensors of a processor belong to the items of a prompt, and how those of several items become a batch.
 *
 * @module
 */
import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { numElements, type Tensor } from "../core/tensor.ts";

/** One named output of a processor. */
export interface MultiModalField {
  /** `batched`: row `i` of the tensor is item `i`. */
  readonly kind: "batched";
  /** Whose items these are. */
  readonly modality: Modality;
}

/** Constructors of fields, in vLLM's words. */
export const MultiModalField = {
  /** The tensor has one row for each item: shape `[num_items, ...]`. */
  batched: (modality: Modality): MultiModalField => ({ kind: "batched", modality }),
} as const;

/** The tensors of one item, by field. */
export type ItemTensors = Readonly<Record<string, Tensor>>;

function row(tensor: Tensor, index: number): Tensor {
  const dims = tensor.dims.slice(1);
  const size = numElements(dims);
  return { type: tensor.type, dims, data: tensor.data.subarray(index * size, (index + 1) * size) };
}

/**
 * Splits a processor's tensors by item; the elements are views.
 *
 * @param outputs The processor's tensors.
 * @param fields Field of every tensor.
 * @param numItems Items that were processed.
 * @returns One record for each item.
 * @throws {AdapterError} If a tensor has no field, or not one row for each item.
 */
export function splitByItem(
  outputs: Readonly<Record<string, Tensor>>,
  fields: Readonly<Record<string, MultiModalField>>,
  numItems: number,
): ItemTensors[] {
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!Object.hasOwn(fields, name)) {
      throw new AdapterError(`Expected a field for every output of the processor: found none for ${name}`);
    }
    if (tensor.dims[0] !== numItems) {
      throw new AdapterError(
        `Expected ${name} to hold ${numItems} ${fields[name].modality} items: found ${tensor.dims[0]}`,
      );
    }
  }
  return Array.from(
    { length: numItems },
    (_, i) => Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, row(tensor, i)])),
  );
}

/**
 * Puts the tensors of several items together along a new first dimension.
 *
 * @param items Items of one modality, whose tensors have equal shapes.
 * @returns One tensor for each field, shape `[num_items, ...]`.
 * @throws {AdapterError} If two items differ in shape.
 */
export function batchItems(items: readonly ItemTensors[]): Record<string, Tensor> {
  const batch: Record<string, Tensor> = {};
  for (const [name, first] of Object.entries(items[0] ?? {})) {
    const size = numElements(first.dims);
    const Data = first.data.constructor as new (length: number) => Tensor["data"];
    const data = new Data(size * items.length);
    items.forEach((item, i) => {
      const { dims, data: element } = item[name];
      if (dims.join() !== first.dims.join()) {
        throw new AdapterError(
          `Expected the items of a batch to have one shape of ${name}, [${first.dims}]: found [${dims}]`,
        );
      }
      (data as Float32Array).set(element as Float32Array, i * size);
    });
    batch[name] = { type: first.type, dims: [items.length, ...first.dims], data };
  }
  return batch;
}
