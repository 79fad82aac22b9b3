import { assertEquals } from "@std/assert";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";
import * as llava from "../kit/llava_goldens.ts";

/** Folders with goldens of the common form. */
const FAMILIES = [
  "blip-2",
  "gemma3",
  "idefics3",
  "llava_next",
  "mistral3",
  "qwen2_5_vl",
  "qwen2_audio",
  "qwen2_vl",
  "text",
];

// Elsewhere the kernels of this project run these checkpoints; ONNX Runtime must give the same.
for (const family of FAMILIES) {
  for (const { folder, cases } of readFamily(family)) {
    Deno.test(`${family} ${folder} equals transformers in ONNX Runtime on WASM`, async (t) => {
      const model = await loadFamily(family, folder, "wasm", "ort");
      await using _ = model.engine;
      assertEquals(model.loaded.report.executor, "ort");
      for (const one of cases) await t.step(one.title, () => checkCase(model, one));
    });
  }
}

for (const golden of llava.readGoldens()) {
  Deno.test(`llava ${golden.folder} equals transformers in ONNX Runtime on WASM`, async (t) => {
    const model = await llava.loadGolden(golden.folder, "wasm", "ort");
    await using _ = model.engine;
    assertEquals(model.loaded.report.executor, "ort");
    for (const one of golden.cases) await t.step(one.title, () => llava.checkCase(model, one));
  });
}
