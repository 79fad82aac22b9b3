import { assert, assertEquals } from "@std/assert";
import { compileKernels } from "../../../src/compute/kernels.ts";
import { interpret } from "../../../src/graph/mod.ts";
import { type CoreBackend, openCoreBackend } from "../../../src/runtime/core_backend.ts";
import { imageEncoder } from "../blocks/image_encoder.ts";
import { CASES } from "../cases.ts";
import { sequence } from "../decoding.ts";
import { readGolden } from "../golden.ts";
import { placeFrom } from "../placing.ts";
import { randomNumbers, weightsFrom } from "../running.ts";

async function openBackend(): Promise<CoreBackend> {
  const choice = { device: "wasm", dtype: "f32", reason: "asked for", name: "" } as const;
  return openCoreBackend(choice, await compileKernels(), 2, "q8");
}

/** Root of the mean square of what was found less what was expected, relative to that of the expected. */
function relativeError(found: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (Number(found[i]) - Number(expected[i])) ** 2;
    size += Number(expected[i]) ** 2;
  }
  return Math.sqrt(error / size);
}

Deno.test("quantized products are within two in a hundred of the interpreter's", async () => {
  using backend = await openBackend();
  for (const name of ["linear", "linear with bias", "logits", "mlp", "gatedMlp"]) {
    const random = randomNumbers(name.length);
    // Sizes are random; of single numbers the error says little.
    for (let round = 0; round < 30; round++) {
      const { graph, tensors, feeds } = CASES[name](random);
      const read = weightsFrom(tensors);
      const { y: expected } = interpret(graph, read, feeds);
      if (expected.data.length < 64) continue;
      await using session = await backend.openSession(graph, placeFrom(read));
      const { y } = await session.run(feeds);
      const error = relativeError(y.data, expected.data);
      assert(error < 0.02, `${name}: ${error}`);
    }
  }
});

Deno.test("a quantized tower stays near transformers' rows, together as one by one", async () => {
  const { config, tensors } = readGolden("siglip_full");
  using backend = await openBackend();
  await using session = await backend.openSession(imageEncoder(config), placeFrom(weightsFrom(tensors)));
  const pixels = tensors["input.pixel_values"];
  const { rows } = await session.run({ pixel_values: pixels });
  const error = relativeError(rows.data, tensors["output.rows"].data);
  assert(error > 0 && error < 0.05, `${error}`);
  const size = rows.data.length / pixels.dims[0];
  const alone = await session.run({ pixel_values: sequence(pixels, 1) });
  assertEquals(alone.rows.data, rows.data.slice(size, 2 * size));
});
