import { assertEquals } from "@std/assert";
import { ropeFrequencies } from "../../src/graph/mod.ts";

Deno.test("linear scaling divides every frequency", () => {
  const plain = ropeFrequencies({ type: "default", theta: 10000 }, 8);
  const linear = ropeFrequencies({ type: "linear", theta: 10000, factor: 4 }, 8);
  assertEquals([...linear], [...plain].map((frequency) => Math.fround(frequency / 4)));
});

Deno.test("llama3 scaling keeps fast frequencies, divides slow ones, and blends those between", () => {
  const scaling = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 };
  const plain = ropeFrequencies({ type: "default", theta: 500000 }, 128);
  const scaled = ropeFrequencies({ type: "llama3", theta: 500000, ...scaling }, 128);
  const turns = [...plain].map((frequency) => 8192 * frequency / (2 * Math.PI));
  let blended = 0;
  turns.forEach((count, pair) => {
    const ratio = scaled[pair] / plain[pair];
    if (count > 4) assertEquals(ratio, 1);
    else if (count < 1) assertEquals(Math.fround(ratio), 1 / 8);
    else if (ratio > 1 / 8 && ratio < 1) blended++;
  });
  assertEquals(blended, turns.filter((count) => count >= 1 && count <= 4).length);
});
