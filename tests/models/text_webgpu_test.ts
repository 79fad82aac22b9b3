/**
 * The longest conversation of each family on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("text")) {
  Deno.test(`${folder} equals transformers on WebGPU`, async (t) => {
    const model = await loadFamily("text", folder, "webgpu");
    await using _ = model.engine;
    const chosen = cases.filter(({ title }) => title === "turns" || title === "over the border");
    for (const one of chosen) await t.step(one.title, () => checkCase(model, one));
  });
}
