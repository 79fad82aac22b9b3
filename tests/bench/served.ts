/**
 * A real server in a process of its own, for benches and end-to-end tests.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { EMBEDDED_NAME, EXAMPLE_PICTURE } from "../kit/embedded_model.ts";

const ROOT = new URL("../../", import.meta.url);

/** A server that runs until it is disposed of. */
export interface Served extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Process id. */
  readonly pid: number;
  /** What it has written for its operator so far. */
  log(): string;
  /** Settles when the process has ended by itself. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Deno.CommandStatus>;
}

/**
 * Runs `deno serve -P mod.ts` on a free port and waits until it listens (not until the model is loaded).
 *
 * @param env Settings; nothing of this process's `LIMBUS_*` is handed on.
 */
export async function serve(env: Record<string, string> = {}): Promise<Served> {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("LIMBUS_"));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["serve", "-P", "--host", "127.0.0.1", "--port", "0", "mod.ts"],
    cwd: fromFileUrl(ROOT),
    env: { ...Object.fromEntries(inherited), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const listening = Promise.withResolvers<string>();
  const drained = (async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const url = text.match(/Limbus listens on (http:\S+:\d+)/)?.[1];
      if (url) listening.resolve(url.replace("localhost", "127.0.0.1"));
    }
    listening.reject(new Error(`The server ended before it listened:\n${text}`));
  })();
  listening.promise.catch(() => {});
  const stop = async () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await drained;
    return await child.status;
  };
  return {
    url: await listening.promise,
    pid: child.pid,
    log: () => text,
    ended: drained.then(() => child.status),
    stop,
    [Symbol.asyncDispose]: async () => void await stop(),
  };
}

/** A question about the example picture, as the README asks it. */
export function exampleRequest(question = "What is in this picture?", extra: object = {}): object {
  const picture = Deno.readFileSync(EXAMPLE_PICTURE).toBase64();
  return {
    model: EMBEDDED_NAME,
    messages: [{
      role: "user",
      content: [
        { type: "image_url", image_url: { url: `data:image/png;base64,${picture}` } },
        { type: "text", text: question },
      ],
    }],
    ...extra,
  };
}

/** Posts JSON. */
export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
}

/** Reads an event stream to the first piece of the answer's text. */
export async function firstText(response: Response): Promise<string> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const found = text.match(/"delta":\{[^}]*"content":"([^"]+)"/)?.[1];
    if (found) return found;
  }
  throw new Error(`Expected text in the stream: found ${text}`);
}
