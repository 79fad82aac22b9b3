/**
 * One golden on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

Deno.test("llava_next equals transformers on WebGPU", async (t) => {
  const [golden] = readFamily("llava_next");
  const model = await loadFamily("llava_next", golden.folder, "webgpu");
  await using _ = model.engine;
  for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
});
