import { assertEquals } from "@std/assert";
import { orderSteps, type PlannedStep } from "../../../src/graph/program/order_steps.ts";

/** A step over 32 rows that reads some buffers row by row and others whole. */
function step(rowReads: number[], whole: number[], writes: number[], rows = 32): PlannedStep {
  return { kernel: "scale", words: [], reads: [...rowReads, ...whole], rowReads, writes, units: rows, cost: 1, rows };
}

function shapeOf(steps: readonly PlannedStep[], numThreads = 2): [writes: number, byRows: boolean][][] {
  return orderSteps(steps, numThreads).map((phase) => phase.map(({ writes, byRows = false }) => [writes[0], byRows]));
}

Deno.test("steps on the same rows follow each other in one phase, until one needs all rows", () => {
  const steps = [step([0], [], [1]), step([1], [], [2]), step([2], [1], [3]), step([3, 2], [], [4])];
  assertEquals(shapeOf(steps), [[[1, true], [2, true]], [[3, true], [4, true]]]);
});

Deno.test("another number of rows, or too few for the threads, is another phase", () => {
  assertEquals(shapeOf([step([0], [], [1]), step([1], [], [2], 64)]), [[[1, true]], [[2, true]]]);
  assertEquals(shapeOf([step([0], [], [1]), step([1], [], [2])], 8), [[[1, false]], [[2, false]]]);
});

Deno.test("a step without rows waits for all, and others for it", () => {
  const { rowReads: _, ...whole } = step([1], [], [2]);
  assertEquals(shapeOf([step([0], [], [1]), whole, step([2], [], [3])]), [[[1, true]], [[2, false]], [[3, true]]]);
});

Deno.test("what fills a buffer with zeros comes before what writes into it", () => {
  const zeros: PlannedStep = { ...step([], [], [1]), kernel: "fill", rowReads: undefined };
  assertEquals(shapeOf([zeros, step([0], [], [1])]), [[[1, false]], [[1, true]]]);
});
