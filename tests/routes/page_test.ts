import { assertEquals, assertMatch } from "@std/assert";
import { createFakeEngine } from "../kit/fake_engine.ts";
import { send } from "./client.ts";

Deno.test("page: one HTML document that names nothing outside of this server", async () => {
  const { status, headers, text } = await send(createFakeEngine(), "/", {}, { apiKeys: ["key"] });
  assertEquals(status, 200);
  assertMatch(headers.get("content-type")!, /^text\/html; charset=utf-8$/i);
  assertMatch(text, /^<!doctype html>[^]*<\/html>\s*$/i);
  assertEquals(text.match(/(https?:)?\/\/[a-z]|@import|:\s*url\(|<(iframe|base|object|embed)\b|\ssrc=/gi), null);
  assertEquals([...text.matchAll(/\shref="([^"]*)"/g)].map(([, href]) => href), ["data:,"]);
});

Deno.test("page: the browser is told to load nothing from elsewhere and to be framed by nobody", async () => {
  const { headers } = await send(createFakeEngine(), "/");
  const policy = new Map(
    headers.get("content-security-policy")!.split("; ").map((rule) => {
      const [name, ...values] = rule.split(" ");
      return [name, values.join(" ")];
    }),
  );
  assertEquals(policy.get("default-src"), "'none'");
  assertEquals(policy.get("connect-src"), "'self'");
  assertEquals(policy.get("frame-ancestors"), "'none'");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
});

Deno.test("page: its script is valid and every element that it asks for is there", async () => {
  const { text } = await send(createFakeEngine(), "/");
  const script = text.match(/<script>([^]*)<\/script>/)![1];
  new Function(script); // Throws if it does not parse.
  const ids = new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
  const asked = [...script.matchAll(/byId\("([^"]*)"\)/g)].map(([, id]) => id);
  assertEquals(asked.length > 20, true);
  assertEquals(asked.filter((id) => !ids.has(id)), []);
});
