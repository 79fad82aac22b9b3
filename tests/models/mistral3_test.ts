import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, InvalidRequestError } from "../../src/core/errors.ts";
import type { Model } from "../../src/models/adapter.ts";
import { llava } from "../../src/models/llava.ts";
import { mistral3 } from "../../src/models/mistral3.ts";
import type { ItemInfo } from "../../src/multimodal/item.ts";
import { applyPromptUpdates } from "../../src/multimodal/prompt_update.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const golden of readFamily("mistral3")) {
  Deno.test(`${golden.modelType} ${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("mistral3", golden.folder, "wasm");
    await using _ = model.engine;
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}

const TOKENS: Record<string, number> = { "[IMG]": 10, "[IMG_BREAK]": 12, "[IMG_END]": 13 };

/** The family on settings in the shape of Mistral Small 3.1. */
function configure(config: object = {}, pictures: object = {}, processor: object = {}, tokens = TOKENS): Model {
  const parsed = mistral3.config.parse({
    text_config: {},
    vision_config: { model_type: "pixtral", patch_size: 14 },
    ...config,
  });
  return mistral3.configure(parsed, {
    config: {},
    imageProcessor: {
      name: "preprocessor_config.json",
      value: { image_processor_type: "PixtralImageProcessor", size: { longest_edge: 1540 }, ...pictures } as never,
    },
    processor: { name: "processor_config.json", value: { patch_size: 14, spatial_merge_size: 2, ...processor } },
    tokenizer: { tokenToId: (text) => tokens[text], encode: () => new Uint32Array() },
  });
}

const picture = (width: number, height: number, index = 0): ItemInfo => ({
  modality: "image",
  index,
  kind: "image",
  width,
  height,
});

function rowsOfIds(count: number, sizes: number[][]): ItemInfo {
  const data = BigInt64Array.from(sizes.flat(), BigInt);
  return {
    modality: "image",
    index: 0,
    kind: "embeds",
    numRows: count,
    tensors: { image_sizes: { type: "int64", dims: sizes.length === 1 ? [2] : [sizes.length, 2], data } },
  };
}

Deno.test("prompt tokens of real shapes are those of transformers", () => {
  const models: Record<number, Model> = {
    28: configure(),
    16: llava.configure(
      llava.config.parse({
        text_config: {},
        vision_config: { model_type: "pixtral" },
        vision_feature_select_strategy: "full",
        image_token_index: 10,
      }),
      {
        config: {},
        imageProcessor: {
          name: "preprocessor_config.json",
          value: { image_processor_type: "PixtralImageProcessor", patch_size: { height: 16, width: 16 } },
        },
        tokenizer: { tokenToId: (text) => TOKENS[text], encode: () => new Uint32Array() },
      },
    ),
  };
  const sizes = JSON.parse(Deno.readTextFileSync(new URL("../testdata/mistral3/sizes.json", import.meta.url)));
  for (const [, patch, width, height, count] of sizes as number[][]) {
    const { promptTokenIds } = applyPromptUpdates([10], models[patch].promptUpdates([picture(width, height)], {}));
    assertEquals(promptTokenIds.length, count, `${width} x ${height}, patches of ${patch}`);
  }
  assert(sizes.length > 200);
});

Deno.test("each row ends in a break, the last in the end, and the rest take rows", () => {
  const { promptUpdates, numTokens } = configure();
  const { promptTokenIds, placeholders } = applyPromptUpdates([1, 10, 2, 10, 3], [
    ...promptUpdates([picture(56, 84), picture(28, 20, 1)], {}),
  ]);
  assertEquals([...promptTokenIds], [1, 10, 10, 12, 10, 10, 12, 10, 10, 13, 2, 10, 13, 3]);
  assertEquals(placeholders.image?.map(({ offset, isEmbed }) => [offset, [...isEmbed!]]), [
    [1, [1, 1, 0, 1, 1, 0, 1, 1, 0]],
    [11, [1, 0]],
  ]);
  assertEquals(numTokens(picture(56, 84), {}), 6);
  // No picture takes more rows than the largest square.
  assertEquals(numTokens(picture(9999, 9999), {}), (1540 / 28) ** 2);
});

Deno.test("a request may ask for smaller pictures", () => {
  const { numTokens, processorKwargs } = configure();
  assertEquals(numTokens(picture(1000, 500), { size: { longest_edge: 100 } }), 4 * 2);
  assert(processorKwargs!.safeParse({ size: { height: 100, width: 50 } }).success);
  for (const wrong of [{ size: { shortest_edge: 3 } }, { size: 100 }, { patch_size: 7 }, { do_resize: false }]) {
    assert(!processorKwargs!.safeParse(wrong).success);
  }
});

Deno.test("precomputed rows come with the size of their picture", () => {
  const { promptUpdates, numTokens } = configure();
  const item = rowsOfIds(6, [[56, 84]]);
  assertEquals(numTokens(item, {}), 6);
  const { promptTokenIds } = applyPromptUpdates([10], promptUpdates([item], {}));
  assertEquals([...promptTokenIds], [10, 10, 10, 12, 10, 10, 10, 13]);
  for (const wrong of [rowsOfIds(5, [[56, 84]]), rowsOfIds(6, [[56, 83]]), rowsOfIds(6, [[56, 84], [56, 84]])]) {
    assertThrows(() => numTokens(wrong, {}), InvalidRequestError, "image_sizes 0");
  }
});

Deno.test("files that do not fit each other are refused", () => {
  const param = (run: () => unknown) => assertThrows(run, CheckpointError).param;
  assertEquals(param(() => configure({ spatial_merge_size: 1 })), "processor_config.json: patch_size");
  assertEquals(param(() => configure({ image_token_index: 11 })), "config.json: image_token_index");
  assertEquals(param(() => configure({}, {}, {}, { "[IMG]": 10, "[IMG_END]": 13 })), "tokenizer.json");
  assertEquals(param(() => configure({}, { do_resize: false })), "preprocessor_config.json: do_resize");
  assertEquals(param(() => configure({}, {}, { image_token: 7 })), "processor_config.json: image_token");
  const issue = (config: object) =>
    mistral3.config.safeParse({ text_config: {}, vision_config: {}, ...config }).error?.issues[0].path;
  assertEquals(issue({ vision_feature_layer: [1, 2] }), ["vision_feature_layer"]);
  assertEquals(issue({ vision_config: { model_type: "clip_vision_model" } }), ["vision_config", "model_type"]);
  assertEquals(issue({ vision_config: { hidden_size: 17 * 16 } }), ["vision_config", "hidden_size"]);
  const pixtral = { text_config: {}, vision_config: { model_type: "pixtral" } };
  assertEquals(llava.config.safeParse(pixtral).error?.issues[0].path, ["vision_feature_select_strategy"]);
});
