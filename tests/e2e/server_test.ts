/**
 * The whole server in a process of its own, with the embedded model on WASM: what a user does, and what must not go wrong.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import OpenAI from "openai";
import { exampleRequest, post, serve, type Served } from "../bench/served.ts";
import { EMBEDDED_NAME, EXAMPLE_PICTURE } from "../kit/embedded_model.ts";

const PICTURE = Deno.readFileSync(EXAMPLE_PICTURE);
const PICTURE_URL = `data:image/png;base64,${PICTURE.toBase64()}`;
/** The same pixels as {@linkcode PICTURE}. */
const WEBP_PICTURE = Deno.readFileSync(new URL("../testdata/image/example.webp", import.meta.url));
const ANIMATION = Deno.readFileSync(new URL("../testdata/image/animated.gif", import.meta.url));

/** A server of files and faults on this machine, for media URLs. Some of its answers never end, so it is aborted. */
function mediaServer() {
  const aborter = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: aborter.signal };
  const { addr } = Deno.serve(options, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/example.png") return new Response(PICTURE, { headers: { "content-type": "image/png" } });
    if (pathname === "/example.webp") return new Response(WEBP_PICTURE, { headers: { "content-type": "image/webp" } });
    if (pathname === "/slow") return new Promise(() => {});
    if (pathname === "/endless") {
      const stream = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65536)) });
      return new Response(stream);
    }
    return new Response("no", { status: 404 });
  });
  return { host: `127.0.0.1:${addr.port}`, close: () => aborter.abort() };
}

/** The PNG header of a picture that would take 10 GB. */
function hugePng(): string {
  const bytes = PICTURE.slice();
  new DataView(bytes.buffer).setUint32(16, 60000);
  new DataView(bytes.buffer).setUint32(20, 60000);
  // The header's checksum must fit, or the picture is refused for that.
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  new DataView(bytes.buffer).setUint32(29, (crc ^ 0xffffffff) >>> 0);
  return `data:image/png;base64,${bytes.toBase64()}`;
}

function withImage(url: string): object {
  return { model: EMBEDDED_NAME, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] };
}

async function answerOf(server: Served, body: object = exampleRequest()): Promise<string> {
  const response = await post(`${server.url}/v1/chat/completions`, body);
  const json = await response.json();
  assertEquals(response.status, 200, JSON.stringify(json));
  return json.choices[0].message.content;
}

