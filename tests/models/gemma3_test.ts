import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import type { CheckpointConfigs, ExpandedPrompt } from "../../src/models/adapter.ts";
import { gemma3 } from "../../src/models/gemma3.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("gemma3")) {
  Deno.test(`gemma3: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("gemma3", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}

/** Runs of line breaks are tokens 1 to 5 by their length, letters 10, begin, end and rows of a picture 20, 21, 22. */
const TOKENS: Record<string, number> = { "<start_of_image>": 20, "<end_of_image>": 21, "<image_soft_token>": 22 };
const tokenizer: CheckpointConfigs["tokenizer"] = {
  tokenToId: (token) => TOKENS[token],
  encode: (text) =>
    Uint32Array.from(
      text.match(/<[a-z_]+>|\n{1,5}|[^\n<]+/g) ?? [],
      (part) => TOKENS[part] ?? (part[0] === "\n" ? part.length : 10),
    ),
};

/** The family on a tower of 6 x 6 patches, 9 rows a picture. */
function configure(settings: object = {}, processor: object = {}, config: object = {}, tokens = tokenizer) {
  const json = {
    model_type: "gemma3",
    image_token_index: 22,
    mm_tokens_per_image: 9,
    vision_config: { hidden_size: 8, num_attention_heads: 1, image_size: 24, patch_size: 4 },
    text_config: { hidden_size: 8, num_attention_heads: 1, num_key_value_heads: 1, vocab_size: 30 },
    ...config,
  };
  const preprocessor = { image_processor_type: "Gemma3ImageProcessor", size: { height: 24, width: 24 }, ...settings };
  return gemma3.configure(gemma3.config.parse(json), {
    config: json,
    imageProcessor: { name: "preprocessor_config.json", value: preprocessor },
    processor: { name: "processor_config.json", value: { image_seq_length: 9, ...processor } },
    tokenizer: tokens,
  });
}

const picture = (width: number, height: number) =>
  ({ modality: "image", index: 0, kind: "image", width, height }) as const;

Deno.test("pan and scan is the request's choice, whatever the file says", () => {
  const model = configure({ do_pan_and_scan: true, pan_and_scan_min_crop_size: 1 });
  assertEquals(model.numTokens(picture(1000, 300), {}), 9);
  assertEquals(model.numTokens(picture(1000, 300), { do_pan_and_scan: true }), (1 + 3) * 9);
  const { before, placeholder, after } = model.itemText!(picture(1000, 300), { do_pan_and_scan: true });
  assertEquals([before, after], ["Here is the original image \n\n", "\n\n"]);
  assertEquals(placeholder.match(/<[a-z_]+>/g), [
    "<start_of_image>",
    "<image_soft_token>",
    "<image_soft_token>",
    "<image_soft_token>",
    "<end_of_image>",
  ]);
  const accepted = [{}, { do_pan_and_scan: true, pan_and_scan_max_num_crops: 2 }];
  const refused = [{ size: { height: 2, width: 2 } }, { pan_and_scan_min_crop_size: 0 }, { do_pan_and_scan: "yes" }];
  for (const kwargs of accepted) assertEquals(model.processorKwargs!.safeParse(kwargs).success, true);
  for (const kwargs of refused) assertEquals(model.processorKwargs!.safeParse(kwargs).success, false);
});

Deno.test("line breaks around placeholders in ids join with their neighbours, as they do in text", () => {
  const around = (ids: number[], origins = ids.map(() => 0)) => [
    ...configure().postprocessIds!({ ids: Uint32Array.from(ids), origins: Uint8Array.from(origins) }).ids,
  ];
  assertEquals(around([7, 20, 8]), [7, 2, 20, 21, 2, 8]);
  assertEquals(around([7, 1, 20, 2, 8]), [7, 3, 20, 21, 4, 8]);
  assertEquals(around([20, 20]), [2, 20, 21, 4, 20, 21, 2]);
  assertEquals(around([2, 1, 20, 1, 1, 20, 1]), [5, 20, 21, 5, 1, 20, 21, 3]);
  // What is written already, and what a user has typed, stays.
  assertEquals(around([7, 2, 20, 21, 2, 8]), [7, 2, 20, 21, 2, 8]);
  assertEquals(around([20, 22, 10, 21]), [20, 22, 10, 21]);
  assertEquals(around([7, 20, 8], [1, 1, 1]), [7, 20, 8]);
});

Deno.test("tokens of a picture see the rest of it, and nothing else ahead", () => {
  const prompt: ExpandedPrompt = {
    tokenIds: new Uint32Array(12),
    items: [
      {
        modality: "image",
        index: 0,
        ranges: [
          { itemIndex: 0, offset: 1, length: 7, isEmbed: Uint8Array.of(0, 1, 1, 1, 0, 1, 1) },
          { itemIndex: 0, offset: 9, length: 2 },
        ],
        tensors: {},
      },
    ],
  };
  const { perToken } = configure().languageInputs!(prompt);
  assertEquals([...perToken!.tokens_ahead], [0, 0, 2, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
});

Deno.test("what does not fit the tower or the tokenizer is refused by file and key", () => {
  const refused: [() => unknown, string][] = [
    [() => configure({ size: { height: 24, width: 20 } }), "preprocessor_config.json: size"],
    [() => configure({}, { image_seq_length: 256 }), "processor_config.json: image_seq_length"],
    [() => configure({}, {}, { mm_tokens_per_image: 49 }), "config.json: mm_tokens_per_image"],
    [() => configure({}, {}, { image_token_index: 21 }), "config.json: image_token_index"],
    [
      () => configure({}, {}, {}, { ...tokenizer, tokenToId: () => undefined }),
      "tokenizer.json: added_tokens",
    ],
  ];
  for (const [call, param] of refused) assertEquals(assertThrows(call, CheckpointError).param, param);
});

Deno.test("the files of Gemma 3 on the hub are read", () => {
  const model = configure(
    {
      do_convert_rgb: null,
      do_normalize: true,
      do_pan_and_scan: null,
      do_rescale: true,
      do_resize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_seq_length: 256,
      image_std: [0.5, 0.5, 0.5],
      pan_and_scan_max_num_crops: null,
      pan_and_scan_min_crop_size: null,
      pan_and_scan_min_ratio_to_activate: null,
      processor_class: "Gemma3Processor",
      resample: 2,
      rescale_factor: 0.00392156862745098,
      size: { height: 896, width: 896 },
    },
    { image_seq_length: 256, processor_class: "Gemma3Processor" },
    {
      architectures: ["Gemma3ForConditionalGeneration"],
      boi_token_index: 255999,
      eoi_token_index: 256000,
      eos_token_id: [1, 106],
      image_token_index: 262144,
      initializer_range: 0.02,
      mm_tokens_per_image: 256,
      text_config: {
        hidden_size: 2560,
        intermediate_size: 10240,
        model_type: "gemma3_text",
        num_hidden_layers: 34,
        rope_scaling: { factor: 8, rope_type: "linear" },
        sliding_window: 1024,
      },
      torch_dtype: "bfloat16",
      vision_config: {
        hidden_size: 1152,
        image_size: 896,
        intermediate_size: 4304,
        model_type: "siglip_vision_model",
        num_attention_heads: 16,
        num_hidden_layers: 27,
        patch_size: 14,
        vision_use_head: false,
      },
    },
    { ...tokenizer, tokenToId: (token) => token === "<image_soft_token>" ? 262144 : TOKENS[token] },
  );
  assertEquals(model.language.embeddingScale, Math.sqrt(2560));
  assertEquals(model.numTokens(picture(4000, 3000), {}), 256);
  assertEquals(model.numTokens(picture(2000, 800), { do_pan_and_scan: true }), 4 * 256);
  const { weights } = model.networks.encoders.image!.graph();
  assertEquals(weights.find(({ name }) => name.endsWith("mm_input_projection_weight"))?.shape, [2560, 1152]);
});
