import * as ort from "onnxruntime-web";
import { interpret } from "../../src/graph/mod.ts";
import { CASES } from "./cases.ts";
import { assertClose, openGraph, randomNumbers, weightsFrom } from "./running.ts";

/** f16 keeps 11 bits (5e-4); sums of some 40 products of magnitude 1 lose a few of them. */
const TOLERANCE = { f32: 1e-4, f16: 1e-2 } as const;

for (const dtype of ["f32", "f16"] as const) {
  for (const [name, make] of Object.entries(CASES)) {
    Deno.test(`WASM ${dtype} computes ${name} as the interpreter does`, async () => {
      const random = randomNumbers(name.length * 7919);
      for (let round = 0; round < 4; round++) {
        const { graph, tensors, feeds } = make(random);
        const read = weightsFrom(tensors);
        const expected = interpret(graph, read, feeds);
        await using open = await openGraph(graph, read, { ort, target: "wasm", dtype });
        const found = await open.run(feeds);
        for (const output of Object.keys(expected)) {
          assertClose(found[output], expected[output], TOLERANCE[dtype], `${name}: ${output}`);
        }
      }
    });
  }
}
