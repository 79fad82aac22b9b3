import { createApp } from "../../routes/mod.ts";
import type { AppOptions } from "../../routes/mod.ts";
import type { ErrorBody } from "../../routes/errors.ts";
import type { Engine } from "../../src/engine/interface.ts";
import { createFakeEngine } from "../kit/fake_engine.ts";

/** An answer of the app, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- tests look into bodies of many shapes
  readonly json: any;
}

/** Sends a request to an app without a socket and reads the answer. */
export async function send(
  engine: Engine,
  path: string,
  init: RequestInit & { json?: unknown } = {},
  options: AppOptions = {},
): Promise<Answer> {
  const { json, ...rest } = init;
  const request = new Request(`http://localhost${path}`, {
    ...(json !== undefined && {
      method: "POST",
      body: JSON.stringify(json),
    }),
    ...rest,
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...rest.headers },
  });
  const response = await createApp(engine, options).fetch(request);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** A chat request that says `text`, changed by `extra`. */
export function chat(text: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "fake", messages: [{ role: "user", content: text }], ...extra };
}

/** Sends a chat request to a fresh fake engine. */
export function sendChat(json: unknown, options: AppOptions = {}): Promise<Answer> {
  return send(createFakeEngine(), "/v1/chat/completions", { json }, options);
}

/** The `error` of an answer. */
export function errorOf(answer: Answer): ErrorBody["error"] {
  return (answer.json as ErrorBody).error;
}

/** The events of an event stream, `[DONE]` as that string. */
// deno-lint-ignore no-explicit-any -- as above
export function eventsOf(text: string): any[] {
  return text.split("\n\n").filter((frame) => frame !== "").map((frame) => {
    if (!frame.startsWith("data: ") || frame.includes("\n")) throw new Error(`Expected one data line: ${frame}`);
    const data = frame.slice("data: ".length);
    return data === "[DONE]" ? data : JSON.parse(data);
  });
}