Deno.test("the server answers, refuses and survives", async (t) => {
  const media = mediaServer();
  const { host } = media;
  await using server = await serve({
    LIMBUS_DEVICE: "wasm",
    LIMBUS_DEBUG_ROUTES: "1",
    LIMBUS_ALLOWED_MEDIA_HOSTS: host,
    LIMBUS_MEDIA_TIMEOUT_MS: "700",
    LIMBUS_MAX_BODY_BYTES: "2000000",
    LIMBUS_MAX_MEDIA_BYTES: "400000",
    LIMBUS_LIMIT_MM_PER_PROMPT: '{"image":3}',
  });
  const chat = `${server.url}/v1/chat/completions`;
  const right = await answerOf(server);

  await t.step("the start-up line, /health and a header tell the device and why", async () => {
    assertMatch(server.log(), /Limbus serves limbus-sketch \(llava, \d+ tokens\) on wasm in f32: .*asked for/);
    const response = await fetch(`${server.url}/health`);
    const health = await response.json();
    assertEquals([health.status, health.device, health.deviceReason], ["ok", "wasm", "asked for"]);
    assertEquals(response.headers.get("x-limbus-device"), "wasm");
  });

  await t.step("the official client lists models, chats, streams and sends pictures", async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
    const models = await client.models.list();
    assertEquals(models.data.map(({ id }) => id), [EMBEDDED_NAME]);
    const whole = await client.chat.completions.create(exampleRequest() as never) as OpenAI.ChatCompletion;
    assertEquals(whole.choices[0].message.content, right);
    const stream = await client.chat.completions.create({
      ...exampleRequest() as OpenAI.ChatCompletionCreateParamsStreaming,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage;
    }
    assertEquals(text, right);
    assertEquals(usage, whole.usage);
    await assertRejects(
      () => client.chat.completions.create({ model: "other", messages: [{ role: "user", content: "hi" }] }),
      OpenAI.NotFoundError,
    );
    await assertRejects(
      () => client.chat.completions.create({ model: EMBEDDED_NAME, messages: [] }),
      OpenAI.BadRequestError,
    );
  });

  await t.step("a picture by http URL gives the same answer as by data URL", async () => {
    const content = [
      { type: "image_url", image_url: { url: `http://${host}/example.png` } },
      { type: "text", text: "What is in this picture?" },
    ];
    assertEquals(await answerOf(server, { model: EMBEDDED_NAME, messages: [{ role: "user", content }] }), right);
  });

  await t.step("the same pixels as WebP give the same answer, and an animation gives one", async () => {
    const about = (url: string) => ({
      model: EMBEDDED_NAME,
      messages: [{
        role: "user",
        content: [{ type: "image_url", image_url: { url } }, { type: "text", text: "What is in this picture?" }],
      }],
    });
    assertEquals(await answerOf(server, about(`http://${host}/example.webp`)), right);
    assertEquals(await answerOf(server, about(`data:image/webp;base64,${WEBP_PICTURE.toBase64()}`)), right);
    assert(await answerOf(server, about(`data:image/gif;base64,${ANIMATION.toBase64()}`)));
  });

  await t.step("bad input is refused with the path of what is wrong, fast, and the next request works", async () => {
    const text = (content: unknown) => ({ model: EMBEDDED_NAME, messages: [{ role: "user", content }] });
    const cases: [string, object | string, number, string | RegExp | null][] = [
      ["malformed JSON", "{", 400, null],
      ["wrong type", { ...text("hi"), temperature: "1" }, 400, "temperature"],
      ["out of range", { ...text("hi"), top_p: 2 }, 400, "top_p"],
      ["unknown role", { model: EMBEDDED_NAME, messages: [{ role: "robot", content: "hi" }] }, 400, /^messages\[0\]/],
      ["unknown part", text([{ type: "smell" }]), 400, /^messages\[0\]\.content\[0\]/],
      ["no messages", { model: EMBEDDED_NAME, messages: [] }, 400, "messages"],
      ["unknown model", { ...text("hi"), model: "other" }, 404, "model"],
      [
        "too many pictures",
        text(Array(4).fill({ type: "image_url", image_url: { url: PICTURE_URL } })),
        400,
        /content\[3\]/,
      ],
      ["not a picture", withImage("data:image/png;base64,aGVsbG8="), 400, /^messages\[0\]\.content\[0\]\.image_url/],
      [
        "truncated PNG",
        withImage(`data:image/png;base64,${PICTURE.subarray(0, PICTURE.length >> 1).toBase64()}`),
        400,
        /image_url/,
      ],
      ["60000 x 60000", withImage(hugePng()), 400, /image_url/],
      ["large picture", withImage(`data:image/png;base64,${new Uint8Array(500_000).toBase64()}`), 400, /image_url/],
      ["unsupported scheme", withImage("file:///etc/passwd"), 400, /image_url/],
      ["unreachable URL", withImage("http://127.0.0.1:9/x.png"), 400, /image_url/],
      ["missing picture", withImage(`http://${host}/none.png`), 400, /image_url/],
      ["slow picture", withImage(`http://${host}/slow`), 400, /image_url/],
      ["endless picture", withImage(`http://${host}/endless`), 400, /image_url/],
      ["private address", withImage("http://169.254.169.254/latest/meta-data"), 400, /image_url/],
      ["prompt too long", text("word ".repeat(5000)), 400, "messages"],
      ["large body", text("x".repeat(2_100_000)), 413, null],
    ];
    for (const [name, body, status, param] of cases) {
      const response = await fetch(chat, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      const { error } = await response.json();
      assertEquals(response.status, status, `${name}: ${JSON.stringify(error)}`);
      assertEquals(Object.keys(error).sort(), ["code", "message", "param", "type"], name);
      if (param instanceof RegExp) assertMatch(error.param, param, name);
      else assertEquals(error.param, param, name);
      assert(!JSON.stringify(error).includes("word word"), `${name} echoes the request`);
      assertEquals(await answerOf(server), right, `the request after: ${name}`);
    }
  });

  await t.step("typed placeholders and special tokens are text", async () => {
    const tokenize = async (content: unknown) => {
      const body = { model: EMBEDDED_NAME, messages: [{ role: "user", content }] };
      const { tokens } = await (await post(`${server.url}/tokenize`, body)).json();
      return tokens as number[];
    };
    const plain = await tokenize([{ type: "text", text: "hello" }]);
    const image = await tokenize([{ type: "image_url", image_url: { url: PICTURE_URL } }, {
      type: "text",
      text: "hello",
    }]);
    const special = new Set(image.filter((id) => !plain.includes(id)));
    const typed = await tokenize([{ type: "text", text: "<image> <s> </s> <pad> <|im_end|>" }]);
    assertEquals(typed.filter((id) => special.has(id)), []);
    const { prompt } = await (await post(`${server.url}/detokenize`, { tokens: typed })).json();
    assert(prompt.includes("<image>"));
    assertEquals(await answerOf(server, exampleRequest("<image> What is in this picture?")) !== "", true);
  });

  await t.step("the same seed gives the same answer, and stop texts end it", async () => {
    const hot = { temperature: 1.5, seed: 7, max_tokens: 20 };
    const first = await answerOf(server, exampleRequest(undefined, hot));
    assertEquals(await answerOf(server, exampleRequest(undefined, hot)), first);
    const word = right.split(" ")[2];
    const stopped = await answerOf(server, exampleRequest(undefined, { stop: [word] }));
    assertEquals(stopped, right.slice(0, right.indexOf(word)));
  });

  await t.step("a client that leaves ends its sequence", async () => {
    const aborter = new AbortController();
    const body = exampleRequest(undefined, { stream: true, ignore_eos: true, max_tokens: 1500 });
    const response = await post(chat, body, { signal: aborter.signal });
    await response.body!.getReader().read();
    aborter.abort();
    let running = 1;
    for (let i = 0; i < 100 && running > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ({ running } = await (await fetch(`${server.url}/health`)).json());
    }
    assertEquals(running, 0);
  });

  await t.step("requests at the same time get the same answers as one by one", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => answerOf(server)));
    assertEquals(new Set(answers), new Set([right]));
  });

  await t.step("a crash of the engine is one clean error event, and the next request is answered", async () => {
    const response = await post(chat, exampleRequest(undefined, { stream: true, ignore_eos: true, max_tokens: 1500 }));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value ?? "";
    assertEquals((await post(`${server.url}/debug/crash`, {})).status, 200);
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    const events = text.trim().split("\n\n");
    const failed = events.filter((event) => event.includes('"error"'));
    assertEquals(failed.length, 1, text.slice(-400));
    assertEquals(JSON.parse(failed[0].replace(/^data: /, "")).error.code, "engine_crashed");
    assertEquals(await answerOf(server), right);
    assertEquals((await (await fetch(`${server.url}/health`)).json()).restarts, 1);
  });

  await t.step("SIGTERM lets the answer in flight end", async () => {
    const response = await post(chat, exampleRequest(undefined, { stream: true, ignore_eos: true, max_tokens: 100 }));
    const status = server.stop();
    const text = await response.text();
    assert(text.endsWith("data: [DONE]\n\n"), text.slice(-200));
    assertEquals((await status).code, 0);
  });
  media.close();
});

Deno.test("with an API key every route but /health and the page asks for it", async () => {
  await using server = await serve({ LIMBUS_DEVICE: "wasm", LIMBUS_API_KEY: "one,two" });
  assertEquals((await post(`${server.url}/v1/chat/completions`, exampleRequest())).status, 401);
  for (const key of ["one", "two"]) {
    const response = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
  for (const path of ["/health", "/"]) {
    const response = await fetch(server.url + path);
    await response.body?.cancel();
    assert(response.status !== 401, path);
  }
});

Deno.test("a checkpoint that is not there ends the server with one line that says so", async () => {
  await using server = await serve({ LIMBUS_MODEL: "/nowhere/model" });
  assertEquals((await server.ended).code, 1);
  assertMatch(server.log(), /Limbus cannot serve \/nowhere\/model: .*/);
  assert(!server.log().includes("    at "), "a stack trace is no message");
});
