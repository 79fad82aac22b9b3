import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { memoryFiles } from "../../src/checkpoint/files.ts";
import { safetensorsBytes } from "./safetensors_bytes.ts";

const weights = safetensorsBytes({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
const base = {
  "config.json": JSON.stringify({ model_type: "llava", text_config: { eos_token_id: 2 } }),
  "tokenizer.json": `{"version":"1.0"}`,
  "model.safetensors": weights,
};

async function refused(files: Record<string, string | Uint8Array>) {
  return await assertRejects(() => openCheckpoint(memoryFiles(files)), CheckpointError);
}

Deno.test("the smallest checkpoint opens", async () => {
  const checkpoint = await openCheckpoint(memoryFiles(base));
  assertEquals(checkpoint.modelType, "llava");
  assertEquals(new TextDecoder().decode(checkpoint.tokenizerJson), `{"version":"1.0"}`);
  assertEquals(checkpoint.tokenizerBinary, undefined);
  assertEquals(checkpoint.generation.eosTokenIds, [2]);
  assertEquals(checkpoint.chatTemplate, undefined);
  assertEquals(checkpoint.imageProcessor, undefined);
  assertEquals(checkpoint.tensors.names(), ["w"]);
  assertEquals(await checkpoint.tensors.read("w"), new Uint8Array(4));
});

Deno.test("a folder opens by path and by URL", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, value] of Object.entries(base)) {
      await Deno.writeFile(`${folder}/${name}`, typeof value === "string" ? new TextEncoder().encode(value) : value);
    }
    await Deno.mkdir(`${folder}/onnx`);
    for (const source of [folder, new URL(`file://${folder}/`)]) {
      const checkpoint = await openCheckpoint(source);
      assertEquals(checkpoint.modelType, "llava");
      assertEquals(await checkpoint.tensors.read("w"), new Uint8Array(4));
    }
    const error = await assertRejects(() => openCheckpoint(`${folder}/config.json`), CheckpointError);
    assertEquals(error.message.endsWith("found a file"), true, error.message);
    const cut = await openCheckpoint(folder);
    await Deno.truncate(`${folder}/model.safetensors`, weights.length - 2);
    assertEquals((await assertRejects(() => cut.tensors.read("w"), CheckpointError)).param, "model.safetensors");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const error = await assertRejects(() => openCheckpoint(folder), CheckpointError);
  assertEquals([error.code, error.message.endsWith("found nothing")], ["checkpoint_not_found", true]);
});

Deno.test("a needed file that is missing is named with what it is for", async () => {
  for (const name of ["config.json", "tokenizer.json"] as const) {
    const { [name]: _, ...rest } = base;
    const error = await refused(rest);
    assertEquals([error.code, error.param], ["checkpoint_file_missing", name]);
    assertEquals(error.hint?.startsWith(`${name} is needed: `), true);
  }
});

Deno.test("weights in another format are refused with the way out", async () => {
  const { "model.safetensors": _, ...rest } = base;
  const cases: [Record<string, string>, RegExp, RegExp | undefined][] = [
    [{ "pytorch_model.bin": "" }, /found pytorch_model.bin$/, /save_pretrained/],
    [{ "model-q4_k.gguf": "" }, /found model-q4_k.gguf$/, /GGUF files are not read/],
    [{ "adapter_model.safetensors": "" }, /found adapter_model.safetensors$/, /LoRA/],
    [{}, /found no weights$/, undefined],
  ];
  for (const [files, message, hint] of cases) {
    const error = await refused({ ...rest, ...files });
    assertEquals([message.test(error.message), hint ? hint.test(error.hint ?? "") : error.hint], [
      true,
      hint ? true : undefined,
    ]);
  }
});

Deno.test("config.json must name its model_type", async () => {
  assertEquals((await refused({ ...base, "config.json": "{}" })).param, "config.json: model_type");
  assertEquals((await refused({ ...base, "config.json": "[]" })).param, "config.json");
  assertEquals((await refused({ ...base, "config.json": "{" })).param, "config.json");
});

Deno.test("picture settings come from the nested place of transformers 5 first", async () => {
  const old = { ...base, "preprocessor_config.json": `{"size":1}` };
  assertEquals((await openCheckpoint(memoryFiles(old))).imageProcessor, {
    name: "preprocessor_config.json",
    value: { size: 1 },
  });
  const plain = { ...old, "processor_config.json": `{"image_seq_length":4}` };
  const checkpoint = await openCheckpoint(memoryFiles(plain));
  assertEquals(checkpoint.imageProcessor?.name, "preprocessor_config.json");
  assertEquals(checkpoint.processor?.value, { image_seq_length: 4 });
  const nested = { ...old, "processor_config.json": `{"image_processor":{"size":2}}` };
  assertEquals((await openCheckpoint(memoryFiles(nested))).imageProcessor, {
    name: "processor_config.json: image_processor",
    value: { size: 2 },
  });
});

Deno.test("a hub id is told apart from a folder that is missing", async () => {
  const hint = async (model: string) => (await assertRejects(() => openCheckpoint(model), CheckpointError)).hint;
  assertEquals((await hint("llava-hf/llava-1.5-7b-hf"))?.startsWith("Hub ids are not fetched"), true);
  assertEquals((await hint("org/name@refs/pr/3"))?.startsWith("Hub ids are not fetched"), true);
  assertEquals(await hint("./missing/folder"), undefined);
  assertEquals(await hint("/missing"), undefined);
});
