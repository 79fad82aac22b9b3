import { checkCase, loadGolden, readGoldens } from "../kit/llava_goldens.ts";

for (const golden of readGoldens()) {
  Deno.test(`llava ${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadGolden(golden.folder, "wasm");
    await using _ = model.engine;
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}
