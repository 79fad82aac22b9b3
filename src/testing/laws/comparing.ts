/**
 * Comparing what was made of items.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { ItemRows } from "../../compute/embedding.ts";
import type { Tensor } from "../../core/tensor.ts";
import type { ItemTensors } from "../../multimodal/item.ts";

/** Most that elements of rows may differ, relative to the largest: a stack may be summed in another order than an item. */
const ROWS_TOLERANCE = 1e-4;

/** Asserts that two items have the same tensors. */
export function assertSameTensors(found: ItemTensors, wanted: ItemTensors, about: string): void {
  assertEquals(Object.keys(found).sort(), Object.keys(wanted).sort(), `tensors of ${about}`);
  for (const [name, tensor] of Object.entries(wanted)) {
    assert(isSameTensor(found[name], tensor), `Expected ${name} of ${about} to be the same: found another`);
  }
}

/** Whether two tensors are the same, element for element. */
export function isSameTensor(one: Tensor, other: Tensor): boolean {
  return one.type === other.type && one.dims.join() === other.dims.join() &&
    one.data.every((value, at) => Object.is(value, other.data[at]));
}

/** Asserts that the rows of two items are the same, but for rounding. */
export function assertSameRows(found: ItemRows, wanted: ItemRows, about: string): void {
  assertEquals(found.rows.length, wanted.rows.length, `elements of the rows of ${about}`);
  const scale = wanted.rows.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  wanted.rows.forEach((value, at) => {
    const isClose = Math.abs(found.rows[at] - value) <= ROWS_TOLERANCE * scale;
    assert(isClose, `Expected element ${at} of the rows of ${about} to be ${value}: found ${found.rows[at]}`);
  });
}
