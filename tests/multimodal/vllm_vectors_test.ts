/**
 * vLLM's vectors that are not about matching (T8 to T14; T1 to T7 are in the tests of prompt updates), and where each is.
 *
 * - T8, limits: the second half here, the first half with HTTP in `tests/routes/bad_input_test.ts`.
 * - T9 and T10, settings of processors: a request's go before the file's in the processors' own tests; scopes in
 *   `processor_kwargs_test.ts`. What vLLM ignores, unknown names and scopes that are no objects, is an error here.
 * - T11, hashes: `canonical_bytes_test.ts` and `item_key_test.ts`. A uuid is never taken as a key as it stands.
 * - T12, guards of performance: here by their outputs, by steps in `crates/prompt/tests/plan_laws.rs`, by time in the benches.
 * - T13, hits are neither decoded nor processed, siblings are not harmed: `processor_cache_test.ts`.
 * - T14, length of dummy prompts: there are none; `tests/engine/memory_plan_test.ts` has the closed form instead.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { resolveEngineConfig } from "../../src/config.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { llava } from "../../src/models/llava.ts";
import { findPlaceholders } from "../../src/multimodal/find_placeholders.ts";
import { applyPromptUpdates, PromptReplacement } from "../../src/multimodal/prompt_update.ts";
import { createFakeExecutor } from "../../src/runtime/fake_executor.ts";

const MODEL = fromFileUrl(new URL("../testdata/llava/clip-llama", import.meta.url));

Deno.test("vLLM T8: of the server's limit and the model's, the lower one counts", async () => {
  const rows = [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2], [2, 1], [2, 2], [5, 1], [1, 5], [10, 0]];
  for (const [asked, supported] of rows) {
    const adapter: typeof llava = {
      ...llava,
      configure: (config, configs) => ({ ...llava.configure(config, configs), limits: { image: supported } }),
    };
    const config = resolveEngineConfig({ model: MODEL, device: "wasm", limitMmPerPrompt: { image: asked } });
    const loaded = await loadModel(config, {
      adapters: [adapter],
      newExecutor: ({ vocabSize, hiddenSize }) => createFakeExecutor({ vocabSize, hiddenSize, script: () => 0 }),
    });
    assertEquals(loaded.limits, { image: Math.min(asked, supported) }, `asked ${asked}, supported ${supported}`);
  }
});

Deno.test("vLLM T12: where nothing matches nothing changes, where all do each gets its content", () => {
  const plain = new Uint32Array(10_000).map((_, at) => at % 100);
  const never = new PromptReplacement({ target: [999], replacement: [1] });
  const unmatched = applyPromptUpdates(plain, [{ modality: "image", numItems: 1, updates: [never] }], {
    unplaced: "skip",
  });
  assertEquals(unmatched, { promptTokenIds: plain, placeholders: {} });

  for (const numItems of [1000, 4000]) {
    const prompt = new Uint32Array(numItems).fill(32_000);
    const update = new PromptReplacement({ target: [32_000], replacement: Array(50).fill(7) });
    const { promptTokenIds, placeholders } = applyPromptUpdates(prompt, [
      { modality: "image", numItems, updates: [update] },
    ]);
    assertEquals(promptTokenIds, new Uint32Array(50 * numItems).fill(7));
    assertEquals(placeholders.image?.every(({ itemIndex, offset }) => offset === 50 * itemIndex), true);
  }

  const ones = new Uint32Array(30_000).fill(1);
  const contents = [{ modality: "image", items: [[[999, 0]]] }, { modality: "audio", items: [[[1, 2]]] }] as const;
  assertEquals(findPlaceholders(ones, contents), {});
});
