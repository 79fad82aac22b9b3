import { interpret, unsupportedByProgram } from "../../src/graph/mod.ts";
import { compileKernels } from "../../src/compute/kernels.ts";
import { openCoreBackend } from "../../src/runtime/core_backend.ts";
import { CASES } from "./cases.ts";
import { placeFrom } from "./placing.ts";
import { assertClose, randomNumbers, weightsFrom } from "./running.ts";

/** Relative; sums of some 40 products in f32. */
const TOLERANCE = 1e-5;

const CHOICE = { device: "wasm", dtype: "f32", reason: "asked for", name: "" } as const;

for (const numThreads of [1, 2]) {
  Deno.test(`kernels on ${numThreads} threads compute every op as the interpreter does, or say that they do not`, async (t) => {
    using backend = openCoreBackend(CHOICE, await compileKernels(), numThreads);
    for (const [name, make] of Object.entries(CASES)) {
      const random = randomNumbers(name.length * 7919);
      const cases = Array.from({ length: 4 }, () => make(random));
      const unsupported = unsupportedByProgram(cases[0].graph);
      await t.step(unsupported === undefined ? name : `${name}: no kernel for ${unsupported}`, async () => {
        for (const { graph, tensors, feeds } of unsupported === undefined ? cases : []) {
          const read = weightsFrom(tensors);
          const expected = interpret(graph, read, feeds);
          await using session = await backend.openSession(graph, placeFrom(read));
          const found = await session.run(feeds);
          for (const output of Object.keys(expected)) {
            assertClose(found[output], expected[output], TOLERANCE, `${name}: ${output}`);
          }
        }
      });
    }
  });
}
