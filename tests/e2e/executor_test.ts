/**
 * The executors of the CPU give the same answers, and the server says which one it uses.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exampleRequest, post, serve } from "../bench/served.ts";

const QUESTIONS = ["What is in this picture?", "How many things are there?", "Is there a green tree?"];

async function answers(env: Record<string, string>) {
  await using server = await serve({ LIMBUS_DEVICE: "wasm", ...env });
  const texts: string[] = [];
  for (const question of QUESTIONS) {
    const response = await post(`${server.url}/v1/chat/completions`, exampleRequest(question, { temperature: 0 }));
    texts.push((await response.json()).choices[0].message.content);
  }
  const health = await (await fetch(`${server.url}/health`)).json();
  return { texts, health, log: server.log() };
}

Deno.test("ONNX Runtime, our kernels and quantized matrices answer alike, and none of them silently", async () => {
  const ort = await answers({ LIMBUS_EXECUTOR: "ort" });
  assertEquals([ort.health.executor, ort.health.executorReason, ort.health.dtype], ["ort", "asked for", "f32"]);
  assertStringIncludes(ort.log, "executor ort: asked for");
  const free = await answers({});
  assertEquals([free.health.executor, free.health.dtype], ["core", "f32"]);
  assertMatch(free.log, /executor core: there are kernels for every op/);
  const quantized = await answers({ LIMBUS_DTYPE: "q8" });
  assertEquals([quantized.health.executor, quantized.health.dtype], ["core", "q8"]);
  assertEquals(free.texts, ort.texts);
  assertEquals(quantized.texts, ort.texts);
});

Deno.test("q8 with ONNX Runtime ends the server with one line that says why", async () => {
  await using server = await serve({ LIMBUS_DEVICE: "wasm", LIMBUS_DTYPE: "q8", LIMBUS_EXECUTOR: "ort" });
  assertEquals((await server.ended).success, false);
  assertMatch(server.log(), /LIMBUS_DTYPE: Expected our own kernels .* q8: LIMBUS_EXECUTOR is ort/);
});
