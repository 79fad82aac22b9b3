import { assertEquals } from "@std/assert";
import { chooseNumThreads } from "../../src/runtime/threads.ts";

Deno.test("chooseNumThreads() takes what is asked for, one for small models, else the cores up to eight", () => {
  const [small, large] = [8e6, 8e9];
  assertEquals(chooseNumThreads(3, small, 2), 3);
  assertEquals(chooseNumThreads(undefined, small, 16), 1);
  assertEquals(chooseNumThreads(undefined, large, 2), 2);
  assertEquals(chooseNumThreads(undefined, large, 64), 8);
});
