/**
 * One case of each checkpoint on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("gemma3")) {
  Deno.test(`gemma3: ${folder} equals transformers on WebGPU`, async () => {
    const model = await loadFamily("gemma3", folder, "webgpu");
    await using _ = model.engine;
    await checkCase(model, cases.find(({ title }) => title.startsWith("pan and scan, a picture"))!);
  });
}
