/// <reference lib="deno.worker" />
/**
 * The engine's Worker: loads the model, answers commands. An error that escapes ends the Worker, and the supervisor starts
 * another.
 *
 * @module
 */
import type { GpuProbe } from "../runtime/device.ts";
import { fetchMediaWithin } from "./fetch_media.ts";
import { loadModel } from "./load_model.ts";
import { LocalEngine } from "./local_engine.ts";
import { Stopwatch } from "./stopwatch.ts";
import { type EngineCommand, type EngineEvent, toWire } from "./protocol.ts";

declare const self: DedicatedWorkerGlobalScope;

const calls = new Map<string, AbortController>();
let engine: Promise<LocalEngine> | undefined;

function post(event: EngineEvent): void {
  self.postMessage(event);
}

/** Ends this Worker with an error that the supervisor sees. */
function die(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

/** Memory of the host or, if that is less, of the container; undefined where neither can be told. Never asks for leave. */
function readHostMemory(): number | undefined {
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state === "granted";
  const total = mayAsk ? Deno.systemMemoryInfo().total : undefined;
  const container = readContainerMemory();
  return total === undefined || container === undefined ? total ?? container : Math.min(total, container);
}

/** What Linux allows this process's control group, version 2. */
function readContainerMemory(): number | undefined {
  const path = "/sys/fs/cgroup/memory.max";
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    const bytes = Number(Deno.readTextFileSync(path));
    return bytes > 0 ? bytes : undefined; // "max" is no limit
  } catch {
    return undefined; // no such file: another system
  }
}

async function load(command: Extract<EngineCommand, { type: "load" }>): Promise<LocalEngine> {
  const { config } = command;
  const watch = new Stopwatch(0); // since this Worker began
  watch.lap("imports");
  const loaded = await loadModel(config, {
    watch,
    gpu: navigator.gpu as GpuProbe | undefined,
    hostMemoryBytes: readHostMemory(),
    onProgress: (loadedBytes, totalBytes) => post({ type: "progress", loadedBytes, totalBytes }),
  });
  post({ type: "loaded", report: loaded.report });
  return new LocalEngine(loaded, config, {
    fetchMedia: fetchMediaWithin(config),
    onCounts: (counts) => post({ type: "counts", ...counts }),
    onFatal: die,
  });
}

async function call(id: string, work: (engine: LocalEngine, signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const aborter = new AbortController();
  calls.set(id, aborter);
  try {
    post({ type: "result", id, value: await work(await engine!, aborter.signal) });
  } catch (error) {
    if (!aborter.signal.aborted) post({ type: "error", id, error: toWire(error) });
  } finally {
    calls.delete(id);
  }
}

self.onmessage = ({ data: command }: MessageEvent<EngineCommand>) => {
  switch (command.type) {
    case "load":
      engine = load(command);
      engine.catch((error) => post({ type: "failed", error: toWire(error) }));
      return;
    case "generate":
      return void call(command.id, async (engine, signal) => {
        for await (const output of engine.generate(command.request, { signal })) {
          post({ type: "output", id: command.id, output });
        }
      });
    case "tokenize":
      return void call(command.id, (engine) => engine.tokenize(command.prompt));
    case "detokenize":
      return void call(command.id, (engine) => engine.detokenize(command.tokenIds));
    case "abort":
      return calls.get(command.id)?.abort(new DOMException("The client has gone", "AbortError"));
    case "ping":
      return post({ type: "pong" });
    case "crash":
      return die(new Error("The engine was asked to crash"));
  }
};
