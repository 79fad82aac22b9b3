import { assertEquals, assertRejects } from "@std/assert";
import { compileKernels } from "../../../src/compute/kernels.ts";
import { ContextLengthError } from "../../../src/core/errors.ts";
import { buildGraph, decoder, decoderSchema, ropeOffset, unsupportedByProgram } from "../../../src/graph/mod.ts";
import { type CoreBackend, openCoreBackend } from "../../../src/runtime/core_backend.ts";
import { decodeInChunks, sequence, tokenRange } from "../decoding.ts";
import { readGolden } from "../golden.ts";
import { placeFrom } from "../placing.ts";
import { assertClose, weightsFrom } from "../running.ts";
import { imageEncoder } from "./image_encoder.ts";

const DECODERS = [
  "llama_llama3_rope",
  "llama_llama3_rope_v5",
  "llama_linear_rope_biases",
  "llama_yarn",
  "llama_dynamic",
  "qwen2_tied",
  "qwen2_window",
  "qwen3",
  "mistral_window",
  "mistral",
  "phi3_partial_rotary",
  "phi3_longrope_short",
  "phi3_longrope_long",
  "gemma3_text",
  "gemma3_text_v4",
];
const TOWERS = ["clip_default", "clip_full_list", "clip_last", "siglip_full", "siglip_last"];

const TOLERANCE = 1e-4;

async function openBackend(numThreads = 2): Promise<CoreBackend> {
  const choice = { device: "wasm", dtype: "f32", reason: "asked for", name: "" } as const;
  return openCoreBackend(choice, await compileKernels(), numThreads);
}

function openGolden(name: string) {
  const { config, tensors } = readGolden(name);
  const settings = decoderSchema.parse(config);
  const graph = buildGraph(name, (g) => decoder(g, settings, { offsetsPositions: true }));
  const embeds = tensors["input.inputs_embeds"];
  const offset = ropeOffset(settings.layers[0].rope, embeds.dims[1]);
  return { graph, place: placeFrom(weightsFrom(tensors)), embeds, offset, logits: tensors["output.logits"] };
}

for (const name of DECODERS) {
  Deno.test(`kernels decode ${name} as transformers does, however the prompt is cut`, async () => {
    const { graph, place, embeds, offset, logits } = openGolden(name);
    const numTokens = embeds.dims[1];
    using backend = await openBackend();
    await using session = await backend.openSession(graph, place);
    const run = session.run.bind(session);
    const [whole] = await decodeInChunks(graph, run, embeds, [numTokens], offset);
    assertClose(whole, tokenRange(logits, numTokens - 1, numTokens), TOLERANCE, "a batch of two at once");
    const steps = await decodeInChunks(graph, run, embeds, Array(numTokens).fill(1), offset);
    steps.forEach((step, token) =>
      assertClose(step, tokenRange(logits, token, token + 1), TOLERANCE, `token ${token}`)
    );

    // The same network with its cache kept in place.
    await using kept = await backend.openDecoder(graph, place);
    const one = sequence(embeds, 0);
    for (const chunks of [[numTokens], [4, numTokens - 4], [3, 1, 1, numTokens - 5]]) {
      using cache = kept.newKvCache(numTokens);
      for (const chunk of chunks) {
        const start = cache.length;
        const positionIds = Int32Array.from({ length: chunk }, (_, i) => offset + start + i);
        const rows = tokenRange(one, start, start + chunk).data as Float32Array;
        const data = await kept.run(rows, { positionIds }, cache);
        const found = { type: "float32", dims: [1, 1, data.length], data } as const;
        const end = start + chunk;
        assertClose(found, sequence(tokenRange(logits, end - 1, end), 0), TOLERANCE, `${end} tokens`);
      }
      assertEquals(cache.length, numTokens);
    }
  });
}

for (const name of TOWERS) {
  Deno.test(`kernels encode ${name} as transformers does, together as one by one`, async () => {
    const { config, tensors } = readGolden(name);
    using backend = await openBackend();
    await using session = await backend.openSession(imageEncoder(config), placeFrom(weightsFrom(tensors)));
    const pixels = tensors["input.pixel_values"];
    const { rows } = await session.run({ pixel_values: pixels });
    assertClose(rows, tensors["output.rows"], TOLERANCE, name);
    const numImages = pixels.dims[0];
    for (let image = 0; image < numImages; image++) {
      const alone = await session.run({ pixel_values: sequence(pixels, image) });
      const size = rows.data.length / numImages;
      assertEquals(alone.rows.data, rows.data.slice(image * size, (image + 1) * size), `image ${image}`);
    }
  });
}

Deno.test("a sequence that outgrows its room keeps its keys, and stops at its capacity", async () => {
  const { graph, place, embeds } = openGolden("qwen2_tied");
  using backend = await openBackend(1);
  await using network = await backend.openDecoder(graph, place);
  const hidden = embeds.dims[2];
  const row = (token: number) => Float32Array.from({ length: hidden }, (_, i) => Math.sin(token * 7 + i));
  const at = (token: number) => ({ positionIds: Int32Array.of(token % 8) });
  using grown = network.newKvCache(700);
  using roomy = network.newKvCache(700);
  // One grows while it is used, the other before.
  const whole = Float32Array.from(Array.from({ length: 600 }, (_, token) => Array.from(row(token))).flat());
  const positionIds = Int32Array.from({ length: 600 }, (_, token) => token % 8);
  const expected = (await network.run(whole, { positionIds }, roomy)).slice();
  let found!: Float32Array;
  for (let token = 0; token < 600; token++) found = await network.run(row(token), at(token), grown);
  const tensor = (data: Float32Array) => ({ type: "float32", dims: [data.length], data }) as const;
  assertClose(tensor(found), tensor(expected), TOLERANCE, "600 tokens one by one");
  await assertRejects(
    () => network.run(whole.subarray(0, 101 * hidden), { positionIds: positionIds.subarray(0, 101) }, grown),
    ContextLengthError,
    "at most 700 tokens",
  );
});

Deno.test("what the kernels do not know is named, and positions outside the table are refused", async () => {
  const { graph: llama, place, embeds } = openGolden("llama_llama3_rope");
  using backend = await openBackend(1);
  const unknown = { ...llama, nodes: llama.nodes.map((node, at) => at === 3 ? { ...node, op: "fourier" } : node) };
  const known = llama.nodes.map((node) => node.op === "linear" ? { ...node, attributes: { rounding: "up" } } : node);
  assertEquals(unsupportedByProgram(unknown), "fourier");
  assertEquals(unsupportedByProgram({ ...llama, nodes: known }), "linear with rounding");
  await assertRejects(() => backend.openSession(unknown, place), TypeError, "found fourier");
  await using session = await backend.openDecoder(llama, place);
  using cache = session.newKvCache(4);
  const rows = tokenRange(sequence(embeds, 0), 0, 1).data as Float32Array;
  await assertRejects(
    () => session.run(rows, { positionIds: Int32Array.of(1 << 30) }, cache),
    RangeError,
    "Expected positions below",
  );
});
