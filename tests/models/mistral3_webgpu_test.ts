/**
 * One golden on WebGPU. Needs an adapter; a software one (lavapipe) will do.
 *
 * @module
 */
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

Deno.test("mistral3 equals transformers on WebGPU", async (t) => {
  const [golden] = readFamily("mistral3");
  const model = await loadFamily("mistral3", golden.folder, "webgpu");
  await using _ = model.engine;
  for (const one of golden.cases) await t.step(one.title, () => checkCase(model, one));
});
