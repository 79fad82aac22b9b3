import { assertEquals } from "@std/assert";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { chat, errorOf, send } from "./client.ts";

Deno.test("health: 200 with the engine's report once it is ready, 503 with it otherwise", async () => {
  const engine = createFakeEngine();
  const ready = await send(engine, "/health");
  assertEquals([ready.status, ready.json], [200, { ...engine.health() }]);
  for (const status of ["starting", "restarting", "stopping", "failed"] as const) {
    engine.setHealth({ status });
    const answer = await send(engine, "/health");
    assertEquals([answer.status, answer.json.status], [503, status]);
  }
});

Deno.test("health: an engine that is not ready answers requests with 503 and Retry-After", async () => {
  const engine = createFakeEngine({ health: { status: "restarting" } });
  const answer = await send(engine, "/v1/chat/completions", { json: chat("x") }, { log() {} });
  assertEquals([answer.status, errorOf(answer).code], [503, "engine_unavailable"]);
  assertEquals(answer.headers.get("retry-after"), "1");
});
