import { assertEquals, assertRejects } from "@std/assert";
import { OutputQueue } from "../../src/engine/output_queue.ts";

Deno.test("OutputQueue yields in order what is pushed before and while it is read", async () => {
  const queue = new OutputQueue<number>();
  queue.push(1);
  setTimeout(() => (queue.push(2), queue.push(3)));
  const seen: number[] = [];
  for await (const value of queue) {
    seen.push(value);
    if (value === 3) break;
  }
  assertEquals(seen, [1, 2, 3]);
});

Deno.test("OutputQueue yields what came before a failure, then throws the first one", async () => {
  const queue = new OutputQueue<number>();
  queue.push(1);
  queue.fail(new Error("first"));
  queue.fail(new Error("second"));
  const iterator = queue[Symbol.asyncIterator]();
  assertEquals(await iterator.next(), { value: 1, done: false });
  await assertRejects(() => iterator.next(), Error, "first");
});
