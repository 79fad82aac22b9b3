import { assertEquals } from "@std/assert";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { errorOf, send } from "./client.ts";

function detokenize(json: unknown) {
  return send(createFakeEngine(), "/detokenize", { json });
}

Deno.test("detokenize: the text of ids", async () => {
  const { status, json } = await detokenize({ tokens: [104, 105] });
  assertEquals([status, json], [200, { prompt: "hi" }]);
  assertEquals((await detokenize({ tokens: [], model: "fake" })).json, { prompt: "" });
});

Deno.test("detokenize: bad bodies are refused by field", async () => {
  const cases: [unknown, number, string | null][] = [
    [{}, 400, "tokens"],
    [{ tokens: "1" }, 400, "tokens"],
    [{ tokens: [1, -1] }, 400, "tokens[1]"],
    [{ tokens: [1, 1.5] }, 400, "tokens[1]"],
    [{ tokens: [2 ** 32] }, 400, "tokens[0]"],
    [{ tokens: [], model: "other" }, 404, "model"],
    [{ tokens: [], extra: 1 }, 400, "extra"],
  ];
  for (const [body, status, param] of cases) {
    const answer = await detokenize(body);
    assertEquals([answer.status, errorOf(answer).param], [status, param], JSON.stringify(body));
  }
});
