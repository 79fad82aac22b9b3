import { assertEquals } from "@std/assert";
import { blipTowerSchema, optDecoderSchema, qformerSchema, visionTowerSchema } from "../../../src/graph/mod.ts";

Deno.test("a hidden size that the heads cannot share is refused at its key", () => {
  const schemas = [
    [visionTowerSchema, { model_type: "siglip_vision_model" }],
    [blipTowerSchema, {}],
    [qformerSchema, {}],
    [optDecoderSchema, { model_type: "opt" }],
  ] as const;
  for (const [schema, config] of schemas) {
    const { issues } = schema.safeParse({ ...config, hidden_size: 100, num_attention_heads: 12 }).error!;
    assertEquals(issues.map(({ path, message }) => [path, message]), [
      [["hidden_size"], "a multiple of num_attention_heads (12)"],
    ]);
    assertEquals(schema.safeParse({ ...config, hidden_size: 96, num_attention_heads: 12 }).success, true);
  }
});
