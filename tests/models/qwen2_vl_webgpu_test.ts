/**
 * A case of each checkpoint on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("qwen2_vl")) {
  Deno.test(`qwen2_vl ${folder} equals transformers on WebGPU`, async (t) => {
    const model = await loadFamily("qwen2_vl", folder, "webgpu");
    await using _ = model.engine;
    const one = cases.find(({ title }) => title === "pictures over two turns")!;
    await t.step(one.title, () => checkCase(model, one));
  });
}
