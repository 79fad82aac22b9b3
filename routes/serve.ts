/**
 * The server on Deno: what it needs from its host, and the form with flags.
 *
 *     deno run -P routes/serve.ts --model path/to/checkpoint --device webgpu --port 8000
 *
 * Every setting of the README has a flag; what the flags leave out comes from the environment.
 *
 * @module
 */
import { type Settings, settingsFromFlags } from "../src/config.ts";
import { startEngine } from "../src/engine/create_engine.ts";
import { createServer, describeFault, type ServerHost } from "./server.ts";

/** What the server needs, from Deno. */
export function denoHost(settings: () => Settings): ServerHost {
  let isBarShown = false;
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  return {
    settings,
    startEngine,
    log(line) {
      if (isBarShown) write("\r\x1b[K");
      isBarShown = false;
      console.error(line);
    },
    showProgress(line) {
      if (!Deno.stderr.isTerminal()) return;
      write(`\r\x1b[K${line}`);
      isBarShown = true;
    },
    exit: (code) => Deno.exit(code),
    onTerminate: (callback) => Deno.addSignalListener("SIGTERM", callback),
    after: (ms, callback) => Deno.unrefTimer(setTimeout(callback, ms)),
  };
}

/** Takes `--host` and `--port` out of the arguments. */
function takeAddress(args: readonly string[]): { hostname: string; port: number; rest: string[] } {
  const rest = [...args];
  const take = (flag: string): string | undefined => {
    const at = rest.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    if (at < 0) return undefined;
    const [arg] = rest.splice(at, 1);
    return arg.includes("=") ? arg.slice(flag.length + 1) : rest.splice(at, 1)[0];
  };
  return { hostname: take("--host") ?? "127.0.0.1", port: Number(take("--port") ?? 8000), rest };
}

if (import.meta.main) {
  const { hostname, port, rest } = takeAddress(Deno.args);
  try {
    const settings = settingsFromFlags(rest, Deno.env.toObject());
    const server = createServer(denoHost(() => settings));
    const http = Deno.serve({ hostname, port, onListen: (address) => server.onListen(address) }, server.fetch);
    Deno.addSignalListener("SIGTERM", () => void http.shutdown());
  } catch (error) {
    console.error(`Limbus cannot start: ${describeFault(error)}`);
    Deno.exit(1);
  }
}
