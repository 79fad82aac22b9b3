import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import type { CheckpointConfigs } from "../../src/models/adapter.ts";
import { idefics3, patchPositions } from "../../src/models/idefics3.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("idefics3")) {
  Deno.test(`idefics3: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("idefics3", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}

Deno.test("positions of a tile's patches are those of transformers, whatever the sizes of tile and table", () => {
  const goldens: [number, number, number[]][] = JSON.parse(
    Deno.readTextFileSync(new URL("../testdata/idefics3/positions.json", import.meta.url)),
  );
  for (const [table, side, columns] of goldens) {
    const { dims, data } = patchPositions({ imageSize: 3 * table, patchSize: 3 } as never, 3 * side);
    assertEquals(dims, [side * side]);
    assertEquals([...data.subarray(0, side)].map(Number), columns, `${side} patches, ${table} positions`);
    const lastRow = columns.map((column) => BigInt(table * columns[side - 1] + column));
    assertEquals([...data.subarray(-side)], lastRow);
  }
});

const tokenizer: CheckpointConfigs["tokenizer"] = {
  tokenToId: (token) => token === "<image>" ? 7 : undefined,
  encode: (text) => Uint32Array.from(text.match(/<image>|[^<]+|</g) ?? [], (part) => part === "<image>" ? 7 : 1),
};

/** The family on a tower of 4 x 4 patches, 4 rows a tile. */
function configure(settings: object = {}, processor: object = {}, config: object = {}) {
  const json = {
    model_type: "idefics3",
    image_token_id: 7,
    vision_config: { hidden_size: 8, num_attention_heads: 1, image_size: 28, patch_size: 7 },
    text_config: { hidden_size: 8, num_attention_heads: 1, vocab_size: 9 },
    ...config,
  };
  const preprocessor = {
    image_processor_type: "Idefics3ImageProcessor",
    size: { longest_edge: 84 },
    max_image_size: { longest_edge: 28 },
    ...settings,
  };
  return idefics3.configure(idefics3.config.parse(json), {
    config: json,
    imageProcessor: { name: "preprocessor_config.json", value: preprocessor },
    processor: { name: "processor_config.json", value: { image_seq_len: 4, ...processor } },
    tokenizer,
  });
}

Deno.test("a tile has as many rows as the prompt has placeholders for it, else the checkpoint is refused", () => {
  const picture = { modality: "image", index: 0, kind: "image", width: 80, height: 60 } as const;
  assertEquals(configure().numTokens(picture, {}), (3 * 3 + 1) * 4);
  assertEquals(configure().numTokens(picture, { do_image_splitting: false }), 4);
  assertEquals(configure().numTokens(picture, { size: { longest_edge: 40 } }), (2 * 2 + 1) * 4);
  const [{ updates }] = configure().promptUpdates([picture], {});
  const content = updates[0].content as (index: number) => { isEmbed: Uint8Array };
  assertEquals(content(0).isEmbed.filter(Boolean).length, 40);
  const refused: [() => unknown, string][] = [
    [() => configure({}, { image_seq_len: 5 }), "processor_config.json: image_seq_len"],
    [() => configure({ max_image_size: { longest_edge: 21 } }), "preprocessor_config.json: max_image_size"],
    [() => configure({}, {}, { image_token_id: 6 }), "config.json: image_token_id"],
  ];
  for (const [call, param] of refused) assertEquals(assertThrows(call, CheckpointError).param, param);
});

Deno.test("a request may choose splitting and size, nothing else", () => {
  const { processorKwargs } = configure();
  const accepted = [{}, { do_image_splitting: false }, { size: { longest_edge: 512 } }, {
    size: { height: 3, width: 4 },
  }];
  const refused = [{ max_image_size: { longest_edge: 14 } }, { size: { longest_edge: 0 } }, { size: 5 }, {
    do_pad: true,
  }];
  for (const kwargs of accepted) assertEquals(processorKwargs!.safeParse(kwargs).success, true);
  for (const kwargs of refused) assertEquals(processorKwargs!.safeParse(kwargs).success, false, JSON.stringify(kwargs));
});

Deno.test("the files of SmolVLM2 and Idefics3 on the hub are read", () => {
  const common = {
    do_convert_rgb: true,
    do_image_splitting: true,
    do_normalize: true,
    do_pad: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    resample: 1,
    rescale_factor: 0.00392156862745098,
  };
  const smolvlm2 = configure(
    {
      ...common,
      image_processor_type: "SmolVLMImageProcessor",
      max_image_size: { longest_edge: 512 },
      processor_class: "SmolVLMProcessor",
      size: { longest_edge: 2048 },
      video_sampling: { fps: 1, max_frames: 64, video_size: { longest_edge: 512 } },
    },
    { image_seq_len: 64, processor_class: "SmolVLMProcessor" },
    {
      model_type: "smolvlm",
      scale_factor: 4,
      tie_word_embeddings: false,
      text_config: {
        model_type: "llama",
        head_dim: 64,
        hidden_size: 576,
        intermediate_size: 1536,
        num_attention_heads: 9,
        num_hidden_layers: 30,
        num_key_value_heads: 3,
        rope_theta: 100000,
        vocab_size: 49280,
        max_position_embeddings: 8192,
        tie_word_embeddings: false,
        rms_norm_eps: 1e-5,
        pixel_shuffle_factor: 4,
        qk_layer_norms: false,
      },
      vision_config: {
        hidden_size: 768,
        image_size: 512,
        max_image_size: { longest_edge: 512 },
        model_type: "smolvlm_vision",
        num_attention_heads: 12,
        patch_size: 16,
        size: { longest_edge: 2048 },
        use_base_siglip: false,
      },
    },
  );
  const photo = { modality: "image", index: 0, kind: "image", width: 4000, height: 3000 } as const;
  assertEquals(smolvlm2.numTokens(photo, {}), (3 * 4 + 1) * 64);
  assertEquals(smolvlm2.numTokens(smolvlm2.largestItem!("image"), {}), 17 * 64);
  const idefics = configure(
    { ...common, max_image_size: { longest_edge: 364 }, size: { longest_edge: 1456 } },
    { image_seq_len: 169 },
    {
      scale_factor: 2,
      text_config: {
        model_type: "llama",
        hidden_size: 4096,
        intermediate_size: 14336,
        num_attention_heads: 32,
        num_key_value_heads: 8,
        num_hidden_layers: 32,
        vocab_size: 128259,
        rope_theta: 500000,
        rope_scaling: {
          factor: 8,
          high_freq_factor: 4,
          low_freq_factor: 1,
          original_max_position_embeddings: 8192,
          rope_type: "llama3",
        },
      },
      vision_config: {
        hidden_size: 1152,
        image_size: 364,
        intermediate_size: 4304,
        model_type: "idefics3",
        num_attention_heads: 16,
        num_hidden_layers: 27,
        patch_size: 14,
      },
    },
  );
  assertEquals(idefics.numTokens({ ...photo, width: 1300, height: 876 }, {}), 2197);
  assertEquals(
    idefics.networks.encoders.image!.graph().weights.find(({ name }) => name.includes("modality_projection"))?.shape,
    [
      4096,
      4 * 1152,
    ],
  );
});
