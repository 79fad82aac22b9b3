/**
 * How the named tensors of a processor belong to the items of a prompt, and how those of several items become a batch.
 *
 * The kinds, what an item's element is and how elements are put together again are those of vLLM's multimodal fields.
 *
 * @module
 */
import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { numElements, type Tensor, type TypedArray } from "../core/tensor.ts";
import type { ItemTensors } from "./item.ts";

/** A tensor, or a list of what may be of different shapes. */
export type NestedTensors = Tensor | readonly NestedTensors[];

/** A stretch along one axis: first index and the one behind the last. */
export type Slice = readonly [start: number, end: number];

/** Options of every kind of field. */
export interface FieldOptions {
  /** Whether the tensor is small metadata that the host reads, such as a grid, and need not go to a device. */
  readonly keepOnCpu?: boolean;
}

/** What every kind of field has. */
export interface FieldBase extends Required<FieldOptions> {
  /** Whose items these are. */
  readonly modality: Modality;
}

/** One named output of a processor. */
export type MultiModalField =
  /** Row `i` is item `i`. */
  | FieldBase & { readonly kind: "batched" }
  /** Slice `i` along axis `dim` is item `i`. */
  | FieldBase & { readonly kind: "flat"; readonly slices: readonly Slice[]; readonly dim: number }
  /** The whole tensor belongs to each of `batchSize` items. */
  | FieldBase & { readonly kind: "shared"; readonly batchSize: number };

const isTensor = (value: NestedTensors): value is Tensor => !Array.isArray(value);

/** Constructors of fields, in vLLM's words. */
export const MultiModalField = {
  /** The tensor (or list) has one row (or entry) for each item: shape `[num_items, ...]`. */
  batched: (modality: Modality, { keepOnCpu = false }: FieldOptions = {}): MultiModalField => ({
    kind: "batched",
    modality,
    keepOnCpu,
  }),
  /** Item `i` is the stretch `slices[i]` along axis `dim`, which may count from the end; for lists only 0. */
  flat: (
    modality: Modality,
    slices: readonly Slice[],
    dim = 0,
    { keepOnCpu = false }: FieldOptions = {},
  ): MultiModalField => ({ kind: "flat", modality, keepOnCpu, slices, dim }),
  /**
   * The items lie one behind the other along axis `dim`, each as long as its entry in `sizes`.
   *
   * @throws {AdapterError} If `sizes` is a tensor of another rank than 1.
   */
  flatFromSizes: (
    modality: Modality,
    sizes: Tensor | ArrayLike<number | bigint>,
    dim = 0,
    options: FieldOptions = {},
  ): MultiModalField => {
    if ("dims" in sizes && sizes.dims.length !== 1) {
      throw new AdapterError(`Expected the sizes of ${modality} items to be one-dimensional: found [${sizes.dims}]`);
    }
    let end = 0;
    const lengths = Array.from("dims" in sizes ? sizes.data as ArrayLike<number | bigint> : sizes, Number);
    const slices = lengths.map((size): Slice => [end, end += size]);
    return MultiModalField.flat(modality, slices, dim, options);
  },
  /** Every one of `batchSize` items has the whole tensor. */
  shared: (modality: Modality, batchSize: number, { keepOnCpu = false }: FieldOptions = {}): MultiModalField => ({
    kind: "shared",
    modality,
    keepOnCpu,
    batchSize,
  }),
} as const;

/**
 * What each item has of a tensor; views wherever the elements lie together.
 *
 * @throws {AdapterError} If a slice reaches beyond the tensor, a list is sliced along another axis than 0, or a scalar is to
 * have rows.
 */
export function splitField(name: string, value: NestedTensors, field: MultiModalField): NestedTensors[] {
  switch (field.kind) {
    case "batched":
      if (!isTensor(value)) return [...value];
      if (value.dims.length === 0) throw new AdapterError(`Expected ${name} to have an axis of items: found a scalar`);
      return Array.from({ length: value.dims[0] }, (_, i) => row(value, i));
    case "shared":
      return Array.from({ length: field.batchSize }, () => value);
    case "flat":
      if (isTensor(value)) return field.slices.map((slice) => stretch(name, value, slice, field.dim));
      if (field.dim !== 0) throw new AdapterError(`Expected dim 0 for ${name}, which is a list: found ${field.dim}`);
      return field.slices.map(([start, end]) => value.slice(start, end));
  }
}

/**
 * Puts the elements of several items, or of several requests, together again.
 *
 * @param elements At least one, of fields of the same kind.
 * @returns `batched`: one tensor with a new first axis if the shapes are equal, else the list. `flat`: one tensor, joined
 * along `dim`, if the shapes differ in that axis alone, else the list. `shared`: the first.
 * @throws {AdapterError} If lists or tensors of different shapes are to be joined along another axis than 0.
 */
export function reduceField(name: string, field: MultiModalField, elements: readonly NestedTensors[]): NestedTensors {
  const [first] = elements;
  if (field.kind === "shared") return first;
  const tensors = elements.every(isTensor) ? elements as readonly Tensor[] : undefined;
  if (field.kind === "batched") {
    return tensors?.every(({ dims }) => dims.join() === tensors[0].dims.join()) ? stack(tensors) : elements;
  }
  if (tensors) {
    const rank = tensors[0].dims.length;
    const axis = axisOf(name, field.dim, rank);
    const others = ({ dims }: Tensor) => dims.toSpliced(axis, 1).join();
    if (tensors.every((t) => t.dims.length === rank && others(t) === others(tensors[0]))) return join(tensors, axis);
  }
  if (field.dim !== 0) throw new AdapterError(`Expected dim 0 for ${name}, whose items differ: found ${field.dim}`);
  return elements.flatMap((element) => isTensor(element) ? splitField(name, element, BATCHED) : [...element]);
}

