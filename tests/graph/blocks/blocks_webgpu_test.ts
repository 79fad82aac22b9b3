import * as ort from "onnxruntime-web/jspi";
import type * as Ort from "onnxruntime-web";
import { buildGraph, decoder, decoderSchema, type OnnxModel } from "../../../src/graph/mod.ts";
import { decodeInChunks, sequence, tokenFeeds, tokenRange } from "../decoding.ts";
import { readGolden } from "../golden.ts";
import { assertClose, openGraph, type OrtModule, weightsFrom } from "../running.ts";
import { imageEncoder } from "./image_encoder.ts";

/** f16 weights, activations and cache through a few layers, logits of some 10 or capped at 2. */
const TOLERANCE = { f32: 1e-4, f16: 5e-2 } as const;

const choice = { ort: ort as OrtModule, target: "webgpu" } as const;

function test(name: string, fn: () => Promise<void>): void {
  // The adapter and its buffers live as long as the process.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

/** One buffer of full length for each past and present pair, as tensors. */
function staticCache(device: GPUDevice, model: OnnxModel, length: number): Record<string, Ort.Tensor> {
  const pasts = model.inputs.filter(({ name }) => name.startsWith("past_key_values."));
  return Object.fromEntries(pasts.map(({ name, type, dims }) => {
    const shape = [1, Number(dims[1]), length, Number(dims[3])];
    const size = shape.reduce((a, b) => a * b) * (type === "float16" ? 2 : 4);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size, usage });
    return [name, ort.Tensor.fromGpuBuffer(buffer, { dataType: type as "float32", dims: shape }) as Ort.Tensor];
  }));
}

for (
  const name of [
    "llama_llama3_rope",
    "qwen2_window",
    "mistral_window",
    "qwen3",
    "phi3_partial_rotary",
    "gemma3_text",
    "gemma3_text_v4",
  ]
) {
  const { config, tensors } = readGolden(name);
  const graph = buildGraph(name, (g) => decoder(g, decoderSchema.parse(config)));
  const read = weightsFrom(tensors);
  const embeds = tensors["input.inputs_embeds"];
  const logits = tensors["output.logits"];
  const numTokens = embeds.dims[1];
  const chunks = [5, 3, ...Array(numTokens - 8).fill(1)];

  for (const dtype of ["f32", "f16"] as const) {
    test(`WebGPU ${dtype} decodes ${name} as transformers does, present fed back as past`, async () => {
      await using session = await openGraph(graph, read, { ...choice, dtype });
      const found = await decodeInChunks(graph, session.run, sequence(embeds, 0), chunks);
      let end = 0;
      found.forEach((step, index) => {
        end += chunks[index];
        assertClose(step, sequence(tokenRange(logits, end - 1, end), 0), TOLERANCE[dtype], `${end} tokens`);
      });
    });

    test(`WebGPU ${dtype} decodes ${name} as transformers does, one buffer as past and present`, async () => {
      await using open = await openGraph(graph, read, { ...choice, dtype }, {
        preferredOutputLocation: Object.fromEntries(
          graph.outputs.map((port) => [port.name, port.name === "logits" ? "cpu" as const : "gpu-buffer" as const]),
        ),
      });
      const past = staticCache(await ort.env.webgpu.device as GPUDevice, open.model, 24);
      const present = Object.fromEntries(
        Object.entries(past).map(([port, tensor]) => [port.replace("past_key_values.", "present."), tensor]),
      );
      let start = 0;
      for (const chunk of chunks) {
        const feeds = tokenFeeds(sequence(tokenRange(embeds, start, start + chunk), 0), start);
        const tensorsOf = Object.fromEntries(
          Object.entries(feeds).map(([port, { type, data, dims }]) => [
            port,
            new ort.Tensor(type as "float32", data as Float32Array, dims) as Ort.Tensor,
          ]),
        );
        const results = await open.session.run({ ...tensorsOf, ...past }, { logits: null, ...present });
        start += chunk;
        const found = {
          type: "float32",
          dims: results.logits.dims,
          data: results.logits.data as Float32Array,
        } as const;
        assertClose(found, sequence(tokenRange(logits, start - 1, start), 0), TOLERANCE[dtype], `${start} tokens`);
      }
    });
  }
}

for (const name of ["clip_default", "siglip_full"]) {
  const { config, tensors } = readGolden(name);
  for (const dtype of ["f32", "f16"] as const) {
    test(`WebGPU ${dtype} encodes ${name} as transformers does`, async () => {
      await using session = await openGraph(imageEncoder(config), weightsFrom(tensors), { ...choice, dtype });
      const { rows } = await session.run({ pixel_values: tensors["input.pixel_values"] });
      assertClose(rows, tensors["output.rows"], TOLERANCE[dtype], name);
    });
  }
}
