import { assertEquals } from "@std/assert";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { errorOf, send } from "./client.ts";

const MODEL = { id: "org/name", object: "model", created: 1_700_000_000, owned_by: "limbus", max_model_len: 99 };

Deno.test("models: the list and one by its id, slashes and all", async () => {
  const engine = createFakeEngine({ model: "org/name", maxModelLen: 99 });
  assertEquals((await send(engine, "/v1/models")).json, { object: "list", data: [MODEL] });
  assertEquals((await send(engine, "/v1/models/org/name")).json, MODEL);
  assertEquals((await send(engine, "/v1/models/org%2Fname")).json, MODEL);
});

Deno.test("models: another id is a 404 in OpenAI's form", async () => {
  const answer = await send(createFakeEngine(), "/v1/models/constructor");
  assertEquals([answer.status, errorOf(answer).code, errorOf(answer).param], [404, "model_not_found", "model"]);
});
