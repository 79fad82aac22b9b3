import { assertEquals, assertRejects } from "@std/assert";
import { readJson } from "../../routes/body.ts";
import { LimbusError } from "../../src/core/errors.ts";

const LIMITS = { maxBodyBytes: 100, bodyTimeoutMs: 5000 };

function requestOf(body: BodyInit | null, contentType = "application/json", headers: HeadersInit = {}): Request {
  return new Request("http://localhost/", {
    method: "POST",
    body,
    headers: { "content-type": contentType, ...headers },
  });
}

/** Sends chunks and then, unless told to stay open, ends. */
function streamOf(chunks: readonly string[], stayOpen = false) {
  const state = { cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      if (!stayOpen) controller.close();
    },
    cancel: () => void (state.cancelled = true),
  });
  return { stream, state };
}

async function codeOf(request: Request, limits = LIMITS): Promise<[number | undefined, string]> {
  const error = await assertRejects(() => readJson(request, limits), LimbusError);
  return [(error as { status?: number }).status, error.code];
}

Deno.test("readJson() reads JSON in one chunk or many", async () => {
  assertEquals(await readJson(requestOf('{"a":"é"}'), LIMITS), { a: "é" });
  assertEquals(await readJson(requestOf(streamOf(['{"a"', ":[1,", "2]}"]).stream), LIMITS), { a: [1, 2] });
  assertEquals(await readJson(requestOf("1", "Application/JSON; charset=utf-8"), LIMITS), 1);
  assertEquals(await readJson(requestOf("\ufeff1"), LIMITS), 1); // RFC 8259 lets a byte order mark be ignored.
  assertEquals(await readJson(requestOf("1", "application/vnd.api+json"), LIMITS), 1);
});

Deno.test("readJson() refuses what is not JSON", async () => {
  for (const body of ["", "{", "{]", "nul", "{'a':1}", "[1,]", '{"a":NaN}', '"', '{"a":"\\"}', "1 2"]) {
    assertEquals(await codeOf(requestOf(body)), [undefined, "invalid_json"], body);
  }
  assertEquals(await codeOf(requestOf(null)), [undefined, "invalid_json"]);
});

Deno.test("readJson() refuses bytes that are not UTF-8", async () => {
  for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xfe, 0xff]]) {
    assertEquals(await codeOf(requestOf(new Uint8Array(bytes))), [undefined, "invalid_utf8"]);
  }
});

Deno.test("readJson() refuses other content types", async () => {
  for (
    const type of ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "json", ""]
  ) {
    assertEquals(await codeOf(requestOf("{}", type)), [415, "unsupported_media_type"]);
  }
});

Deno.test("readJson() stops at the limit, by the length or while it streams", async () => {
  assertEquals(await readJson(requestOf(`"${"a".repeat(98)}"`), LIMITS), "a".repeat(98));
  assertEquals(await codeOf(requestOf(`"${"a".repeat(99)}"`)), [413, "body_too_large"]);
  assertEquals(await codeOf(requestOf("1", undefined, { "content-length": "101" })), [413, "body_too_large"]);
  const { stream, state } = streamOf(["a".repeat(60), "a".repeat(60)], true);
  assertEquals(await codeOf(requestOf(stream)), [413, "body_too_large"]);
  assertEquals(state.cancelled, true);
});

Deno.test("readJson() gives up on a body that does not end", async () => {
  const { stream, state } = streamOf(["{"], true);
  assertEquals(await codeOf(requestOf(stream), { ...LIMITS, bodyTimeoutMs: 20 }), [408, "body_timeout"]);
  assertEquals(state.cancelled, true);
});

Deno.test("readJson() answers a body that breaks off with a 400", async () => {
  const stream = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  assertEquals(await codeOf(requestOf(stream)), [400, "body_incomplete"]);
});
