import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createApp } from "../../routes/mod.ts";
import { CapacityError, ContextLengthError, EngineCrashedError, MediaFetchError } from "../../src/core/errors.ts";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { chat, errorOf, eventsOf, send, sendChat } from "./client.ts";

const PATH = "/v1/chat/completions";

Deno.test("chat completion: whole answer in OpenAI's form", async () => {
  const answer = await sendChat(chat("hello"), { now: () => 1_800_000_000_999, newId: () => "7" });
  assertEquals(answer.status, 200);
  assertEquals(answer.json, {
    id: "chatcmpl-7",
    object: "chat.completion",
    created: 1_800_000_000,
    model: "fake",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "hello", refusal: null },
      logprobs: null,
      finish_reason: "stop",
      stop_reason: null,
    }],
    usage: { prompt_tokens: 22, completion_tokens: 5, total_tokens: 27, prompt_tokens_details: { image_tokens: 0 } },
  });
});

Deno.test("chat completion: length is the finish reason when tokens run out", async () => {
  for (const field of ["max_tokens", "max_completion_tokens"]) {
    const { json } = await sendChat(chat("hello", { [field]: 2 }));
    assertEquals(json.choices[0].finish_reason, "length");
    assertEquals(json.choices[0].message.content, "he");
  }
});

Deno.test("chat completion: logprobs in OpenAI's form", async () => {
  const { json } = await sendChat(chat("é", { logprobs: true, top_logprobs: 2 }));
  assertEquals(json.choices[0].logprobs, {
    content: [{
      token: "é",
      logprob: -0.5,
      bytes: [195, 169],
      top_logprobs: [{ token: "é", logprob: -0.5, bytes: [195, 169] }, {
        token: "ê",
        logprob: -1.5,
        bytes: [195, 170],
      }],
    }],
    refusal: null,
  });
  const without = await sendChat(chat("é", { logprobs: true }));
  assertEquals(without.json.choices[0].logprobs.content[0].top_logprobs, []);
});

Deno.test("chat completion: return_token_ids adds the ids of prompt and answer", async () => {
  const whole = await sendChat(chat("hi", { return_token_ids: true }));
  assertEquals(whole.json.choices[0].token_ids, [104, 105]);
  assertEquals(String.fromCodePoint(...whole.json.prompt_token_ids), "<user>hi<assistant>");
  const streamed = eventsOf((await sendChat(chat("hi", { return_token_ids: true, stream: true }))).text);
  assertEquals(streamed[0].prompt_token_ids, whole.json.prompt_token_ids);
  assertEquals(streamed.slice(1, 3).map((chunk) => chunk.choices[0].token_ids), [[104], [105]]);
});

Deno.test("chat stream: role first, finish last, then [DONE]", async () => {
  const answer = await sendChat(chat("hé", { stream: true }));
  assertEquals(answer.status, 200);
  assertMatch(answer.headers.get("content-type")!, /^text\/event-stream/);
  assertEquals(answer.headers.get("cache-control"), "no-cache");
  const events = eventsOf(answer.text);
  assertEquals(events.pop(), "[DONE]");
  assertEquals(events.map((chunk) => chunk.choices[0].delta), [
    { role: "assistant", content: "", refusal: null },
    { content: "h" },
    { content: "é" },
    {},
  ]);
  assertEquals(events.map((chunk) => chunk.choices[0].finish_reason), [null, null, null, "stop"]);
  assertEquals(new Set(events.map((chunk) => chunk.id)).size, 1);
  assertEquals(events.every((chunk) => chunk.object === "chat.completion.chunk" && !("usage" in chunk)), true);
});

Deno.test("chat stream: include_usage adds one chunk without choices and null elsewhere", async () => {
  const { text } = await sendChat(chat("hi", { stream: true, stream_options: { include_usage: true } }));
  const events = eventsOf(text).slice(0, -1);
  const last = events.pop();
  assertEquals(last.choices, []);
  assertEquals(last.usage.completion_tokens, 2);
  assertEquals(events.every((chunk) => chunk.usage === null), true);
});

Deno.test("chat stream: logprobs ride with their piece", async () => {
  const events = eventsOf((await sendChat(chat("hi", { stream: true, logprobs: true }))).text);
  assertEquals(events[1].choices[0].logprobs.content[0].token, "h");
});

Deno.test("chat stream: an empty piece is sent only with ids or logprobs", async () => {
  const engine = () => createFakeEngine({ script: () => [{ text: "" }, { text: "a" }] });
  const plain = await send(engine(), PATH, { json: chat("x", { stream: true }) });
  assertEquals(eventsOf(plain.text).length, 4);
  const withIds = await send(engine(), PATH, { json: chat("x", { stream: true, return_token_ids: true }) });
  assertEquals(eventsOf(withIds.text).length, 5);
});

