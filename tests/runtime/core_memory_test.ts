import { assert, assertEquals } from "@std/assert";
import { CoreMemory } from "../../src/runtime/core_memory.ts";
import { randomInteger, randomNumbers } from "../graph/running.ts";

Deno.test("memory is given out apart, aligned, and again when it is free", () => {
  const memory = new CoreMemory(1);
  memory.start(1000);
  const random = randomNumbers(11);
  const held = new Map<number, number>();
  for (let round = 0; round < 2000; round++) {
    const isFull = held.size > 40 || (held.size > 0 && random() < 0.45);
    if (isFull) {
      const at = [...held.keys()][randomInteger(random, 0, held.size - 1)];
      memory.free(at);
      held.delete(at);
      continue;
    }
    const size = randomInteger(random, 1, 20_000);
    const at = memory.allocate(size);
    assertEquals(at % 64, 0);
    assert(at >= 1000 && at + size <= memory.memory.buffer.byteLength);
    for (const [other, length] of held) assert(at + size <= other || other + length <= at);
    held.set(at, size);
  }
  for (const at of held.keys()) memory.free(at);
  const whole = memory.memory.buffer.byteLength;
  // Everything is one gap again.
  assertEquals(memory.allocate(whole - 1024), 1024);
  assertEquals(memory.memory.buffer.byteLength, whole);
});

Deno.test("views follow the memory when it grows", () => {
  const memory = new CoreMemory(1);
  memory.start(64);
  const before = memory.allocate(64);
  memory.floats[before / 4] = 7;
  const at = memory.allocate(10_000_000);
  memory.floats[at / 4 + 2_000_000] = 9;
  assertEquals([memory.floats[before / 4], memory.floats[at / 4 + 2_000_000]], [7, 9]);
  assertEquals(memory.ints.length, memory.floats.length);
});
