import { assertEquals } from "@std/assert";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const golden of readFamily("text")) {
  Deno.test(`${golden.folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("text", golden.folder, "wasm");
    await using _ = model.engine;
    assertEquals(model.loaded.report.modelType, golden.modelType);
    for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
  });
}
