import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, InvalidRequestError, MediaDecodeError } from "../../src/core/errors.ts";
import { numElements, type Tensor } from "../../src/core/tensor.ts";
import { type WeightSpec, weightTensors } from "../../src/graph/mod.ts";
import type { Model } from "../../src/models/adapter.ts";
import { qwen25Vl } from "../../src/models/qwen2_5_vl.ts";
import { qwen2Vl } from "../../src/models/qwen2_vl.ts";
import type { EmbedsInfo } from "../../src/multimodal/item.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("qwen2_vl")) {
  Deno.test(`qwen2_vl ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("qwen2_vl", folder, "wasm");
    await using _ = model.engine;
    for (const one of cases) await t.step(one.title, () => checkCase(model, one));
  });
}

/** Shapes of the published checkpoints, as their config.json has them. */
const TEXT_2B = {
  hidden_size: 1536,
  intermediate_size: 8960,
  max_position_embeddings: 32768,
  max_window_layers: 28,
  num_attention_heads: 12,
  num_hidden_layers: 28,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  rope_scaling: { type: "mrope", mrope_section: [16, 24, 24] },
  sliding_window: 32768,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
};
const VISION_2B = {
  depth: 32,
  embed_dim: 1280,
  mlp_ratio: 4,
  num_heads: 16,
  in_chans: 3,
  hidden_size: 1536,
  patch_size: 14,
};
const CONFIG_2B = { model_type: "qwen2_vl", image_token_id: 151655, ...TEXT_2B, vision_config: VISION_2B };
const CONFIG_7B = {
  ...CONFIG_2B,
  model_type: "qwen2_5_vl",
  hidden_size: 3584,
  intermediate_size: 18944,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  tie_word_embeddings: false,
  vocab_size: 152064,
  vision_config: {
    depth: 32,
    hidden_size: 1280,
    intermediate_size: 3420,
    num_heads: 16,
    out_hidden_size: 3584,
    window_size: 112,
    fullatt_block_indexes: [7, 15, 23, 31],
  },
};
const PICTURES = { image_processor_type: "Qwen2VLImageProcessor", min_pixels: 3136, max_pixels: 12845056 };

function configure(adapter: typeof qwen2Vl, config: Record<string, unknown>, pictures: object = PICTURES): Model {
  return adapter.configure(adapter.config.parse(config), {
    config: config as never,
    imageProcessor: { name: "preprocessor_config.json", value: pictures as never },
    tokenizer: { tokenToId: () => undefined, encode: () => new Uint32Array(0) },
  });
}

Deno.test("graphs of the published shapes read as many parameters as transformers counts", () => {
  const subjects = [[qwen2Vl, CONFIG_2B, 2_208_985_600], [qwen25Vl, CONFIG_7B, 8_292_166_656]] as const;
  for (const [adapter, config, wanted] of subjects) {
    const { networks, language } = configure(adapter, config);
    const graphs = [networks.language(8), networks.encoders.image!.graph()];
    const weights = graphs.flatMap((graph) => graph.weights).filter((weight) => weightTensors(weight).length > 0);
    const count = (specs: readonly WeightSpec[]) => specs.reduce((sum, { shape }) => sum + numElements(shape), 0);
    // A table that is not the head is no part of the graph.
    const table = config.tie_word_embeddings ? 0 : language.vocabSize * language.hiddenSize;
    assertEquals(count(weights) + table, wanted, config.model_type);
  }
});

Deno.test("token counts of the published settings", () => {
  const { numTokens, largestItem } = configure(qwen2Vl, CONFIG_2B);
  const image = (width: number, height: number) =>
    ({ kind: "image", modality: "image", index: 0, width, height }) as const;
  assertEquals(numTokens(image(1300, 876), {}), 1426);
  assertEquals(numTokens(image(1300, 876), { max_pixels: 512 ** 2 }), 330);
  assertEquals(numTokens(image(224, 224), {}), 64);
  assertEquals(numTokens(image(28, 28), {}), 4);
  assertEquals(numTokens(image(1920, 1080), {}), 2691);
  assertEquals(numTokens(largestItem!("image"), {}), 16384);
  assertThrows(() => numTokens(image(2010, 10), {}), MediaDecodeError);
});

Deno.test("text settings count wherever they are: beside the others, or nested", () => {
  const nested = { model_type: "qwen2_vl", text_config: TEXT_2B, vision_config: VISION_2B, image_token_id: 7 };
  const rope = { ...TEXT_2B.rope_scaling, rope_type: "default", rope_theta: 1000000 };
  const { rope_scaling: _, rope_theta: __, ...rest } = TEXT_2B;
  const ofFive = { ...nested, text_config: { ...rest, rope_parameters: rope, tie_word_embeddings: undefined } };
  const flat = configure(qwen2Vl, CONFIG_2B);
  for (const config of [nested, { ...ofFive, tie_word_embeddings: true }]) {
    const model = configure(qwen2Vl, config);
    assertEquals(model.language, flat.language);
    assertEquals(model.networks.language(8), flat.networks.language(8));
  }
});

Deno.test("settings that cannot be are refused by their key", () => {
  const issues = (config: unknown) =>
    (qwen2Vl.config.safeParse(config).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
  const vision = (change: object) => issues({ ...CONFIG_2B, vision_config: { ...VISION_2B, ...change } });
  assertEquals(vision({ num_heads: 128 }), ["vision_config.num_heads: heads of a multiple of 4 elements of 1280"]);
  assertEquals(vision({ hidden_act: "sine" }), ["vision_config.hidden_act: the name of a known activation"]);
  assertEquals(vision({ hidden_size: 8 }), [
    "vision_config: rows as wide as the language network (1536), found 8",
  ]);
  assertEquals(issues({ ...CONFIG_2B, text_config: { ...TEXT_2B, num_key_value_heads: 5 } }), [
    "text_config.num_key_value_heads: a divisor of num_attention_heads (12)",
  ]);
  assertThrows(
    () => configure(qwen2Vl, CONFIG_2B, { ...PICTURES, patch_size: 16 }),
    CheckpointError,
    "Expected patch_size to be that of vision_config, 14: found 16",
  );
});

Deno.test("precomputed rows must fill their grid", () => {
  const model = configure(qwen2Vl, CONFIG_2B);
  const grid = (data: bigint[], dims = [data.length]): Tensor => ({
    type: "int64",
    dims,
    data: BigInt64Array.from(data),
  });
  const embeds = (numRows: number, image_grid_thw: Tensor): EmbedsInfo => ({
    kind: "embeds",
    modality: "image",
    index: 1,
    numRows,
    tensors: { image_grid_thw },
  });
  assertEquals(model.numTokens(embeds(6, grid([1n, 4n, 6n])), {}), 6);
  assertEquals(model.numTokens(embeds(6, grid([1n, 4n, 6n], [1, 3])), {}), 6);
  for (
    const wrong of [grid([1n, 4n, 4n]), grid([1n, 8n, 3n]), grid([0n, 4n, 6n]), grid([4n, 6n]), grid([-1n, -4n, 6n])]
  ) {
    assertThrows(() => model.numTokens(embeds(6, wrong), {}), InvalidRequestError, "image_grid_thw of image 1");
  }
});

Deno.test("settings of a request are areas from 1, and no others", () => {
  const { processorKwargs } = configure(qwen2Vl, CONFIG_2B);
  const isFine = (kwargs: unknown) => processorKwargs!.safeParse(kwargs).success;
  assertEquals(isFine({ min_pixels: 3136, max_pixels: 12845056 }), true);
  assertEquals(isFine({ size: { shortest_edge: 3136 } }), true);
  for (
    const wrong of [{ min_pixels: 0 }, { max_pixels: 1.5 }, { max_pixels: 2 ** 40 }, { size: { height: 3 } }, {
      do_resize: false,
    }]
  ) {
    assertEquals(isFine(wrong), false, JSON.stringify(wrong));
  }
});

Deno.test("tensors are found under the names of the hub and of transformers 5", () => {
  assertEquals(qwen2Vl.tensorNames("visual.merger.ln_q.weight").slice(0, 2), [
    "visual.merger.ln_q.weight",
    "model.visual.merger.ln_q.weight",
  ]);
  assertEquals(qwen2Vl.tensorNames("model.layers.0.mlp.up_proj.weight").slice(0, 2), [
    "model.layers.0.mlp.up_proj.weight",
    "model.language_model.layers.0.mlp.up_proj.weight",
  ]);
});
