import { assertEquals, assertRejects } from "@std/assert";
import { MediaFetchError } from "../../src/core/errors.ts";
import { type ConnectMedia, connectTo } from "../../src/multimodal/media_connection.ts";
import { fetchMedia, type FetchMediaOptions } from "../../src/multimodal/media_source.ts";

const PARAM = "messages[0].content[1].image_url";
const MARK = "SeCrEt";

/** Fails the test: nothing may be connected to. */
const noConnection: ConnectMedia = () => {
  throw new Error("Expected no connection: found one");
};

function get(url: string, options: Partial<FetchMediaOptions> = {}): Promise<Uint8Array> {
  return fetchMedia({ kind: "url", url }, { maxBytes: 1000, timeoutMs: 5000, param: PARAM, ...options });
}

/** The code of the error that fetching ends in; fails if the error repeats anything of the URL or the answer. */
async function codeOf(url: string, options: Partial<FetchMediaOptions> = {}): Promise<string> {
  const error = await assertRejects(() => get(url, options), MediaFetchError);
  assertEquals(error.param, PARAM);
  assertEquals(error.message.includes(MARK), false, error.message);
  return error.code;
}

/** A server on 127.0.0.1 for the length of `test`. */
async function withServer(
  handler: (request: Request, origin: string) => Response | Promise<Response>,
  test: (server: { origin: string; host: string; port: number }) => Promise<void>,
  tls: { cert?: string; key?: string } = {},
): Promise<void> {
  const stop = new AbortController();
  const options = {
    port: 0,
    hostname: "127.0.0.1",
    signal: stop.signal,
    onListen() {},
    ...tls,
  } as Deno.ServeTcpOptions;
  const server = Deno.serve(options, (request) => handler(request, origin));
  const { port } = server.addr as Deno.NetAddr;
  const host = `127.0.0.1:${port}`;
  const origin = `http://${host}`;
  try {
    await test({ origin, host, port });
  } finally {
    stop.abort();
    await server.finished;
  }
}

Deno.test("data URL: bytes, whatever the media type and the case", async () => {
  for (const head of ["data:image/png;base64,", "DATA:;BASE64,", "data:text/plain;charset=utf-8;base64,"]) {
    assertEquals([...await get(`${head}AQID`)], [1, 2, 3]);
  }
  assertEquals([...await get("data:image/png;base64,AQ==")], [1]);
});

Deno.test("data URL: anything but strict base64 is refused", async () => {
  const heads = ["data:", "data:image/png", "data:image/png,AQID", "data:image/png;base64", "data:base64,AQID"];
  const bodies = ["", "A", "AQ", "AQ=", "AQ===", "AR==", "AQ ID", "AQID\n", "AQ-_", "%41QID", "AQID=", `=${MARK}`];
  for (const url of [...heads, ...bodies.map((body) => `data:image/png;base64,${body}`)]) {
    assertEquals(await codeOf(url), "invalid_data_url", url);
  }
});

Deno.test("data URL: the limit is exact", async () => {
  const url = (length: number) => `data:;base64,${new Uint8Array(length).toBase64()}`;
  for (const length of [998, 999, 1000]) assertEquals((await get(url(length))).length, length);
  assertEquals(await codeOf(url(1001)), "media_too_large");
});

Deno.test("bytes in hand: passed through up to the limit", async () => {
  const fetchBytes = (length: number) =>
    fetchMedia({ kind: "bytes", bytes: new Uint8Array(length) }, { maxBytes: 10, timeoutMs: 1, param: PARAM });
  assertEquals((await fetchBytes(10)).length, 10);
  assertEquals((await assertRejects(() => fetchBytes(11), MediaFetchError)).code, "media_too_large");
});

Deno.test("other schemes and broken URLs are refused", async () => {
  const urls = ["file:///etc/passwd", "ftp://a/b", "blob:http://a/b", "javascript:1", "gopher://a", "ws://a", "", "x"];
  for (const url of [...urls, "/etc/passwd", "http://", "http://[", "http://a b/", "http://256.256.256.256/", " "]) {
    assertEquals(await codeOf(url, { connect: noConnection }), "unsupported_url_scheme", url);
  }
});

Deno.test("private addresses are refused before connecting, however they are spelled", async () => {
  const hosts = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "0", "0.0.0.0", "[::]", "[::1]"],
    ...["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "100.64.0.1", "224.0.0.1"],
    ...["255.255.255.255", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[fe80::1]", "[fd00::1]"],
    ...["[ff02::1]", "[2002:7f00:1::]", "[2001::1]", "[2001:db8::1]", "１２７.0.0.1", "public.example@127.0.0.1"],
  ];
  for (const host of hosts) {
    assertEquals(await codeOf(`http://${host}/`, { connect: noConnection }), "media_host_not_allowed", host);
  }
});

