import { assertEquals } from "@std/assert";
import { audioTowerSchema, optDecoderSchema, qformerSchema, visionTowerSchema } from "../../../src/graph/mod.ts";

Deno.test("an activation goes by each of its names, and another one is refused at its key", () => {
  const siglip = { model_type: "siglip_vision_model" };
  const schemas = [
    [visionTowerSchema, siglip, "hidden_act", "gelu_pytorch_tanh"],
    [qformerSchema, {}, "hidden_act", "gelu"],
    [audioTowerSchema, {}, "activation_function", "gelu"],
    [optDecoderSchema, { model_type: "opt" }, "activation_function", "relu"],
  ] as const;
  for (const [schema, config, key, assumed] of schemas) {
    assertEquals(schema.parse(config).activation, assumed);
    assertEquals(schema.parse({ ...config, [key]: "swish" }).activation, "silu");
    const { issues } = schema.safeParse({ ...config, [key]: "sine" }).error!;
    assertEquals(issues.map(({ path, message }) => [path, message]), [[[key], "the name of a known activation"]]);
  }
});
