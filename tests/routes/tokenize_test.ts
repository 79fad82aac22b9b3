import { assertEquals } from "@std/assert";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { errorOf, send } from "./client.ts";

function tokenize(json: unknown) {
  return send(createFakeEngine({ maxModelLen: 99 }), "/tokenize", { json });
}

Deno.test("tokenize: a text", async () => {
  const { status, json } = await tokenize({ model: "fake", prompt: "hi" });
  assertEquals([status, json], [200, { tokens: [104, 105], count: 2, max_model_len: 99 }]);
  assertEquals((await tokenize({ prompt: "" })).json.count, 0);
});

Deno.test("tokenize: a conversation, with its pictures as placeholders", async () => {
  const content = [{ type: "image_url", image_url: { url: "data:," } }, { type: "text", text: "hi" }];
  const open = await tokenize({ messages: [{ role: "user", content }] });
  assertEquals(String.fromCodePoint(...open.json.tokens), "<user>\ufffchi<assistant>");
  const closed = await tokenize({ messages: [{ role: "user", content }], add_generation_prompt: false });
  assertEquals(String.fromCodePoint(...closed.json.tokens), "<user>\ufffchi");
});

Deno.test("tokenize: bad bodies are refused by field", async () => {
  const messages = [{ role: "user", content: "hi" }];
  const cases: [unknown, number, string | null][] = [
    [{}, 400, "prompt"],
    [{ prompt: "a", messages }, 400, "prompt"],
    [{ prompt: 1 }, 400, "prompt"],
    [{ messages: [] }, 400, "messages"],
    [{ prompt: "a", add_generation_prompt: true }, 400, "add_generation_prompt"],
    [{ messages, add_special_tokens: true }, 400, "add_special_tokens"],
    [{ prompt: "a", model: "other" }, 404, "model"],
    [{ prompt: "a", extra: 1 }, 400, "extra"],
    [[], 400, null],
  ];
  for (const [body, status, param] of cases) {
    const answer = await tokenize(body);
    assertEquals([answer.status, errorOf(answer).param], [status, param], JSON.stringify(body));
  }
});