Deno.test("names are refused if any of their addresses is private", async () => {
  for (const addresses of [["127.0.0.1"], ["9.9.9.9", "10.0.0.1"], ["2620:fe::fe", "::1"], ["fe80::1%eth0"], ["?"]]) {
    const options = { connect: noConnection, resolve: () => Promise.resolve(addresses) };
    assertEquals(await codeOf(`http://${MARK}.example/`, options), "media_host_not_allowed");
  }
  assertEquals(await codeOf("http://localhost/", { connect: noConnection }), "media_host_not_allowed");
});

Deno.test("a name is resolved once and the connection goes to what was checked", async () => {
  const answers = [["9.9.9.9"], ["127.0.0.1"]];
  const connected: (readonly string[])[] = [];
  const connect: ConnectMedia = (_url, addresses) => {
    connected.push(addresses);
    return Promise.reject(new Error("unreachable"));
  };
  const resolve = () => Promise.resolve(answers.shift()!);
  assertEquals(await codeOf("http://rebind.example/", { connect, resolve }), "media_fetch_failed");
  assertEquals(connected, [["9.9.9.9"]]);
  assertEquals(answers.length, 1);
});

Deno.test("a listed name is reached at the resolved address, under its own name", async () => {
  await withServer((request) => new Response(request.headers.get("host")), async ({ port }) => {
    const options = { allowedHosts: ["pics.example"], resolve: () => Promise.resolve(["127.0.0.1"]) };
    const bytes = await get(`http://PICS.example:${port}/a.png`, options);
    assertEquals(new TextDecoder().decode(bytes), `pics.example:${port}`);
  });
});

Deno.test("the next address is tried if one does not answer", async () => {
  await withServer(() => new Response("ok"), async ({ port }) => {
    const options = { allowedHosts: ["pics.example"], resolve: () => Promise.resolve(["::1", "127.0.0.1"]) };
    assertEquals((await get(`http://pics.example:${port}/`, options)).length, 2);
  });
});

Deno.test("https: the certificate must carry the host's name, not the address", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`../testdata/media/${name}`, import.meta.url));
  const [cert, key] = [await read("pics.example.crt"), await read("pics.example.key")];
  await withServer(() => new Response("ok"), async ({ port }) => {
    const options = {
      allowedHosts: ["pics.example", "other.example"],
      resolve: () => Promise.resolve(["127.0.0.1"]),
      connect: connectTo({ ca: cert }),
    };
    assertEquals((await get(`https://pics.example:${port}/`, options)).length, 2);
    assertEquals(await codeOf(`https://other.example:${port}/`, options), "media_fetch_failed");
    assertEquals(
      await codeOf(`https://pics.example:${port}/`, { ...options, connect: connectTo() }),
      "media_fetch_failed",
    );
  }, { cert, key });
});

Deno.test("a list of hosts refuses all others, and matches host or host:port", async () => {
  await withServer(() => new Response("ok"), async ({ origin, host, port }) => {
    for (const allowedHosts of [[host], ["127.0.0.1"], ["a.example", host]]) {
      assertEquals((await get(origin, { allowedHosts })).length, 2);
    }
    for (const allowedHosts of [[], [`127.0.0.1:${port + 1}`], ["a.example"], ["127.0.0"], "none" as const]) {
      assertEquals(await codeOf(origin, { allowedHosts, connect: noConnection }), "media_host_not_allowed");
    }
    assertEquals(
      await codeOf("http://9.9.9.9/", { allowedHosts: [host], connect: noConnection }),
      "media_host_not_allowed",
    );
  });
});

