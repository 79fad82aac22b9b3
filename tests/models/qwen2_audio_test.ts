import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("qwen2_audio")) {
  Deno.test(`qwen2_audio: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("qwen2_audio", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}
