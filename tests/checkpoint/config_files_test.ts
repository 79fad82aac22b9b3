import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { findChatTemplate } from "../../src/checkpoint/chat_template_file.ts";
import { readGenerationConfig } from "../../src/checkpoint/generation_config.ts";
import { parseWith } from "../../src/checkpoint/json_file.ts";
import { readTokenizerConfig } from "../../src/checkpoint/tokenizer_config.ts";
import { CheckpointError } from "../../src/core/errors.ts";

const vision = z.object({
  vision_config: z.object({ patch_size: z.int().positive(), layers: z.array(z.int()), act: z.enum(["gelu", "silu"]) }),
});

Deno.test("a schema's findings become one error that names file and key", () => {
  const json = { vision_config: { patch_size: "14", layers: [1, 2.5], act: "relu" } };
  const error = assertThrows(() => parseWith(vision, json, "config.json"), CheckpointError);
  assertEquals(error.param, "config.json: vision_config.patch_size");
  assertEquals(
    error.message,
    'config.json: vision_config.patch_size: expected number: found "14"; vision_config.layers[1]: expected int: found 2.5; ' +
      'vision_config.act: expected "gelu" or "silu": found "relu"',
  );
});

Deno.test("missing, null and nested values are called by name", () => {
  const found = (json: unknown, file = "config.json") =>
    assertThrows(() => parseWith(vision, json, file), CheckpointError);
  assertEquals(found({}).message, "config.json: vision_config: expected object: found nothing");
  assertEquals(found(null).message, "config.json: expected object: found null");
  assertEquals(found(null).param, "config.json");
  assertEquals(
    found({ vision_config: [] }).message,
    "config.json: vision_config: expected object: found an array of 0",
  );
  const name = "processor_config.json: image_processor";
  assertEquals(found({}, name).param, `${name}.vision_config`);
  const zero = { vision_config: { patch_size: 0, layers: [], act: "gelu" } };
  assertEquals(found(zero).message, "config.json: vision_config.patch_size: expected more than 0: found 0");
});

Deno.test("only five problems are listed, the rest is counted", () => {
  const schema = z.object(Object.fromEntries([..."abcdefgh"].map((key) => [key, z.string()])));
  const error = assertThrows(() => parseWith(schema, {}, "config.json"), CheckpointError);
  assertEquals(error.message.match(/expected string/g)?.length, 5);
  assertEquals(error.message.endsWith("; and 3 more"), true);
});

Deno.test("end-of-sequence tokens: one, several, or those of config.json", () => {
  const ids = (own: Record<string, unknown> | undefined, config: Record<string, unknown> = {}) =>
    readGenerationConfig(own, config).eosTokenIds;
  assertEquals(ids({ eos_token_id: 2 }), [2]);
  assertEquals(ids({ eos_token_id: [151645, 151643, 151645] }), [151645, 151643]);
  assertEquals(ids({ eos_token_id: [1, 2] }, { eos_token_id: 3 }), [1, 2]);
  assertEquals(ids(undefined, { eos_token_id: 3, text_config: { eos_token_id: 4 } }), [3]);
  assertEquals(ids({ eos_token_id: null }, { eos_token_id: null, text_config: { eos_token_id: [4] } }), [4]);
  assertEquals(ids({}, { text_config: {} }), []);
  assertEquals(ids({ eos_token_id: 0 }), [0]);
});

Deno.test("generation settings are read and checked", () => {
  const json = { do_sample: true, temperature: 0.1, top_p: 0.001, top_k: 1, repetition_penalty: 1.05, max_length: 20 };
  assertEquals(readGenerationConfig(json, {}), {
    eosTokenIds: [],
    doSample: true,
    temperature: 0.1,
    topP: 0.001,
    topK: 1,
    minP: undefined,
    repetitionPenalty: 1.05,
  });
  const wrong = { eos_token_id: "2", temperature: -1, top_p: 0, top_k: 1.5, min_p: 2, repetition_penalty: 0 };
  for (const [key, value] of Object.entries(wrong)) {
    const error = assertThrows(() => readGenerationConfig({ [key]: value }, {}), CheckpointError);
    assertEquals(error.param, `generation_config.json: ${key}`);
  }
});

Deno.test("special tokens are strings or objects, with the older map behind", () => {
  assertEquals(
    readTokenizerConfig(
      { bos_token: { content: "<s>", lstrip: false }, eos_token: null, model_max_length: 1e30, pad_token: "<p>" },
      { bos_token: "<wrong>", eos_token: { content: "</s>" } },
    ),
    {
      bosToken: "<s>",
      eosToken: "</s>",
      padToken: "<p>",
      unkToken: undefined,
      tokenizerClass: undefined,
      modelMaxLength: undefined,
    },
  );
  assertEquals(readTokenizerConfig({ model_max_length: 4096 }).modelMaxLength, 4096);
  assertThrows(() => readTokenizerConfig({ bos_token: 1 }), CheckpointError, "tokenizer_config.json: bos_token");
});

Deno.test("the chat template is found in each of its places, in the order of transformers", () => {
  const places = {
    json: { chat_template: "1" },
    jinja: "2",
    processorConfig: { chat_template: "3" },
    tokenizerConfig: { chat_template: "4" },
  };
  assertEquals(findChatTemplate(places)?.source, "1");
  assertEquals(findChatTemplate({ ...places, json: undefined }), { file: "chat_template.jinja", source: "2" });
  assertEquals(findChatTemplate({ ...places, json: {}, jinja: undefined })?.source, "3");
  assertEquals(findChatTemplate({ tokenizerConfig: places.tokenizerConfig })?.file, "tokenizer_config.json");
  assertEquals(findChatTemplate({ tokenizerConfig: { chat_template: null } }), undefined);
});

Deno.test("of named chat templates the default is taken", () => {
  const list = [{ name: "tool_use", template: "t" }, { name: "default", template: "d" }];
  assertEquals(findChatTemplate({ tokenizerConfig: { chat_template: list } })?.source, "d");
  assertEquals(findChatTemplate({ json: { chat_template: { default: "d", rag: "r" } } })?.source, "d");
  const error = assertThrows(
    () => findChatTemplate({ tokenizerConfig: { chat_template: list.slice(0, 1) } }),
    CheckpointError,
  );
  assertEquals(error.param, "tokenizer_config.json: chat_template");
});
