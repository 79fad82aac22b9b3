import { assertEquals, assertThrows } from "@std/assert";
import * as ort from "onnxruntime-web";
import { interpret } from "../../../src/graph/mod.ts";
import { readGolden } from "../golden.ts";
import { assertClose, openGraph, weightsFrom } from "../running.ts";
import { imageEncoder } from "./image_encoder.ts";

const GOLDENS = ["clip_default", "clip_full_list", "clip_last", "siglip_full", "siglip_last"];

/** f16 weights and activations through three layers. */
const TOLERANCE = { f32: 1e-4, f16: 3e-2 } as const;

for (const name of GOLDENS) {
  const { config, tensors } = readGolden(name);
  const graph = imageEncoder(config);
  const read = weightsFrom(tensors);
  const feeds = { pixel_values: tensors["input.pixel_values"] };

  Deno.test(`the interpreter encodes ${name} as transformers does`, () => {
    assertClose(interpret(graph, read, feeds).rows, tensors["output.rows"], 1e-4, name);
  });
  for (const dtype of ["f32", "f16"] as const) {
    Deno.test(`WASM ${dtype} encodes ${name} as transformers does`, async () => {
      await using session = await openGraph(graph, read, { ort, target: "wasm", dtype });
      assertClose((await session.run(feeds)).rows, tensors["output.rows"], TOLERANCE[dtype], name);
    });
  }
}

Deno.test("no layer beyond the last one that is asked for is read", () => {
  const { config } = readGolden("clip_default");
  const layers = imageEncoder(config).weights.flatMap(({ name }) => name.match(/encoder\.layers\.(\d+)/)?.[1] ?? []);
  assertEquals([...new Set(layers)], ["0", "1"]);
});

Deno.test("a hidden state that the tower does not have is an error", () => {
  const { config } = readGolden("clip_default");
  assertThrows(
    () => imageEncoder({ ...config, vision_feature_layer: -5 }),
    Error,
    "a hidden state of 3 layers: found -5",
  );
});
