import { assertEquals, assertThrows } from "@std/assert";
import { parseWith } from "../../../../src/checkpoint/mod.ts";
import { CheckpointError } from "../../../../src/core/errors.ts";
import { decoderSchema } from "../../../../src/graph/mod.ts";

const REFUSED: Record<string, [config: object, message: string]> = {
  "a mixture of experts": [
    { model_type: "qwen3_moe" },
    "config.json: model_type: expected one of gemma3_text, llama, mistral, phi3, qwen2_5_vl_text, qwen2_vl_text, qwen2, " +
    'qwen3: found "qwen3_moe"',
  ],
  "an unknown rope of transformers 4": [
    { rope_scaling: { type: "spiral", factor: 2 } },
    'config.json: rope_scaling.type: expected default, dynamic, linear, llama3, longrope or yarn: found "spiral"',
  ],
  "an unknown rope of transformers 5": [
    { rope_parameters: { rope_type: "spiral" } },
    'config.json: rope_parameters.rope_type: expected default, dynamic, linear, llama3, longrope or yarn: found "spiral"',
  ],
  "an unknown rope of one kind of layer": [
    { model_type: "gemma3_text", rope_parameters: { full_attention: { rope_type: "spiral" } } },
    "config.json: rope_parameters.full_attention.rope_type: expected default, dynamic, linear, llama3, longrope or yarn: " +
    'found "spiral"',
  ],
  "a linear rope without its factor": [
    { rope_scaling: { type: "linear" } },
    "config.json: rope_scaling.factor: expected a number: found nothing",
  ],
  "a longrope with too few factors": [
    { model_type: "phi3", rope_scaling: { type: "longrope", short_factor: [1], long_factor: [1] } },
    "config.json: rope_scaling.short_factor: expected an array of 48: found an array of 1",
  ],
  "a rope setting of another type": [
    { rope_parameters: { rope_type: "linear", factor: "two" } },
    'config.json: rope_parameters.factor: expected number: found "two"',
  ],
  "a picture's axes that are not told": [
    { model_type: "qwen2_vl_text" },
    "config.json: rope_parameters.mrope_section: expected an array of pairs for each axis of positions: found nothing",
  ],
  "a decoder that looks both ways": [
    { model_type: "gemma3_text", use_bidirectional_attention: true },
    "config.json: use_bidirectional_attention: expected false, for a decoder that writes: found true",
  ],
  "heads that share no keys evenly": [
    { num_attention_heads: 8, num_key_value_heads: 3 },
    "config.json: num_key_value_heads: expected a divisor of num_attention_heads (8): found 3",
  ],
  "an unknown activation": [
    { model_type: "gemma3_text", hidden_activation: "sine" },
    'config.json: hidden_activation: expected the name of a known activation: found "sine"',
  ],
  "sizes of another type": [
    { hidden_size: "wide", num_hidden_layers: 0 },
    'config.json: hidden_size: expected number: found "wide"; num_hidden_layers: expected more than 0: found 0',
  ],
};

for (const [title, [config, message]] of Object.entries(REFUSED)) {
  Deno.test(`${title} is refused by its key`, () => {
    const error = assertThrows(() => parseWith(decoderSchema, config, "config.json"), CheckpointError);
    assertEquals(error.message, message);
  });
}

Deno.test("windows as the modeling files of transformers apply them", () => {
  const windows = (config: object) =>
    decoderSchema.parse({ num_hidden_layers: 4, ...config }).layers.map((layer) => layer.window);
  assertEquals(windows({ model_type: "llama", sliding_window: 8 }), [null, null, null, null]);
  assertEquals(windows({ model_type: "mistral" }), [4096, 4096, 4096, 4096]);
  assertEquals(windows({ model_type: "mistral", sliding_window: null }), [null, null, null, null]);
  assertEquals(windows({ model_type: "phi3", sliding_window: 9 }), [9, 9, 9, 9]);
  assertEquals(windows({ model_type: "qwen2", sliding_window: 8, max_window_layers: 2 }), [null, null, null, null]);
  const qwen = { model_type: "qwen3", use_sliding_window: true, sliding_window: 8 };
  assertEquals(windows({ ...qwen, max_window_layers: 2 }), [null, null, 8, 8]);
  assertEquals(windows({ ...qwen, layer_types: ["sliding_attention", ...Array(3).fill("full_attention")] }), [
    8,
    null,
    null,
    null,
  ]);
  assertEquals(windows({ model_type: "gemma3_text", sliding_window: 8, sliding_window_pattern: 3 }), [8, 8, null, 8]);
});

Deno.test("what is not said is as the configuration classes of transformers have it", () => {
  const gemma = decoderSchema.parse({ model_type: "gemma3_text", tie_word_embeddings: undefined });
  assertEquals([gemma.headDim, gemma.layers.length, gemma.tieWordEmbeddings], [256, 26, true]);
  assertEquals(gemma.layers.slice(4, 6).map(({ rope }) => rope.theta), [10000, 1000000]);
  assertEquals(gemma.embeddingScale, Math.sqrt(2304));
  const llama = decoderSchema.parse({});
  assertEquals([llama.numKvHeads, llama.maxPositionEmbeddings, llama.layers[0].rope.theta], [32, 2048, 10000]);
  assertEquals(decoderSchema.parse({ model_type: "mistral", num_key_value_heads: null }).numKvHeads, 32);
  assertEquals(decoderSchema.parse({ model_type: "qwen3", hidden_size: 64 }).headDim, 128);
});
