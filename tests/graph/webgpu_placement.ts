/**
 * Opens a decoder and an image encoder on WebGPU with ONNX Runtime's log turned on, which goes past `console`. A process of
 * its own for webgpu_placement_test.ts.
 *
 * @module
 */

import * as ort from "onnxruntime-web/jspi";
import { buildGraph, decoder, decoderSchema } from "../../src/graph/mod.ts";
import { imageEncoder } from "./blocks/image_encoder.ts";
import { readGolden } from "./golden.ts";
import { openGraph, type OrtModule, weightsFrom } from "./running.ts";

ort.env.logLevel = "info";
for (
  const name of ["llama_llama3_rope", "qwen3", "gemma3_text_v4", "phi3_partial_rotary", "clip_default", "siglip_full"]
) {
  const { config, tensors } = readGolden(name);
  const graph = config.vision_config
    ? imageEncoder(config)
    : buildGraph(name, (g) => decoder(g, decoderSchema.parse(config)));
  for (const dtype of ["f32", "f16"] as const) {
    const choice = { ort: ort as OrtModule, target: "webgpu", dtype } as const;
    await using _open = await openGraph(graph, weightsFrom(tensors), choice, { logSeverityLevel: 1 });
    console.error(`opened ${name} ${dtype}`);
  }
}
