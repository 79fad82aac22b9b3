/**
 * Fields against the semantics of vLLM's `MultiModalFieldConfig` and its tests (`tests/multimodal/test_inputs.py`,
 * `test_utils.py`), with an obviously right slice of nested lists as oracle.
 *
 * @module
 */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { AdapterError } from "../../src/core/errors.ts";
import { numElements, type Tensor } from "../../src/core/tensor.ts";
import {
  MultiModalField,
  type NestedTensors,
  oneByOne,
  reduceField,
  requireTensors,
  splitByItem,
  splitField,
} from "../../src/multimodal/field.ts";

/** A tensor that counts: 0, 1, 2, ... from `start`. */
function counting(dims: number[], start = 0): Tensor {
  return { type: "float32", dims, data: Float32Array.from({ length: numElements(dims) }, (_, i) => start + i) };
}

/** A tensor as nested arrays of numbers. */
function nested({ dims, data }: Tensor): unknown {
  if (dims.length === 0) return Number(data[0]);
  const size = numElements(dims.slice(1));
  return Array.from(
    { length: dims[0] },
    (_, i) => nested({ type: "float32", dims: dims.slice(1), data: data.subarray(i * size, (i + 1) * size) }),
  );
}

/** What NumPy gives for `x[..., start:end, ...]` along an axis. */
function sliced(value: unknown, axis: number, start: number, end: number): unknown {
  const list = value as unknown[];
  return axis === 0 ? list.slice(start, end) : list.map((entry) => sliced(entry, axis - 1, start, end));
}

const values = (value: NestedTensors): unknown =>
  Array.isArray(value) ? (value as readonly NestedTensors[]).map(values) : nested(value as Tensor);

Deno.test("batched: row i is item i, without a copy", () => {
  const field = MultiModalField.batched("image");
  const tensor = counting([3, 2, 2]);
  const elements = splitField("x", tensor, field) as Tensor[];
  assertEquals(elements.map(({ dims }) => dims), [[2, 2], [2, 2], [2, 2]]);
  assertEquals(elements.map(nested), nested(tensor));
  for (const element of elements) assertStrictEquals(element.data.buffer, tensor.data.buffer);
  const list = [counting([2]), counting([3])];
  assertEquals(splitField("x", list, field), list);
  assertThrows(() => splitField("x", counting([]), field), AdapterError, "Expected x to have an axis of items");
});

Deno.test("batched: one element is seen through a new axis, equal ones are stacked, others stay a list", () => {
  const field = MultiModalField.batched("image");
  const one = counting([2, 3]);
  const reduced = reduceField("x", field, [one]) as Tensor;
  assertEquals(reduced.dims, [1, 2, 3]);
  assertStrictEquals(reduced.data, one.data);
  const stack = reduceField("x", field, [one, counting([2, 3], 10)]) as Tensor;
  assertEquals([stack.dims, nested(stack)], [[2, 2, 3], [nested(one), nested(counting([2, 3], 10))]]);
  const uneven = [one, counting([3, 3])];
  assertEquals(reduceField("x", field, uneven), uneven);
  const lists = [[one], [one, one]];
  assertEquals(reduceField("x", field, lists), lists);
});

Deno.test("flat: the slices of every axis, from the front or the end, are NumPy's", () => {
  const tensor = counting([4, 5, 3]);
  for (const dim of [0, 1, 2, -1, -2, -3]) {
    const axis = dim < 0 ? dim + 3 : dim;
    const extent = tensor.dims[axis];
    const slices = [[0, 1], [1, 1], [1, extent], [0, extent]] as const;
    const elements = splitField("x", tensor, MultiModalField.flat("image", slices, dim)) as Tensor[];
    slices.forEach(([start, end], i) => {
      assertEquals(elements[i].dims, tensor.dims.with(axis, end - start));
      if (axis === 0 || end > start) assertEquals(nested(elements[i]), sliced(nested(tensor), axis, start, end));
    });
  }
});

