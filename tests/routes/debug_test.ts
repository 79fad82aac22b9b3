import { assertEquals } from "@std/assert";
import { createApp } from "../../routes/mod.ts";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { chat, eventsOf, send } from "./client.ts";

Deno.test("debug: the crash route is there only with the option and only if the engine has it", async () => {
  const post = { method: "POST" };
  assertEquals((await send(createFakeEngine(), "/debug/crash", post)).status, 404);
  assertEquals((await send(createFakeEngine(), "/debug/crash", post, { debugRoutes: true })).status, 200);
  const lasting = { ...createFakeEngine(), crash: undefined };
  assertEquals((await send(lasting, "/debug/crash", post, { debugRoutes: true })).status, 404);
});

Deno.test("debug: a crash in a stream is one clean error event, and the next request is answered", async () => {
  const wait = Promise.withResolvers<void>();
  const engine = createFakeEngine({ script: () => [{ text: "a" }, { wait: wait.promise }, { text: "b" }] });
  const app = createApp(engine, { debugRoutes: true, log() {} });
  const post = (path: string, body?: unknown) =>
    app.fetch(
      new Request(`http://localhost${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  const streaming = await post("/v1/chat/completions", chat("x", { stream: true }));
  await (await post("/debug/crash")).body?.cancel();
  const events = eventsOf(await streaming.text());
  assertEquals(events.filter((event) => event.error).map((event) => event.error.code), ["engine_crashed"]);
  assertEquals(events.at(-1).error.code, "engine_crashed");
  wait.resolve();
  assertEquals((await (await post("/v1/chat/completions", chat("x"))).json()).choices[0].message.content, "ab");
});