Deno.test("redirects are followed three times, and each is checked anew", async () => {
  const handler = (request: Request, origin: string) => {
    const { pathname } = new URL(request.url);
    const step = Number(pathname.slice(1));
    if (pathname === "/private") return new Response(null, { status: 302, headers: { location: "http://10.0.0.1/" } });
    if (pathname === "/file") return new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } });
    if (pathname === "/loop") return new Response(null, { status: 307, headers: { location: "/loop" } });
    if (pathname === "/nowhere") return new Response(null, { status: 302 });
    return step === 0 ? new Response("ok") : Response.redirect(`${origin}/${step - 1}`, 302);
  };
  await withServer(handler, async ({ origin, host }) => {
    const options = { allowedHosts: [host] };
    assertEquals((await get(`${origin}/3`, options)).length, 2);
    assertEquals(await codeOf(`${origin}/4`, options), "media_fetch_failed");
    assertEquals(await codeOf(`${origin}/loop`, options), "media_fetch_failed");
    assertEquals(await codeOf(`${origin}/nowhere`, options), "media_fetch_failed");
    assertEquals(await codeOf(`${origin}/private`, options), "media_host_not_allowed");
    assertEquals(await codeOf(`${origin}/file`, options), "unsupported_url_scheme");
    // Without a list, a public host that sends us to a private one.
    const connect: ConnectMedia = (url, addresses, signal) =>
      url.hostname === "public.example"
        ? connectTo()(url, [host.split(":")[0]], signal)
        : noConnection(url, addresses, signal);
    const publicly = { connect, resolve: () => Promise.resolve(["9.9.9.9"]) };
    const port = host.split(":")[1];
    assertEquals(await codeOf(`http://public.example:${port}/private`, publicly), "media_host_not_allowed");
    assertEquals(
      (await get(`http://public.example:${port}/1`, {
        ...publicly,
        connect: (url, _addresses, signal) => connectTo()(url, ["127.0.0.1"], signal),
        allowedHosts: ["public.example", host],
      })).length,
      2,
    );
  });
});

Deno.test("a failing host is a clear error that says its status and nothing else", async () => {
  for (const status of [204, 400, 404, 500, 503]) {
    const body = status === 204 ? null : MARK;
    await withServer(() => new Response(body, { status }), async ({ origin, host }) => {
      const error = await assertRejects(() => get(`${origin}/${MARK}`, { allowedHosts: [host] }), MediaFetchError);
      assertEquals(error.message, `Expected status 200 from the media's host: found ${status}`);
      assertEquals(error.code, "media_fetch_failed");
    });
  }
});

Deno.test("a host that is not there is a clear error", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  assertEquals(await codeOf(`http://127.0.0.1:${port}/`, { allowedHosts: ["127.0.0.1"] }), "media_fetch_failed");
  const resolve = () => Promise.reject(new Error(MARK));
  assertEquals(await codeOf("http://missing.example/", { resolve }), "media_fetch_failed");
  assertEquals(await codeOf("http://missing.example/", { resolve: () => Promise.resolve([]) }), "media_fetch_failed");
});

Deno.test("a body over the limit is refused by its length, or while it streams", async () => {
  let sent = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1000;
        controller.enqueue(new Uint8Array(1000));
      },
    });
  const handler = (request: Request) =>
    request.url.endsWith("/known") ? new Response(new Uint8Array(1001)) : new Response(endless());
  await withServer(handler, async ({ origin, host }) => {
    assertEquals(await codeOf(`${origin}/known`, { allowedHosts: [host] }), "media_too_large");
    assertEquals(await codeOf(`${origin}/endless`, { allowedHosts: [host] }), "media_too_large");
    assertEquals(sent < 100e6, true);
  });
  await withServer(() => new Response(new Uint8Array(1000)), async ({ origin, host }) => {
    assertEquals((await get(origin, { allowedHosts: [host] })).length, 1000);
  });
});

Deno.test("a compressed body is refused: its size says nothing", async () => {
  const handler = () => new Response("x", { headers: { "content-encoding": "gzip" } });
  await withServer(handler, async ({ origin, host }) => {
    assertEquals(await codeOf(origin, { allowedHosts: [host] }), "media_fetch_failed");
  });
});

Deno.test("a slow host ends in a timeout: name, head or body", async () => {
  const never = new Promise<never>(() => {});
  const resolve = () => never;
  assertEquals(await codeOf("http://slow.example/", { timeoutMs: 20, resolve }), "media_fetch_timeout");
  const stalled = () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
  for (const handler of [() => never, () => new Response(stalled())]) {
    await withServer(handler, async ({ origin, host }) => {
      assertEquals(await codeOf(origin, { timeoutMs: 50, allowedHosts: [host] }), "media_fetch_timeout");
    });
  }
});

Deno.test("the caller's signal ends the fetch with its reason", async () => {
  const asked = Promise.withResolvers<void>();
  const handler = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  await withServer(handler, async ({ origin, host }) => {
    const caller = new AbortController();
    const reason = new Error("gone");
    const work = assertRejects(() => get(origin, { allowedHosts: [host], signal: caller.signal }), Error, "gone");
    await asked.promise;
    caller.abort(reason);
    assertEquals(await work, reason);
    await assertRejects(() => get(origin, { allowedHosts: [host], signal: caller.signal }), Error, "gone");
  });
});
