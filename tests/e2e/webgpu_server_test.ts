/**
 * The server on WebGPU, in f32 and f16, against the server on WASM. Needs an adapter; a software one will do.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { exampleRequest, post, serve } from "../bench/served.ts";

async function answer(env: Record<string, string>): Promise<{ text: string; device: string; dtype: string }> {
  await using server = await serve(env);
  const response = await post(`${server.url}/v1/chat/completions`, exampleRequest());
  const json = await response.json();
  assertEquals(response.status, 200, JSON.stringify(json));
  const { device, dtype } = await (await fetch(`${server.url}/health`)).json();
  assertEquals(response.headers.get("x-limbus-device"), device);
  return { text: json.choices[0].message.content, device, dtype };
}

Deno.test("WebGPU and WASM give the same answer to a picture", async () => {
  const wasm = await answer({ LIMBUS_DEVICE: "wasm" });
  assertEquals([wasm.device, wasm.dtype], ["wasm", "f32"]);
  for (const dtype of ["f32", "f16"]) {
    const webgpu = await answer({ LIMBUS_DEVICE: "webgpu", LIMBUS_DTYPE: dtype });
    assertEquals(webgpu, { text: wasm.text, device: "webgpu", dtype });
  }
});
