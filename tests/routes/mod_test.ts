import { assertEquals } from "@std/assert";
import { type AppOptions, createApp } from "../../routes/mod.ts";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { chat, errorOf, send } from "./client.ts";

const KEYED: AppOptions = { apiKeys: ["key-one", "key-two"], debugRoutes: true };

/** `[method, path]` of every route of an app, with the path's pattern filled in. */
function routesOf(options: AppOptions): [string, string][] {
  return createApp(createFakeEngine(), options).routes
    .filter(({ method, path }) => !(method === "ALL" && path === "/*"))
    .map(({ method, path }) => [method === "ALL" ? "PUT" : method, path.replace(/:id\{.*\}/, "some/id")]);
}

Deno.test("auth: each key is a tenant of its own, told by a digest; without keys there is none", async () => {
  const engine = createFakeEngine();
  const ask = (key?: string) =>
    send(engine, "/v1/chat/completions", {
      json: chat("hi"),
      headers: key ? { authorization: `Bearer ${key}` } : {},
    }, key ? KEYED : {});
  for (const key of ["key-one", "key-two", "key-one", undefined]) assertEquals((await ask(key)).status, 200);
  const [one, two, again, none] = engine.requests.map(({ tenant }) => tenant);
  assertEquals([one, none], [again, undefined]);
  assertEquals(/^[0-9a-f]{64}$/.test(one!) && one !== two, true);
});

Deno.test("auth: every route but the page and /health wants a key, known or not", async () => {
  const routes = routesOf(KEYED);
  assertEquals(routes.length > 12, true);
  const open = new Set(["/", "/health"]);
  const unknown: [string, string][] = [["GET", "/nowhere"], ["GET", "/health/"], ["POST", "//"], [
    "GET",
    "/v1/%6dodels",
  ]];
  for (const [method, path] of [...routes, ...unknown]) {
    for (
      const authorization of [undefined, "Bearer", "Bearer wrong", "key-one", "Basic key-one", "Bearer key-onekey-two"]
    ) {
      const headers = authorization === undefined ? undefined : { authorization };
      const answer = await send(createFakeEngine(), path, { method, headers }, KEYED);
      assertEquals(answer.status === 401, !open.has(path), `${method} ${path}`);
      if (answer.status !== 401) continue;
      assertEquals(answer.headers.get("www-authenticate"), "Bearer");
      assertEquals([errorOf(answer).code, errorOf(answer).type], ["invalid_api_key", "invalid_request_error"]);
    }
    for (const authorization of ["Bearer key-one", "bearer key-two"]) {
      const answer = await send(createFakeEngine(), path, { method, headers: { authorization } }, KEYED);
      assertEquals(answer.status === 401, false, `${method} ${path}`);
    }
  }
});

Deno.test("auth: no engine is asked without a key", async () => {
  const engine = createFakeEngine();
  assertEquals((await send(engine, "/v1/chat/completions", { json: chat("x") }, KEYED)).status, 401);
  assertEquals(engine.requests, []);
});

Deno.test("unknown paths are 404 and other methods 405, in OpenAI's form", async () => {
  for (const path of ["/nowhere", "/v1", "/v1/models/", "/health/", "/debug/crash", "/v1/chat/completions/x"]) {
    const answer = await send(createFakeEngine(), path);
    assertEquals(
      [answer.status, errorOf(answer).code],
      [404, "not_found"],
      path,
    );
  }
  for (const [method, path] of routesOf({ debugRoutes: true })) {
    const other = method === "POST" ? "GET" : "POST";
    const answer = await send(createFakeEngine(), path, { method: method === "PUT" ? method : other }, {
      debugRoutes: true,
    });
    assertEquals([answer.status, errorOf(answer).code], [405, "method_not_allowed"], path);
    assertEquals(
      answer.headers.get("allow"),
      path.includes("models") || ["/", "/health"].includes(path) ? "GET, HEAD" : "POST",
    );
  }
});

Deno.test("HEAD answers as GET does, without a body", async () => {
  for (const path of ["/", "/health", "/v1/models"]) {
    const answer = await send(createFakeEngine(), path, { method: "HEAD" });
    assertEquals([answer.status, answer.text], [200, ""]);
  }
  assertEquals((await send(createFakeEngine(), "/tokenize", { method: "HEAD" })).status, 405);
});

Deno.test("CORS: configured origins only, on errors too, and preflight needs no key", async () => {
  const options = { ...KEYED, corsOrigins: ["https://a.example"] };
  const headersFor = (origin: string) => ({ origin, authorization: "Bearer key-one" });
  const allowed = (origin: string, path: string, init: RequestInit, with_: AppOptions) =>
    send(createFakeEngine(), path, { headers: headersFor(origin), ...init }, with_)
      .then(({ headers }) => headers.get("access-control-allow-origin"));
  for (const path of ["/health", "/v1/models", "/nowhere"]) {
    assertEquals(await allowed("https://a.example", path, {}, options), "https://a.example");
    assertEquals(await allowed("https://b.example", path, {}, options), null);
    assertEquals(await allowed("https://a.example", path, {}, KEYED), null);
    assertEquals(await allowed("https://b.example", path, {}, { ...KEYED, corsOrigins: ["*"] }), "*");
  }
  const unauthorized = await send(
    createFakeEngine(),
    "/v1/models",
    { headers: { origin: "https://a.example" } },
    options,
  );
  assertEquals(unauthorized.status, 401);
  assertEquals(unauthorized.headers.get("access-control-allow-origin"), "https://a.example");
  const preflight = await send(createFakeEngine(), "/v1/chat/completions", {
    method: "OPTIONS",
    headers: {
      origin: "https://a.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
    },
  }, options);
  assertEquals(preflight.status, 204);
  assertEquals(preflight.headers.get("access-control-allow-origin"), "https://a.example");
  assertEquals(preflight.headers.get("access-control-allow-headers"), "authorization,content-type");
});

Deno.test("a body that nobody reads is cancelled", async () => {
  for (
    const [path, method] of [["/nowhere", "POST"], ["/health", "POST"], ["/v1/models", "PUT"], ["/tokenize", "POST"]]
  ) {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const answer = await send(createFakeEngine(), path, { method, body });
    assertEquals(answer.status >= 400 && answer.status < 500, true);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(cancelled, true, path);
  }
});

Deno.test("a malformed Host header is no error of the server", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, createApp(createFakeEngine()).fetch);
  try {
    for (const host of ["", "a b", "[", "a:b:c", "%", "x/health?", "\u00e9"]) {
      const connection = await Deno.connect({ port: server.addr.port, hostname: "127.0.0.1" });
      await connection.write(
        new TextEncoder().encode(`GET /v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      );
      const text = await new Response(connection.readable).text();
      const status = Number(text.split(" ")[1]);
      assertEquals(status >= 200 && status < 500, true, `${host}: ${text}`);
    }
  } finally {
    await server.shutdown();
  }
});
