import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("blip-2")) {
  Deno.test(`blip-2: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("blip-2", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}