Deno.test("flat: elements join along their axis and give the tensor back", () => {
  const tensor = counting([4, 6, 3]);
  for (const dim of [0, 1, 2, -1, -2, -3]) {
    const sizes = [1, 0, 2];
    const rest = tensor.dims[dim < 0 ? dim + 3 : dim] - 3;
    const field = MultiModalField.flatFromSizes("image", [...sizes, rest], dim);
    const elements = splitField("x", tensor, field);
    assertEquals(elements.length, 4);
    assertEquals(reduceField("x", field, elements), tensor);
  }
  const [one] = [counting([2, 3])];
  assertStrictEquals(reduceField("x", MultiModalField.flat("image", [[0, 2]]), [one]), one);
});

Deno.test("flat: uneven elements along axis 0 become one list, along others they are an error", () => {
  const elements = [counting([2, 3]), counting([1, 4], 50)];
  const flat = reduceField("x", MultiModalField.flat("image", []), elements);
  assertEquals(values(flat), [[0, 1, 2], [3, 4, 5], [50, 51, 52, 53]]);
  for (const dim of [1, -1]) {
    // Along axis 1 the first axes differ, 2 and 1.
    assertThrows(() => reduceField("x", MultiModalField.flat("image", [], dim), elements), AdapterError, "dim 0 for x");
  }
  const joined = reduceField("x", MultiModalField.flat("image", [], 1), [counting([2, 3]), counting([2, 1], 50)]);
  assertEquals(values(joined), [[0, 1, 2, 50], [3, 4, 5, 51]]);
});

Deno.test("flat: lists are sliced and put together along axis 0 only", () => {
  const list = [counting([1]), counting([2], 10), counting([3], 20)];
  const field = MultiModalField.flat("image", [[0, 2], [2, 3]]);
  const elements = splitField("x", list, field);
  assertEquals(elements, [list.slice(0, 2), list.slice(2)]);
  assertEquals(reduceField("x", field, elements), list);
  const along = MultiModalField.flat("image", [[0, 2], [2, 3]], 1);
  assertThrows(() => splitField("x", list, along), AdapterError, "Expected dim 0 for x, which is a list: found 1");
  assertThrows(() => reduceField("x", along, elements), AdapterError, "Expected dim 0 for x");
});

Deno.test("flatFromSizes: sizes add up from the left, and must be one-dimensional", () => {
  const bySizes = (sizes: Parameters<typeof MultiModalField.flatFromSizes>[1]) => {
    const field = MultiModalField.flatFromSizes("image", sizes);
    return field.kind === "flat" && field.slices;
  };
  const slices = [[0, 3], [3, 3], [3, 5]] as const;
  assertEquals(bySizes([3, 0, 2]), slices);
  assertEquals(bySizes(BigInt64Array.of(3n, 0n, 2n)), slices);
  assertEquals(bySizes({ type: "int64", dims: [3], data: BigInt64Array.of(3n, 0n, 2n) }), slices);
  assertEquals(bySizes([]), []);
  for (const dims of [[3, 1], []]) {
    const sizes: Tensor = { type: "int64", dims, data: new BigInt64Array(numElements(dims)) };
    assertThrows(
      () => MultiModalField.flatFromSizes("image", sizes),
      AdapterError,
      "image items to be one-dimensional",
    );
  }
});

Deno.test("flat: a slice that is not within the tensor is an error, not cut", () => {
  for (const slice of [[0, 5], [-1, 2], [3, 2], [0.5, 1], [0, NaN]] as const) {
    const field = MultiModalField.flat("image", [slice]);
    assertThrows(() => splitField("x", counting([4, 2]), field), AdapterError, "Expected slices of x within 0 to 4");
  }
  for (const dim of [2, -3]) {
    const field = MultiModalField.flat("image", [[0, 1]], dim);
    assertThrows(() => splitField("x", counting([4, 2]), field), AdapterError, "Expected dim of x within rank 2");
  }
});

Deno.test("shared: every item has the whole tensor, and together they have it once", () => {
  const field = MultiModalField.shared("image", 3);
  const tensor = counting([2, 2]);
  const elements = splitField("x", tensor, field);
  assertEquals(elements.length, 3);
  for (const element of elements) assertStrictEquals(element, tensor);
  assertStrictEquals(reduceField("x", field, elements), tensor);
});

