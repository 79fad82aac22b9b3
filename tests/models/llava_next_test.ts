import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const golden of readFamily("llava_next")) {
  Deno.test(`llava_next ${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("llava_next", golden.folder, "wasm");
    await using _ = model.engine;
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}
