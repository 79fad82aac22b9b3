import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("qwen2_vl")) {
  Deno.test(`qwen2_vl ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("qwen2_vl", folder, "wasm");
    await using _ = model.engine;
    for (const one of cases) await t.step(one.title, () => checkCase(model, one));
  });
}
