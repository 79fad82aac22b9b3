/**
 * One case of each checkpoint on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("qwen2_audio")) {
  Deno.test(`qwen2_audio: ${folder} equals transformers on WebGPU`, async () => {
    const model = await loadFamily("qwen2_audio", folder, "webgpu");
    await using _ = model.engine;
    await checkCase(model, cases.find(({ title }) => title.startsWith("sounds over two turns"))!);
  });
}
