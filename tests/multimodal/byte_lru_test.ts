import { assert, assertEquals } from "@std/assert";
import { ByteLru, ENTRY_BYTES } from "../../src/multimodal/byte_lru.ts";

Deno.test("never holds more than its capacity, and what goes was used longest ago", () => {
  const capacity = 20 * ENTRY_BYTES;
  const lru = new ByteLru<number>(capacity);
  /** The plain truth: key and cost, oldest use first. */
  let kept: [string, number][] = [];
  let seed = 1;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
  for (let step = 0; step < 5000; step++) {
    const key = String(random(40));
    const known = kept.findIndex(([name]) => name === key);
    if (random(2) === 0) {
      assertEquals(lru.get(key) !== undefined, known >= 0);
      if (known >= 0) kept.push(...kept.splice(known, 1));
    } else {
      const bytes = random(6 * ENTRY_BYTES);
      lru.set(key, step, bytes);
      if (known >= 0) kept.splice(known, 1);
      kept.push([key, bytes + ENTRY_BYTES]);
      while (kept.reduce((sum, [, cost]) => sum + cost, 0) > capacity) kept = kept.slice(1);
    }
    assertEquals(lru.size, kept.length);
    assertEquals(lru.bytes, kept.reduce((sum, [, cost]) => sum + cost, 0));
    assert(lru.bytes <= capacity);
  }
});

Deno.test("what is larger than the whole is not taken and pushes nothing out, but its older value goes", () => {
  const lru = new ByteLru<string>(2 * ENTRY_BYTES);
  lru.set("a", "kept", 0);
  lru.set("b", "old", 0);
  lru.set("b", "too large", 2 * ENTRY_BYTES);
  assertEquals([lru.get("a"), lru.get("b"), lru.size], ["kept", undefined, 1]);
  const off = new ByteLru<string>(0);
  off.set("a", "x", 0);
  assertEquals(off.size, 0);
});
