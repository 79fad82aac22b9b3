/**
 * The embedded model's accuracy on its held-out pictures, through the HTTP API, against what its card promises.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { serve } from "../bench/served.ts";
import { type Accuracy, askAll, readQuestions, tally } from "../kit/held_out.ts";

const HELDOUT = new URL("../../checkpoints/limbus-shapes/heldout/", import.meta.url);

Deno.test("the embedded model is as right over HTTP as its card says", async () => {
  const questions = readQuestions(HELDOUT);
  const promised: Accuracy = JSON.parse(Deno.readTextFileSync(new URL("expected.json", HELDOUT)));
  await using server = await serve({ LIMBUS_DEVICE: "wasm", LIMBUS_MAX_NUM_SEQS: "4" });
  const measured = tally(questions, await askAll(server.url, "limbus-shapes", HELDOUT, questions));
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
});
