import * as ort from "onnxruntime-web/jspi";
import { interpret } from "../../src/graph/mod.ts";
import { CASES } from "./cases.ts";
import { assertClose, openGraph, type OrtModule, randomNumbers, weightsFrom } from "./running.ts";

/** f16 keeps 11 bits (5e-4); sums of some 40 products of magnitude 1 lose a few of them. */
const TOLERANCE = { f32: 1e-4, f16: 1e-2 } as const;

for (const dtype of ["f32", "f16"] as const) {
  for (const [name, make] of Object.entries(CASES)) {
    Deno.test({
      name: `WebGPU ${dtype} computes ${name} as the interpreter does`,
      // The adapter and its buffers live as long as the process.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const random = randomNumbers(name.length * 7919);
        const { graph, tensors, feeds } = make(random);
        const read = weightsFrom(tensors);
        const expected = interpret(graph, read, feeds);
        await using open = await openGraph(graph, read, { ort: ort as OrtModule, target: "webgpu", dtype });
        const found = await open.run(feeds);
        for (const output of Object.keys(expected)) {
          assertClose(found[output], expected[output], TOLERANCE[dtype], `${name}: ${output}`);
        }
      },
    });
  }
}
