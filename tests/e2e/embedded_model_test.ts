/**
 * The embedded model's accuracy on its held-out pictures, through the HTTP API, against what its card promises.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { post, serve } from "../bench/served.ts";

const HELDOUT = new URL("../../checkpoints/limbus-shapes/heldout/", import.meta.url);

/** One question; `history` holds earlier turns of the talk with their answers. */
interface Entry {
  file: string | null;
  kind: string;
  renderer: string;
  question: string;
  answer: string;
  history?: { question: string; answer: string }[];
}

/** Right answers of those asked, by renderer and kind. */
type Accuracy = Record<string, Record<string, { right: number; asked: number; accuracy: number }>>;

function toMessages({ file, question, history = [] }: Entry): object[] {
  const turns = [...history, { question }].flatMap((turn) => [
    { role: "user", content: [{ type: "text", text: turn.question }] as object[] },
    ..."answer" in turn ? [{ role: "assistant", content: turn.answer }] : [],
  ]);
  if (file) {
    const url = `data:image/${file.endsWith("png") ? "png" : "jpeg"};base64,${
      Deno.readFileSync(new URL(file, HELDOUT)).toBase64()
    }`;
    (turns[0].content as object[]).unshift({ type: "image_url", image_url: { url } });
  }
  return turns;
}

Deno.test("the embedded model is as right over HTTP as its card says", async () => {
  const entries: Entry[] = JSON.parse(Deno.readTextFileSync(new URL("questions.json", HELDOUT)));
  const expected: Accuracy = JSON.parse(Deno.readTextFileSync(new URL("expected.json", HELDOUT)));
  await using server = await serve({ LIMBUS_DEVICE: "wasm", LIMBUS_MAX_NUM_SEQS: "4" });
  const answers: string[] = new Array(entries.length);
  let next = 0;
  const client = async () => {
    while (next < entries.length) {
      const index = next++;
      const body = { model: "limbus-shapes", messages: toMessages(entries[index]), max_tokens: 64, temperature: 0 };
      const response = await post(`${server.url}/v1/chat/completions`, body);
      const json = await response.json();
      assertEquals(response.status, 200, JSON.stringify(json));
      answers[index] = json.choices[0].message.content;
    }
  };
  await Promise.all([client(), client(), client(), client()]);

  const measured: Record<string, Record<string, { right: number; asked: number }>> = {};
  entries.forEach(({ kind, renderer, answer }, index) => {
    for (const group of [kind, "all"]) {
      const cell = (measured[renderer] ??= {})[group] ??= { right: 0, asked: 0 };
      cell.asked++;
      if (answers[index] === answer) cell.right++;
    }
  });
  for (const [renderer, kinds] of Object.entries(expected)) {
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
