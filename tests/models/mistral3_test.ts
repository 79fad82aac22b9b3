import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const golden of readFamily("mistral3")) {
  Deno.test(`${golden.modelType} ${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("mistral3", golden.folder, "wasm");
    await using _ = model.engine;
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}
