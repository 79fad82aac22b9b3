/**
 * One case of each checkpoint on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("blip-2")) {
  Deno.test(`blip-2: ${folder} equals transformers on WebGPU`, async () => {
    const model = await loadFamily("blip-2", folder, "webgpu");
    await using _ = model.engine;
    await checkCase(model, cases.find(({ title }) => title === "two turns")!);
  });
}
