import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import type { Model } from "../../src/models/adapter.ts";
import { llavaNext, unpaddedGrid } from "../../src/models/llava_next.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const golden of readFamily("llava_next")) {
  Deno.test(`llava_next ${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("llava_next", golden.folder, "wasm");
    await using _ = model.engine;
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}

const VISION = { model_type: "clip_vision_model", image_size: 336, patch_size: 14 };
const PICTURES = {
  image_processor_type: "LlavaNextImageProcessor",
  size: { shortest_edge: 336 },
  crop_size: { height: 336, width: 336 },
};

/** The family on settings in the shape of the real checkpoints. */
function configure(config: object = {}, pictures: object = {}): Model {
  return llavaNext.configure(llavaNext.config.parse({ vision_config: VISION, ...config }), {
    config: {},
    imageProcessor: { name: "preprocessor_config.json", value: { ...PICTURES, ...pictures } as never },
    tokenizer: { tokenToId: () => 32000, encode: () => new Uint32Array() },
  });
}

Deno.test("token counts of 336 pixels and five pinpoints are those of transformers", () => {
  const { numTokens, largestItem } = configure();
  const sizes = JSON.parse(Deno.readTextFileSync(new URL("../testdata/llava_next/sizes.json", import.meta.url)));
  for (const [width, height, count] of sizes as number[][]) {
    const found = numTokens({ modality: "image", index: 0, kind: "image", width, height }, {});
    assertEquals(found, count, `${width} x ${height}`);
  }
  assertEquals(numTokens(largestItem!("image"), {}), 2928);
});

Deno.test("an odd rest of padding leaves one row", () => {
  const grid = { rows: 12, columns: 12 };
  assertEquals(unpaddedGrid(160, 120, grid), { top: 1, rows: 10, left: 0, columns: 12, allColumns: 12 });
  assertEquals(unpaddedGrid(120, 160, grid), { top: 0, rows: 12, left: 1, columns: 10, allColumns: 12 });
  assertEquals(unpaddedGrid(1000, 1, grid), { top: 6, rows: 0, left: 0, columns: 12, allColumns: 12 });
});

Deno.test("what is almost a whole number of patches is that number", () => {
  assertEquals(55 * (48 / 176), 14.999999999999998);
  assertEquals(unpaddedGrid(176, 55, { rows: 24, columns: 48 }).rows, 24 - 2 * Math.floor((24 - 15) / 2));
});

Deno.test("settings that do not fit the tower are refused", () => {
  const issue = (config: object) => llavaNext.config.safeParse({ vision_config: VISION, ...config }).error?.issues[0];
  assertEquals(issue({ vision_feature_select_strategy: "full" })?.path, ["vision_feature_select_strategy"]);
  const siglip = { ...VISION, model_type: "siglip_vision_model" };
  assertEquals(issue({ vision_config: siglip })?.path, ["vision_feature_select_strategy"]);
  assertEquals(issue({ vision_config: siglip, vision_feature_select_strategy: "full" }), undefined);
  assertEquals(issue({ vision_config: { model_type: "vit" } })?.path, ["vision_config", "model_type"]);
  assertEquals(issue({ text_config: { model_type: "t5" } })?.path, ["text_config", "model_type"]);

  const crop = assertThrows(() => configure({}, { crop_size: { height: 224, width: 224 } }), CheckpointError);
  assertEquals(crop.param, "preprocessor_config.json: crop_size");
  const pinpoints = assertThrows(() => configure({}, { image_grid_pinpoints: [[336, 500]] }), CheckpointError);
  assertEquals(pinpoints.param, "preprocessor_config.json: image_grid_pinpoints");
});
