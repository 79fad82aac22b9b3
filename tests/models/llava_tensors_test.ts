import { assert, assertEquals } from "@std/assert";
import { llavaHead, llavaTensorNames } from "../../src/models/llava_tensors.ts";

Deno.test("a head that the checkpoint lacks is the embedding table, if a configuration says that they may be one", () => {
  const table = "language_model.model.embed_tokens.weight";
  for (const tied of [[true, undefined], [false, true], [true, false]]) {
    const names = llavaTensorNames(`${llavaHead(...tied)}.weight`);
    assert(names.includes(table));
    assertEquals(names[0], "language_model.lm_head.weight", "a head that is there comes first");
    assert(names.indexOf("lm_head.weight") < names.indexOf(table));
  }
  for (const tied of [[false, undefined], [undefined, undefined], [false, false]]) {
    assert(!llavaTensorNames(`${llavaHead(...tied)}.weight`).includes(table));
  }
});

Deno.test("tensors are found in the nestings of the hub and of transformers 5", () => {
  const layer = "encoder.layers.0.mlp.fc1.weight";
  for (const prefix of ["vision_tower.", "vision_tower.vision_model.", "model.vision_tower."]) {
    assert(llavaTensorNames(`vision_tower.${layer}`).includes(prefix + layer));
  }
  assert(llavaTensorNames("language_model.model.norm.weight").includes("model.language_model.norm.weight"));
  assert(llavaTensorNames("language_model.lm_head.weight").includes("lm_head.weight"));
  assert(llavaTensorNames("image_newline").includes("model.image_newline"));
});
