import { assert, assertEquals, assertThrows } from "@std/assert";
import { CapacityError } from "../../src/core/errors.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";

/** A small generator, so that a failing order of events can be run again. */
function lcg(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}

Deno.test("Scheduler runs first come, first served, and lets running sequences take turns", () => {
  const scheduler = new Scheduler({ maxNumSeqs: 2, maxQueue: 8 });
  for (const id of ["a", "b", "c"]) {
    scheduler.admit(id);
    scheduler.enqueue(id);
  }
  const batches = Array.from({ length: 7 }, () => scheduler.next()!);
  assertEquals(batches.map(({ phase, sequenceIds }) => `${phase} ${sequenceIds}`), [
    "prefill a",
    "decode a",
    "prefill b",
    "decode a",
    "decode b",
    "decode a",
    "decode b",
  ]);
  assertEquals(scheduler.counts, { running: 2, waiting: 1 });
  scheduler.remove("a");
  const rest = Array.from({ length: 3 }, () => scheduler.next()!);
  assert(rest.some(({ phase, sequenceIds }) => phase === "prefill" && sequenceIds[0] === "c"));
});

Deno.test("Scheduler.admit() refuses what does not fit the queue", () => {
  const scheduler = new Scheduler({ maxNumSeqs: 1, maxQueue: 1 });
  scheduler.admit("a");
  scheduler.admit("b");
  assertThrows(() => scheduler.admit("c"), CapacityError, "Expected at most 2 requests at a time: found 2");
  scheduler.remove("a");
  scheduler.admit("c");
});

Deno.test("Scheduler starves nobody, keeps its limits and forgets what is removed, whatever the order of events", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = lcg(seed);
    const maxNumSeqs = 1 + random(4);
    const scheduler = new Scheduler({ maxNumSeqs, maxQueue: 6 });
    const left = new Map<string, number>();
    const waitedFor = new Map<string, number>();
    let created = 0;
    let done = 0;
    for (let event = 0; event < 400 || left.size > 0; event++) {
      if (event < 400 && random(5) === 0 && left.size < maxNumSeqs + 6) {
        const id = `s${created++}`;
        scheduler.admit(id);
        scheduler.enqueue(id);
        left.set(id, 1 + random(6));
        waitedFor.set(id, 0);
      }
      if (random(40) === 0 && left.size > 0) {
        const id = [...left.keys()][random(left.size)];
        scheduler.remove(id);
        left.delete(id);
        done++;
      }
      const batch = scheduler.next();
      assertEquals(batch === undefined, left.size === 0);
      assert(scheduler.counts.running <= maxNumSeqs);
      if (!batch) continue;
      const [id] = batch.sequenceIds;
      assert(left.has(id), "a sequence ran that was removed or has ended");
      for (const other of left.keys()) waitedFor.set(other, waitedFor.get(other)! + 1);
      // Behind everybody else's whole answer at worst.
      assert(waitedFor.get(id)! <= 10 * 6 * 2 + 40, "a sequence starved");
      waitedFor.set(id, 0);
      left.set(id, left.get(id)! - 1);
      if (left.get(id) === 0) {
        scheduler.remove(id);
        left.delete(id);
        done++;
      }
    }
    assertEquals(done, created);
    assertEquals(scheduler.counts, { running: 0, waiting: 0 });
  }
});
