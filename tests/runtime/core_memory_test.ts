import { assert, assertEquals, assertThrows } from "@std/assert";
import { DeviceMemoryError } from "../../src/core/errors.ts";
import { CoreKvCache } from "../../src/runtime/core_kv_cache.ts";
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

Deno.test("what does not fit is a typed error, and leaves everything as it was", () => {
  const memory = new CoreMemory(1, 2);
  memory.start(64);
  const layers = [0, 1].map((layer) => ({ layer, numKvHeads: 1, headDim: 8 }));
  using cache = new CoreKvCache(memory, layers, 100_000);
  cache.length = 200;
  const before = cache.slots(0, 1);
  // The keys of the first layer would fit.
  assertThrows(() => cache.reserve(1200), DeviceMemoryError, "1 MiB more for the networks");
  assertEquals(cache.slots(0, 1), before);
  const held = memory.allocate(60_000);
  assertThrows(() => memory.allocate(1_000_000), DeviceMemoryError);
  memory.free(held);
  assertEquals(memory.allocate(60_000), held);
});