Deno.test("chat: an error before the first token is a plain HTTP error, streamed or not", async () => {
  const cases = [
    [new ContextLengthError("Too long", { param: "messages" }), 400, "context_length_exceeded"],
    [
      new MediaFetchError("Refused", { param: "messages[0].content[0].image_url", code: "media_too_large" }),
      400,
      "media_too_large",
    ],
    [new CapacityError("Full", { retryAfterSeconds: 2.5 }), 429, "queue_full"],
    [new EngineCrashedError("Stopped"), 503, "engine_crashed"],
  ] as const;
  for (const [error, status, code] of cases) {
    for (const stream of [false, true]) {
      for (const script of [[{ error }], [{ wait: Promise.resolve() }, { error }]]) {
        const answer = await send(createFakeEngine({ script: () => script }), PATH, { json: chat("x", { stream }) }, {
          log() {},
        });
        assertEquals([answer.status, errorOf(answer).code], [status, code]);
        assertEquals(errorOf(answer).param, error.param ?? null);
        if (status === 429) assertEquals(answer.headers.get("retry-after"), "3");
      }
    }
  }
});

Deno.test("chat stream: an error after the first token is the last event", async () => {
  const script = () => [{ text: "a" }, { error: new EngineCrashedError("Expected an answer: the engine stopped") }];
  const logged: unknown[] = [];
  const answer = await send(createFakeEngine({ script }), PATH, { json: chat("x", { stream: true }) }, {
    log: (entry) => void logged.push(entry.error),
  });
  assertEquals(answer.status, 200);
  const last = eventsOf(answer.text).at(-1);
  assertEquals(last.error.code, "engine_crashed");
  assertEquals(last.error.type, "server_error");
  assertEquals(logged.length, 1);
});

Deno.test("chat: an unknown error says nothing of itself and is logged", async () => {
  const error = new TypeError("secret detail");
  const logged: unknown[] = [];
  const answer = await send(createFakeEngine({ script: () => [{ error }] }), PATH, { json: chat("x") }, {
    log: (entry) => void logged.push(entry.error),
  });
  assertEquals(answer.status, 500);
  assertEquals(errorOf(answer).code, "internal_error");
  assertEquals(answer.text.includes("secret"), false);
  assertEquals(logged, [error]);
});

Deno.test("chat: finish reason abort never reaches a client", async () => {
  const script = () => [{ text: "a" }, { finish: "abort" as const }];
  const whole = await send(createFakeEngine({ script }), PATH, { json: chat("x") }, { log() {} });
  assertEquals([whole.status, errorOf(whole).code], [503, "engine_unavailable"]);
  const streamed = await send(createFakeEngine({ script }), PATH, { json: chat("x", { stream: true }) }, { log() {} });
  assertEquals(streamed.text.includes("abort"), false);
  assertEquals(eventsOf(streamed.text).at(-1).error.code, "engine_unavailable");
});

Deno.test("chat: a client that leaves ends the work, streamed or not, before or after the first token", async () => {
  const never = new Promise(() => {});
  for (const stream of [false, true]) {
    for (const script of [[{ wait: never }], [{ text: "a" }, { wait: never }]]) {
      const engine = createFakeEngine({ script: () => script });
      const client = new AbortController();
      const request = new Request(`http://localhost${PATH}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chat("x", { stream })),
        signal: client.signal,
      });
      const response = createApp(engine).fetch(request);
      while (engine.requests.length === 0) await new Promise((resolve) => setTimeout(resolve));
      client.abort();
      await (await response).text();
      assertEquals(engine.unfinished, engine.requests.map(({ requestId }) => requestId));
    }
  }
});

Deno.test("chat stream: a cancelled body ends the work although the signal is silent", async () => {
  const engine = createFakeEngine({ script: () => [{ text: "a" }, { wait: new Promise(() => {}) }] });
  const response = await createApp(engine).fetch(
    new Request(`http://localhost${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(chat("x", { stream: true })),
    }),
  );
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  while (engine.unfinished.length === 0) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(engine.unfinished.length, 1);
});

Deno.test("chat: device and request id are in the headers, whatever the device is called", async () => {
  const engine = createFakeEngine({ health: { device: "wasm", deviceReason: "no adapter – found" } });
  const answer = await send(engine, PATH, { json: chat("x") }, { newId: () => "id" });
  assertEquals(answer.headers.get("x-limbus-device"), "wasm");
  assertEquals(answer.headers.get("x-limbus-device-reason"), "no adapter ? found");
  assertEquals(answer.headers.get("x-request-id"), "id");
  assertStringIncludes(answer.json.id, "id");
});
