/**
 * The embedded model's accuracy on its held-out pictures, through the HTTP API, against what its card promises.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../bench/served.ts";
import { showExamples } from "../bench/card.ts";
import { EMBEDDED_NAME, EMBEDDED_URL } from "../kit/embedded_model.ts";
import { type Accuracy, askAll, readQuestions, tally } from "../kit/held_out.ts";

const HELDOUT = new URL("heldout/", EMBEDDED_URL);

Deno.test("the embedded model is as right over HTTP as its card says", async () => {
  const questions = readQuestions(HELDOUT);
  const promised: Accuracy = JSON.parse(Deno.readTextFileSync(new URL("expected.json", HELDOUT)));
  await using server = await serve({ LIMBUS_DEVICE: "wasm", LIMBUS_MAX_NUM_SEQS: "4" });
  const measured = tally(questions, await askAll(server.url, EMBEDDED_NAME, HELDOUT, questions));
  for (const [renderer, kinds] of Object.entries(promised)) {
    for (const [kind, { right, asked }] of Object.entries(kinds)) {
      const found = measured[renderer]?.[kind];
      assertEquals(found?.asked, asked, `${renderer} ${kind}`);
      // Both run in f32 with sums in another order, so an answer on the edge may fall the other way.
      assert(
        Math.abs(found.right - right) <= 1,
        `${renderer} ${kind}: ${found.right} right, the card says ${right} of ${asked}`,
      );
    }
  }
  const card = Deno.readTextFileSync(new URL("README.md", EMBEDDED_URL));
  assertStringIncludes(card, await showExamples(server.url, EMBEDDED_NAME, EMBEDDED_URL));
});
