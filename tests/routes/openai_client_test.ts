import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import OpenAI from "openai";
import { type AppOptions, createApp } from "../../routes/mod.ts";
import { CapacityError, EngineCrashedError, MediaFetchError } from "../../src/core/errors.ts";
import type { FakeEngine, FakeEngineOptions } from "../kit/fake_engine.ts";
import { createFakeEngine } from "../kit/fake_engine.ts";

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];

/** Runs `test` with the official client, unmodified, against a fake engine behind a real port. */
async function withClient(
  test: (client: OpenAI, engine: FakeEngine) => Promise<void>,
  engineOptions: FakeEngineOptions = {},
  appOptions: AppOptions = {},
): Promise<void> {
  const engine = createFakeEngine(engineOptions);
  const app = createApp(engine, { log() {}, ...appOptions });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => app.fetch(request));
  const baseURL = `http://127.0.0.1:${server.addr.port}/v1`;
  try {
    await test(new OpenAI({ baseURL, apiKey: "key", maxRetries: 0 }), engine);
  } finally {
    await server.shutdown();
  }
}

Deno.test("openai client: lists and retrieves models", async () => {
  await withClient(async (client) => {
    const models = await Array.fromAsync(await client.models.list());
    assertEquals(models.map(({ id }) => id), ["org/name"]);
    assertEquals((await client.models.retrieve("org/name")).object, "model");
  }, { model: "org/name" });
});

Deno.test("openai client: a whole answer", async () => {
  await withClient(async (client) => {
    const answer = await client.chat.completions.create({ model: "fake", messages: MESSAGES, logprobs: true });
    assertEquals(answer.choices[0].message.content, "hello");
    assertEquals(answer.choices[0].finish_reason, "stop");
    assertEquals(answer.choices[0].logprobs?.content?.map(({ token }) => token).join(""), "hello");
    assertEquals(answer.usage?.completion_tokens, 5);
    assertEquals(typeof answer._request_id, "string");
  });
});

Deno.test("openai client: an answer is taken back as a message", async () => {
  await withClient(async (client) => {
    const { choices } = await client.chat.completions.create({ model: "fake", messages: MESSAGES });
    const messages = [...MESSAGES, choices[0].message, { role: "user" as const, content: "again" }];
    const second = await client.chat.completions.create({ model: "fake", messages });
    assertEquals(second.choices[0].message.content, "again");
  });
});

Deno.test("openai client: a stream, with usage", async () => {
  await withClient(async (client) => {
    const stream = await client.chat.completions.create({
      model: "fake",
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    assertEquals(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), "hello");
    assertEquals(chunks.at(-1)?.usage?.total_tokens, 27);
  });
});

Deno.test("openai client: its stream runner puts the answer together", async () => {
  await withClient(async (client) => {
    const runner = client.chat.completions.stream({ model: "fake", messages: MESSAGES });
    assertEquals((await runner.finalMessage()).content, "hello");
  });
});

Deno.test("openai client: a picture by data URL reaches the engine", async () => {
  const url = "data:image/png;base64,AQID";
  await withClient(async (client, engine) => {
    const content: OpenAI.ChatCompletionContentPart[] = [
      { type: "image_url", image_url: { url, detail: "auto" } },
      { type: "text", text: "what?" },
    ];
    const answer = await client.chat.completions.create({ model: "fake", messages: [{ role: "user", content }] });
    assertEquals(answer.choices[0].message.content, "\uFFFCwhat?");
    const { prompt } = engine.requests[0];
    assertEquals(prompt.kind === "chat" && prompt.messages[0].content[0], {
      type: "media",
      modality: "image",
      source: { kind: "url", url },
      param: "messages[0].content[0].image_url",
    });
  });
});

Deno.test("openai client: every failure is the client's own error class", async () => {
  const create = (client: OpenAI, extra = {}) =>
    client.chat.completions.create({ model: "fake", messages: MESSAGES, ...extra });
  await withClient(async (client) => {
    const badRequest = await assertRejects(() => create(client, { temperature: 9 }), OpenAI.BadRequestError);
    assertEquals([badRequest.param, badRequest.code], ["temperature", "invalid_value"]);
    const notFound = await assertRejects(() => create(client, { model: "other" }), OpenAI.NotFoundError);
    assertEquals(notFound.code, "model_not_found");
    await assertRejects(() => client.models.retrieve("other"), OpenAI.NotFoundError);
    await assertRejects(() => client.embeddings.create({ model: "fake", input: "x" }), OpenAI.NotFoundError);
  });
  await withClient(
    async (client) => {
      const error = await assertRejects(() => create(client), OpenAI.AuthenticationError);
      assertEquals([error.status, error.code], [401, "invalid_api_key"]);
    },
    {},
    { apiKeys: ["another"] },
  );
  const failing = (error: unknown) => ({ script: () => [{ error }] });
  await withClient(async (client) => {
    const error = await assertRejects(() => create(client), OpenAI.RateLimitError);
    assertEquals(error.headers?.get("retry-after"), "4");
  }, failing(new CapacityError("Full", { retryAfterSeconds: 4 })));
  await withClient(async (client) => {
    const param = "messages[0].content[0].image_url";
    const error = await assertRejects(() => create(client, { stream: true }), OpenAI.BadRequestError);
    assertEquals([error.param, error.code], [param, "media_fetch_failed"]);
  }, failing(new MediaFetchError("Refused", { param: "messages[0].content[0].image_url" })));
  await withClient(async (client) => {
    const error = await assertRejects(() => create(client), OpenAI.InternalServerError);
    assertEquals(error.status, 503);
  }, failing(new EngineCrashedError("Stopped")));
});

Deno.test("openai client: an error in the middle of a stream is thrown", async () => {
  const script = () => [{ text: "a" }, { error: new EngineCrashedError("Expected an answer: the engine stopped") }];
  await withClient(async (client) => {
    const stream = await client.chat.completions.create({ model: "fake", messages: MESSAGES, stream: true });
    const error = await assertRejects(() => Array.fromAsync(stream), OpenAI.APIError);
    assertEquals(error.code, "engine_crashed");
  }, { script });
});

Deno.test("openai client: leaving, streamed or not, ends the engine's work", async () => {
  const script = () => [{ text: "a" }, { wait: new Promise(() => {}) }];
  await withClient(async (client, engine) => {
    const stream = await client.chat.completions.create({ model: "fake", messages: MESSAGES, stream: true });
    for await (const _chunk of stream) break; // The client aborts its request on leaving the loop.
    await until(() => engine.unfinished.length === 1);

    const controller = new AbortController();
    const whole = client.chat.completions.create({ model: "fake", messages: MESSAGES }, { signal: controller.signal });
    const refused = assertRejects(() => whole);
    await until(() => engine.requests.length === 2);
    controller.abort();
    assertInstanceOf(await refused, OpenAI.APIUserAbortError);
    await until(() => engine.unfinished.length === 2);
    assertEquals(engine.unfinished, engine.requests.map(({ requestId }) => requestId));
  }, { script });
});

/** Waits for what another end of a connection brings about; the test runner's patience is the limit. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}
