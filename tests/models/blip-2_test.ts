import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import type { CheckpointConfigs } from "../../src/models/adapter.ts";
import { blip2 } from "../../src/models/blip-2.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("blip-2")) {
  Deno.test(`blip-2: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("blip-2", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}

const PICTURES = { image_processor_type: "BlipImageProcessor", size: { height: 224, width: 224 } };

/** The family on the published checkpoint's sizes, where nothing else is said. */
function configure(
  { config = {}, pictures = {}, processor, imageToken }: {
    config?: object;
    pictures?: object;
    processor?: object;
    imageToken?: number;
  } = {},
) {
  const parsed = blip2.config.parse({ model_type: "blip-2", image_token_index: 7, text_config: {}, ...config });
  return blip2.configure(
    parsed,
    {
      config: {},
      imageProcessor: { name: "preprocessor_config.json", value: { ...PICTURES, ...pictures } },
      processor: processor && { name: "processor_config.json", value: processor },
      tokenizer: { tokenToId: () => imageToken, encode: () => new Uint32Array() },
    } as CheckpointConfigs,
  );
}

const PICTURE = { modality: "image", index: 0, kind: "image", width: 640, height: 3 } as const;

Deno.test("a picture takes as many tokens as there are queries, before the prompt, and one is all", () => {
  const { numTokens, limits, placeholder, promptUpdates } = configure();
  assertEquals([numTokens(PICTURE, {}), limits.image, placeholder("image", 0)], [32, 1, null]);
  const [{ updates: [update] }] = promptUpdates([PICTURE], {});
  assertEquals(update.mode, "insertion");
  const insertion = update.content as (index: number) => number[];
  assertEquals(insertion(0), Array(32).fill(7));
  assertEquals(configure({ config: { num_query_tokens: 5 } }).numTokens(PICTURE, {}), 5);
});

Deno.test("the token of a picture is the configured one, else that of its name", () => {
  const contentOf = (model: ReturnType<typeof configure>) =>
    (model.promptUpdates([PICTURE], {})[0].updates[0].content as (index: number) => number[])(0)[0];
  assertEquals(contentOf(configure({ imageToken: 9 })), 7);
  assertEquals(contentOf(configure({ config: { image_token_index: null }, imageToken: 9 })), 9);
});

Deno.test("files that do not fit each other are refused by key", () => {
  const refused: [() => unknown, string][] = [
    [() => configure({ pictures: { size: { height: 224, width: 220 } } }), "preprocessor_config.json: size"],
    [() => configure({ pictures: { size: 200 } }), "preprocessor_config.json: size"],
    [
      () => configure({ pictures: { image_processor_type: "CLIPImageProcessor" } }),
      "preprocessor_config.json: image_processor_type",
    ],
    [() => configure({ processor: { num_query_tokens: 31 } }), "processor_config.json: num_query_tokens"],
    [() => configure({ config: { image_token_index: null } }), "config.json: image_token_index"],
  ];
  for (const [call, param] of refused) assertEquals(assertThrows(call, CheckpointError).param, param);
  configure({ pictures: { size: 224 }, processor: { num_query_tokens: 32 } });
});

Deno.test("decoders of another kind are refused by key", () => {
  const faults: [object, string][] = [
    [{ text_config: { model_type: "t5" } }, "text_config.model_type"],
    [
      { text_config: { word_embed_proj_dim: 512, hidden_size: 1024, num_attention_heads: 16 } },
      "text_config.word_embed_proj_dim",
    ],
    [{ text_config: { activation_function: "sinus" } }, "text_config.activation_function"],
    [{ vision_config: { hidden_size: 30, num_attention_heads: 4 } }, "vision_config.hidden_size"],
    [{ qformer_config: { num_attention_heads: 7 } }, "qformer_config.hidden_size"],
    [{ num_query_tokens: 0 }, "num_query_tokens"],
  ];
  for (const [config, key] of faults) {
    const { error } = blip2.config.safeParse({ model_type: "blip-2", ...config });
    assertEquals(error?.issues.map(({ path }) => path.join(".")), [key]);
  }
});