Deno.test("keepOnCpu is off unless asked for, in every kind", () => {
  const kinds = [
    (o?: { keepOnCpu: boolean }) => MultiModalField.batched("image", o),
    (o?: { keepOnCpu: boolean }) => MultiModalField.flat("image", [], 0, o),
    (o?: { keepOnCpu: boolean }) => MultiModalField.flatFromSizes("image", [], 0, o),
    (o?: { keepOnCpu: boolean }) => MultiModalField.shared("image", 1, o),
  ];
  for (const make of kinds) assertEquals([make().keepOnCpu, make({ keepOnCpu: true }).keepOnCpu], [false, true]);
});

Deno.test("outputs are shared out to items; what one side lacks, and what has no items, is passed over", () => {
  const outputs = {
    pixel_values: counting([5, 2]),
    image_grid_thw: counting([2, 3]),
    scale: counting([1]),
    input_features: counting([4, 1]),
    unused: counting([9]),
    empty: counting([0, 3]),
  };
  const items = splitByItem(
    outputs,
    {
      pixel_values: MultiModalField.flatFromSizes("image", [2, 3]),
      image_grid_thw: MultiModalField.batched("image", { keepOnCpu: true }),
      scale: MultiModalField.shared("image", 2),
      input_features: MultiModalField.batched("audio"),
      missing: MultiModalField.batched("image"),
      empty: MultiModalField.batched("image"),
    },
    "image",
    2,
  );
  assertEquals(items.map((item) => Object.keys(item)), Array(2).fill(["pixel_values", "image_grid_thw", "scale"]));
  assertEquals(values(items[1].pixel_values), [[4, 5], [6, 7], [8, 9]]);
  assertEquals(values(items[1].image_grid_thw), [3, 4, 5]);
});

Deno.test("fields of one modality must have equally many items; the error has the number of each", () => {
  const outputs = { pixel_values: counting([2, 1]), image_sizes: counting([3, 2]), input_features: counting([4]) };
  const fields = {
    pixel_values: MultiModalField.batched("image"),
    image_sizes: MultiModalField.batched("image"),
    input_features: MultiModalField.batched("audio"),
  };
  const error = assertThrows(() => splitByItem(outputs, fields, "image", 2), AdapterError);
  assertEquals(error.message, "Expected every field to hold 2 image items: found pixel_values 2, image_sizes 3");
});

Deno.test("a network gets tensors, not lists", () => {
  const item = { a: counting([1]), b: [counting([1])] };
  assertThrows(
    () => requireTensors(item, "image 0"),
    AdapterError,
    "field b of image 0 to be one tensor: found a list",
  );
  assert(requireTensors({ a: counting([1]) }, "image 0").a);
});

Deno.test("every element type keeps its type and values through split and reduce", () => {
  const arrays = [
    ["int64", BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i))],
    ["int32", Int32Array.from({ length: 12 }, (_, i) => -i)],
    ["uint8", Uint8Array.from({ length: 12 }, (_, i) => i)],
    ["bool", Uint8Array.from({ length: 12 }, (_, i) => i % 2)],
    ["float16", Uint16Array.from({ length: 12 }, (_, i) => i * 1000)],
  ] as const;
  for (const [type, data] of arrays) {
    const tensor: Tensor = { type, dims: [2, 6], data };
    for (const field of [MultiModalField.batched("image"), MultiModalField.flatFromSizes("image", [1, 4, 1], 1)]) {
      assertEquals(reduceField("x", field, splitField("x", tensor, field)), tensor);
    }
  }
});

Deno.test("a tensor is taken entry by entry, each a view with a first axis of one", () => {
  const tensor: Tensor = { type: "float32", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  assertEquals(oneByOne("pixel_values", tensor), [
    { type: "float32", dims: [1, 3], data: Float32Array.of(1, 2, 3) },
    { type: "float32", dims: [1, 3], data: Float32Array.of(4, 5, 6) },
  ]);
  assertEquals(oneByOne("none", { ...tensor, dims: [0, 3], data: new Float32Array() }), []);
});
