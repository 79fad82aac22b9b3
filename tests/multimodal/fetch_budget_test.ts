import { assert, assertEquals, assertRejects } from "@std/assert";
import { MediaFetchError } from "../../src/core/errors.ts";
import { MAX_CONCURRENT_FETCHES, withinFetchBudget } from "../../src/multimodal/fetch_budget.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("few fetches run at the same time, in the order of the items, and all come to an end", async () => {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  let [running, most] = [0, 0];
  const fetch = withinFetchBudget(async (item: number) => {
    started.push(item);
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running--;
    return new Uint8Array([item]);
  }, 1000);
  const items = Array.from({ length: 3 * MAX_CONCURRENT_FETCHES + 1 }, (_, i) => i);
  const all = Promise.all(items.map(fetch));
  while (ends.length < items.length) {
    ends.at(-1)?.();
    ends.forEach((end) => end());
    await settle();
  }
  ends.forEach((end) => end());
  assertEquals((await all).map(([item]) => item), items);
  assertEquals(started, items);
  assertEquals(most, MAX_CONCURRENT_FETCHES);
});

Deno.test("bytes of all items count together; what waits behind the limit is not fetched", async () => {
  let fetched = 0;
  const fetch = withinFetchBudget((size: number) => {
    fetched++;
    return Promise.resolve(new Uint8Array(size));
  }, 100);
  assertEquals((await Promise.all([60, 40].map(fetch))).map(({ length }) => length), [60, 40]);
  const results = await Promise.allSettled(Array(50).fill(1).map(fetch));
  assert(results.every(({ status }) => status === "rejected"));
  assert(fetched <= 2 + MAX_CONCURRENT_FETCHES, `${fetched} fetches`);
  const error = await assertRejects(() => fetch(1), MediaFetchError, "at most 100 bytes of media in one request");
  assertEquals(error.code, "media_too_large");
});

Deno.test("a fetch that fails gives its place to the next", async () => {
  const fetch = withinFetchBudget(
    (item: number) => item % 2 === 0 ? Promise.reject(new Error("gone")) : Promise.resolve(new Uint8Array(1)),
    1000,
  );
  const results = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => fetch(i)));
  assertEquals(results.map(({ status }) => status === "fulfilled"), results.map((_, i) => i % 2 === 1));
});
