import { assertEquals, assertRejects } from "@std/assert";
import type { EngineConfig } from "../../src/config.ts";
import { CheckpointError, EngineCrashedError, EngineUnavailableError } from "../../src/core/errors.ts";
import type { GenerateOutput, GenerateRequest } from "../../src/core/generate.ts";
import { type EngineCommand, type EngineEvent, toWire } from "../../src/engine/protocol.ts";
import { EngineSupervisor, type WorkerLike } from "../../src/engine/supervisor.ts";

/** A Worker that the test plays. */
class PlayedWorker implements WorkerLike {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly commands: EngineCommand[] = [];
  isTerminated = false;
  postMessage(command: EngineCommand): void {
    this.commands.push(structuredClone(command));
  }
  terminate(): void {
    this.isTerminated = true;
  }
  say(event: EngineEvent): void {
    this.onmessage?.(new MessageEvent("message", { data: structuredClone(event) }));
  }
  die(message = "boom"): void {
    this.onerror?.(new ErrorEvent("error", { message, cancelable: true }));
  }
  last<T extends EngineCommand["type"]>(type: T): Extract<EngineCommand, { type: T }> {
    return this.commands.findLast((command) => command.type === type) as Extract<EngineCommand, { type: T }>;
  }
}

const config = { servedModelName: "m" } as EngineConfig;
const report = { modelType: "llava", device: "wasm", startup: {} } as const;
const request: GenerateRequest = {
  requestId: "r",
  prompt: { kind: "chat", messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] },
  sampling: {},
};
const delta: GenerateOutput = { type: "delta", text: "x", tokenIds: [1] };
const finish: GenerateOutput = {
  type: "finish",
  finishReason: "stop",
  usage: { promptTokens: 1, completionTokens: 1, mediaTokens: {} },
};

function play(options: { now?: () => number } = {}) {
  const workers: PlayedWorker[] = [];
  const supervisor = new EngineSupervisor(config, {
    newWorker: () => (workers.push(new PlayedWorker()), workers.at(-1)!),
    ...options,
  });
  return { supervisor, workers };
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a call that comes before the model is loaded waits for it", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  const iterator = supervisor.generate(request)[Symbol.asyncIterator]();
  const first = iterator.next();
  await tick();
  assertEquals(workers[0].commands.map(({ type }) => type), ["load"]);
  assertEquals(supervisor.health().status, "starting");
  workers[0].say({ type: "loaded", report });
  await tick();
  const { id } = workers[0].last("generate");
  workers[0].say({ type: "output", id, output: delta });
  workers[0].say({ type: "output", id, output: finish });
  assertEquals((await first).value, delta);
  assertEquals((await iterator.next()).value, finish);
  assertEquals((await iterator.next()).done, true);
  assertEquals(supervisor.health().status, "ok");
});

Deno.test("a crash ends every call in flight with one clear error, and the next call is answered by a new Worker", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  workers[0].say({ type: "loaded", report });
  const first = supervisor.generate(request);
  const second = supervisor.tokenize(request.prompt);
  const started = first.next();
  await tick();
  workers[0].say({ type: "output", id: workers[0].last("generate").id, output: delta });
  assertEquals((await started).value, delta);
  workers[0].die();
  await assertRejects(() => first.next(), EngineCrashedError);
  await assertRejects(() => second, EngineCrashedError);
  assertEquals(workers[0].isTerminated, true);
  assertEquals([supervisor.health().status, supervisor.health().restarts], ["restarting", 1]);

  const third = supervisor.detokenize([1]);
  workers[1].say({ type: "loaded", report });
  await tick();
  workers[1].say({ type: "result", id: workers[1].last("detokenize").id, value: "text" });
  assertEquals(await third, "text");
});

Deno.test("what a dead Worker still says is not heard", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  workers[0].say({ type: "loaded", report });
  workers[0].die();
  workers[0].say({ type: "counts", running: 7, waiting: 7 });
  assertEquals(supervisor.health().running, 0);
});

Deno.test("a model that cannot be loaded is not tried again", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  const call = supervisor.detokenize([1]);
  workers[0].say({ type: "failed", error: toWire(new CheckpointError("Expected a file: found none", { param: "x" })) });
  await assertRejects(() => supervisor.ready, CheckpointError);
  await assertRejects(() => call, EngineUnavailableError);
  assertEquals(workers.length, 1);
  assertEquals([supervisor.health().status, supervisor.health().error], ["failed", "x: Expected a file: found none"]);
});

Deno.test("a Worker that dies at every start is given up", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  for (let i = 0; i < 5; i++) workers[i].die();
  await assertRejects(() => supervisor.ready, EngineUnavailableError, "failed to start 5 times");
  assertEquals(workers.length, 5);
});

Deno.test("a client that leaves aborts its sequence at once", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  workers[0].say({ type: "loaded", report });
  const aborter = new AbortController();
  const next = supervisor.generate(request, { signal: aborter.signal }).next();
  await tick();
  const { id } = workers[0].last("generate");
  aborter.abort();
  await assertRejects(() => next, DOMException);
  assertEquals(workers[0].last("abort"), { type: "abort", id });
});

Deno.test("one who stops to iterate aborts the sequence; one who reads to the end does not", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  workers[0].say({ type: "loaded", report });
  for (const isEarly of [false, true]) {
    const outputs = supervisor.generate(request);
    const first = outputs.next();
    await tick();
    const { id } = workers[0].last("generate");
    workers[0].say({ type: "output", id, output: delta });
    await first;
    if (isEarly) {
      await outputs.return(undefined);
    } else {
      workers[0].say({ type: "output", id, output: finish });
      await outputs.next();
      await outputs.next();
    }
    assertEquals(workers[0].last("abort")?.id === id, isEarly);
  }
});

Deno.test("a stopping engine takes no new calls and finishes the old ones", async () => {
  const { supervisor, workers } = play();
  await using _ = supervisor;
  workers[0].say({ type: "loaded", report });
  const old = supervisor.detokenize([1]);
  await tick();
  supervisor.stop();
  await assertRejects(() => supervisor.detokenize([1]), EngineUnavailableError, "stopping");
  workers[0].say({ type: "result", id: workers[0].last("detokenize").id, value: "late" });
  assertEquals(await old, "late");
});
