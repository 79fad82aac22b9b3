/**
 * The server behind `deno serve mod.ts`: settings from the environment, the engine started when the port is open or with the
 * first request, an orderly end.
 *
 * @module
 */
import type { EngineConfig, ServerConfig, Settings } from "../src/config.ts";
import { EngineUnavailableError, LimbusError } from "../src/core/errors.ts";
import type { HealthReport } from "../src/engine/interface.ts";
import { describeNeeds, showBytes } from "../src/engine/memory_plan.ts";
import type { EngineSupervisor } from "../src/engine/supervisor.ts";
import { errorResponse } from "./errors.ts";
import { createApp } from "./mod.ts";

/** What the server needs from its host. */
export interface ServerHost {
  /** Reads the settings; called once, when the server starts. */
  settings(): Settings;
  /** Starts an engine. */
  startEngine(
    config: EngineConfig,
    options: { onProgress(loaded: number, total: number): void; onNotice(n: string): void },
  ): EngineSupervisor;
  /** Writes a line for the operator. */
  log(line: string): void;
  /** Draws progress over the last one; undefined where nobody watches. */
  showProgress?(line: string): void;
  /** Ends the process. */
  exit(code: number): void;
  /** Calls back when the process is asked to end. */
  onTerminate(callback: () => void): void;
  /** Calls back later; keeps nothing alive. */
  after(ms: number, callback: () => void): void;
}

/** Where a server listens. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What the host knows of a request beside the request. */
export interface RequestInfo {
  /** Settles when the answer is sent whole, or its connection is gone. */
  readonly completed: Promise<void>;
}

/** What `deno serve` wants of a module. */
export interface Server {
  /** Answers a request. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /** Starts the engine. */
  onListen(address: ListenAddress): void;
}

interface Running {
  readonly engine: EngineSupervisor;
  readonly config: ServerConfig;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** A line about a fault: where, what, and how to mend it. */
export function describeFault(error: unknown): string {
  if (!(error instanceof LimbusError)) return error instanceof Error ? error.message : String(error);
  const { param, message, hint } = error;
  return [param ? `${param}: ${message}` : message, hint].filter(Boolean).join(". ");
}

/** The start-up line. */
export function describeStart(report: HealthReport): string {
  const { model, modelType, device, dtype, deviceName, deviceReason, maxModelLen, startup = {} } = report;
  const { executor, executorReason } = report;
  const total = Object.values(startup).reduce((sum, ms) => sum + ms, 0);
  const parts = Object.entries(startup).map(([part, ms]) => `${part} ${ms}`).join(", ");
  return `Limbus serves ${model} (${modelType}, ${maxModelLen} tokens) on ${device} in ${dtype}: ${deviceName}; ` +
    `${deviceReason}; executor ${executor}: ${executorReason}. Loaded in ${total} ms (${parts})`;
}

/** The line about memory; nothing if no network is loaded. */
export function describeMemory({ memory, device }: HealthReport): string | undefined {
  if (!memory) return undefined;
  const { totalBytes, limitBytes } = memory;
  const limit = limitBytes === undefined ? "" : ` of ${showBytes(limitBytes)}`;
  const where = device === "webgpu" ? ", weights and KV cache on the GPU" : "";
  return `Memory: at most ${showBytes(totalBytes)}${limit} beside activations${where}: ${describeNeeds(memory)}`;
}

/** The line about a compact form of the tokenizer that is there and of no use; nothing if all is well. */
export function describeTokenizer({ tokenizerNote }: HealthReport): string | undefined {
  return tokenizerNote && `The tokenizer was loaded from tokenizer.json: ${tokenizerNote}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname === "[::1]" || hostname.startsWith("127.");
}

function progressBar(loaded: number, total: number): string {
  const share = total === 0 ? 1 : loaded / total;
  const filled = Math.round(share * 24);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return `Reading weights ${"█".repeat(filled)}${"░".repeat(24 - filled)} ${mib(loaded)} of ${mib(total)} MiB`;
}

/**
 * Makes the server. Nothing is read or loaded before `onListen` or the first request.
 *
 * @example
 * ```ts ignore
 * export default createServer(denoHost);
 * ```
 */
export function createServer(host: ServerHost): Server {
  let running: Running | undefined;
  let isStopping = false;
  let numOpen = 0;

  /** Ends the process when it was asked to and the last answer is sent. */
  function exitIfDone(): void {
    if (isStopping && numOpen === 0) host.exit(0);
  }

  /** Counts an answer as open until it is sent. */
  function track(completed: Promise<void>): void {
    numOpen++;
    const close = () => {
      numOpen--;
      exitIfDone();
    };
    completed.then(close, close);
  }

  function start(): Running {
    const { server, engine: engineConfig } = host.settings();
    const engine = host.startEngine(engineConfig, {
      onProgress: (loaded, total) => host.showProgress?.(progressBar(loaded, total)),
      onNotice: (notice) => host.log(`Limbus: ${notice}`),
    });
    engine.ready.then(() => {
      const report = engine.health();
      for (const line of [describeStart(report), describeMemory(report), describeTokenizer(report)]) {
        if (line) host.log(line);
      }
    }, (error) => {
      host.log(`Limbus cannot serve ${engineConfig.model}: ${describeFault(error)}`);
      host.exit(1);
    });
    host.onTerminate(() => {
      isStopping = true;
      engine.stop();
      host.after(server.shutdownMs, () => host.exit(0));
      exitIfDone();
    });
    const app = createApp(engine, server);
    return { engine, config: server, fetch: (request) => app.fetch(request) };
  }

  return {
    async fetch(request, info) {
      if (info) track(info.completed);
      try {
        running ??= start();
      } catch (error) {
        host.log(`Limbus cannot start: ${describeFault(error)}`);
        return errorResponse(new EngineUnavailableError("The server is not set up rightly; its log says why"));
      }
      return await running.fetch(request);
    },
    onListen({ hostname, port }) {
      try {
        running ??= start();
      } catch (error) {
        host.log(`Limbus cannot start: ${describeFault(error)}`);
        return host.exit(1);
      }
      const shown = isLoopback(hostname) ? "localhost" : hostname;
      host.log(`Limbus listens on http://${shown}:${port}/`);
      if (!isLoopback(hostname) && running.config.apiKeys.length === 0) {
        host.log(
          "Warning: everybody who reaches this address can use it; set LIMBUS_API_KEY, or serve with --host 127.0.0.1",
        );
      }
    },
  };
}