/**
 * The entries of a tensor along its first axis, each a tensor of one entry; views.
 *
 * @param name For errors.
 * @param tensor `[n, ...]`.
 * @returns `n` tensors `[1, ...]`.
 */
export function oneByOne(name: string, tensor: Tensor): Tensor[] {
  return Array.from({ length: tensor.dims[0] ?? 0 }, (_, i) => stretch(name, tensor, [i, i + 1], 0));
}

const BATCHED: MultiModalField = { kind: "batched", modality: "image", keepOnCpu: false };

/**
 * Shares a processor's tensors out to its items.
 *
 * A tensor without a field and a field without a tensor are passed over, as is a field of no items.
 *
 * @param outputs The processor's tensors.
 * @param fields Field of each tensor.
 * @param modality Whose items were processed.
 * @param numItems How many.
 * @returns One record for each item.
 * @throws {AdapterError} If a field of the modality has another number of items; the message has that of each.
 */
export function splitByItem(
  outputs: Readonly<Record<string, NestedTensors>>,
  fields: Readonly<Record<string, MultiModalField>>,
  modality: Modality,
  numItems: number,
): Record<string, NestedTensors>[] {
  const split = Object.entries(fields)
    .filter(([name, field]) => field.modality === modality && Object.hasOwn(outputs, name))
    .map(([name, field]) => [name, splitField(name, outputs[name], field)] as const)
    .filter(([, elements]) => elements.length > 0);
  if (split.some(([, elements]) => elements.length !== numItems)) {
    const found = split.map(([name, elements]) => `${name} ${elements.length}`).join(", ");
    throw new AdapterError(`Expected every field to hold ${numItems} ${modality} items: found ${found}`);
  }
  return Array.from({ length: numItems }, (_, i) => {
    return Object.fromEntries(split.map(([name, elements]) => [name, elements[i]]));
  });
}

/**
 * The tensors of one item, for a network.
 *
 * @throws {AdapterError} If a field is a list.
 */
export function requireTensors(item: Readonly<Record<string, NestedTensors>>, about: string): ItemTensors {
  for (const [name, value] of Object.entries(item)) {
    if (!isTensor(value)) throw new AdapterError(`Expected field ${name} of ${about} to be one tensor: found a list`);
  }
  return item as ItemTensors;
}

function row(tensor: Tensor, index: number): Tensor {
  const dims = tensor.dims.slice(1);
  const size = numElements(dims);
  return { type: tensor.type, dims, data: tensor.data.subarray(index * size, (index + 1) * size) };
}

function axisOf(name: string, dim: number, rank: number): number {
  const axis = dim < 0 ? dim + rank : dim;
  if (!(axis >= 0 && axis < rank)) throw new AdapterError(`Expected dim of ${name} within rank ${rank}: found ${dim}`);
  return axis;
}

function newData(like: Tensor, length: number): TypedArray {
  return new (like.data.constructor as new (length: number) => TypedArray)(length);
}

function stretch(name: string, tensor: Tensor, [start, end]: Slice, dim: number): Tensor {
  const axis = axisOf(name, dim, tensor.dims.length);
  const extent = tensor.dims[axis];
  const isWhole = Number.isInteger(start) && Number.isInteger(end);
  if (!(isWhole && 0 <= start && start <= end && end <= extent)) {
    throw new AdapterError(`Expected slices of ${name} within 0 to ${extent}: found ${start} to ${end}`);
  }
  const dims = tensor.dims.with(axis, end - start);
  const inner = numElements(tensor.dims.slice(axis + 1));
  const outer = numElements(tensor.dims.slice(0, axis));
  if (outer === 1) return { type: tensor.type, dims, data: tensor.data.subarray(start * inner, end * inner) };
  const data = newData(tensor, numElements(dims));
  for (let i = 0; i < outer; i++) {
    const from = tensor.data.subarray((i * extent + start) * inner, (i * extent + end) * inner);
    (data as Float32Array).set(from as Float32Array, i * (end - start) * inner);
  }
  return { type: tensor.type, dims, data };
}

function stack(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (tensors.length === 1) return { ...first, dims: [1, ...first.dims] };
  return join(tensors.map((tensor) => ({ ...tensor, dims: [1, ...tensor.dims] })), 0);
}

function join(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (tensors.length === 1) return first;
  const extent = tensors.reduce((sum, { dims }) => sum + dims[axis], 0);
  const dims = first.dims.with(axis, extent);
  const data = newData(first, numElements(dims));
  const inner = numElements(first.dims.slice(axis + 1));
  let at = 0;
  for (let i = 0; i < numElements(first.dims.slice(0, axis)); i++) {
    for (const tensor of tensors) {
      const length = tensor.dims[axis] * inner;
      (data as Float32Array).set(tensor.data.subarray(i * length, (i + 1) * length) as Float32Array, at);
      at += length;
    }
  }
  return { type: first.type, dims, data };
}
