import { assertEquals } from "@std/assert";
import { addDims, type Dim, evaluateDim, isPlainName, multiplyDims } from "../../src/graph/mod.ts";
import { randomInteger, randomNumbers } from "./running.ts";

Deno.test("expressions have one spelling, however they are put together", () => {
  assertEquals(addDims("b", "a", "b", 2), "a+2*b+2");
  assertEquals(multiplyDims("b", 3, "a"), multiplyDims(3, multiplyDims("a", "b")));
  assertEquals(multiplyDims(addDims("a", 1), "b"), addDims("b", multiplyDims("a", "b")));
  assertEquals(multiplyDims("a", 0), 0);
  assertEquals(addDims(), 0);
  assertEquals(multiplyDims(), 1);
});

Deno.test("an expression has the value of its parts", () => {
  const random = randomNumbers(1);
  const bound = { a: 2, b: 3, c: 5 };
  const draw = (): Dim => ["a", "b", "c", 0, 1, 4][randomInteger(random, 0, 5)];
  for (let round = 0; round < 200; round++) {
    let [dim, value]: [Dim, number] = [1, 1];
    for (let step = 0; step < 5; step++) {
      const other = draw();
      const otherValue = evaluateDim(other, bound)!;
      const isSum = random() < 0.5;
      dim = isSum ? addDims(dim, other) : multiplyDims(dim, other);
      value = isSum ? value + otherValue : value * otherValue;
    }
    assertEquals(evaluateDim(dim, bound), value, String(dim));
  }
});

Deno.test("a name without a value gives none", () => {
  assertEquals(evaluateDim("2*a+b", { a: 1 }), undefined);
  assertEquals([isPlainName("a"), isPlainName("a+b"), isPlainName(3)], [true, false, false]);
});
