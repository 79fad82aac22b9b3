import { assertEquals } from "@std/assert";
import { eventStreamResponse } from "../../routes/sse.ts";
import { eventsOf } from "./client.ts";

const quiet = { onCancel() {}, toErrorEvent: () => ({ error: "failed" }) };

Deno.test("eventStreamResponse() writes one data line for each value, line breaks escaped, then [DONE]", async () => {
  async function* values() {
    yield { text: "a\nb\r\n\u2028" };
    yield 2;
  }
  const response = eventStreamResponse(values(), quiet);
  assertEquals(eventsOf(await response.text()), [{ text: "a\nb\r\n\u2028" }, 2, "[DONE]"]);
});

Deno.test("eventStreamResponse() ends with the error event if the source throws", async () => {
  async function* values() {
    yield 1;
    throw new Error("source");
  }
  assertEquals(eventsOf(await eventStreamResponse(values(), quiet).text()), [1, { error: "failed" }]);
});

Deno.test("eventStreamResponse() runs ahead of its reader by one value at most", async () => {
  let produced = 0;
  async function* values() {
    while (true) yield ++produced;
  }
  const reader = eventStreamResponse(values(), quiet).body!.getReader();
  for (let read = 1; read <= 3; read++) {
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(produced <= read + 1, true);
  }
  await reader.cancel();
});

Deno.test("eventStreamResponse() tells a waiting source at once that the reader left", async () => {
  let cancelled = 0;
  let closed = false;
  const left = Promise.withResolvers<never>();
  async function* values() {
    try {
      yield 1;
      await left.promise;
    } finally {
      closed = true;
    }
  }
  const onCancel = () => {
    cancelled++;
    left.reject(new Error("left"));
  };
  const reader = eventStreamResponse(values(), { ...quiet, onCancel }).body!.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve));
  await reader.cancel();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([cancelled, closed], [1, true]);
});
