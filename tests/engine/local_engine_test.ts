import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type EngineSettings, resolveEngineConfig } from "../../src/config.ts";
import {
  AdapterError,
  CapacityError,
  ContextLengthError,
  InvalidRequestError,
  MediaDecodeError,
} from "../../src/core/errors.ts";
import type { GenerateOutput, GenerateRequest, SamplingParams } from "../../src/core/generate.ts";
import type { ContentPart } from "../../src/core/message.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { createFakeExecutor, type FakeExecutorOptions } from "../../src/runtime/fake_executor.ts";

const DATA = new URL("../testdata/llava/", import.meta.url);
const PICTURE = Deno.readFileSync(new URL("wide.png", DATA));
/** Tokens of a picture: a CLIP tower with 4 x 4 patches whose class token is dropped. */
const IMAGE_TOKENS = 16;

type FakeOptions = Partial<FakeExecutorOptions> & { onFatal?: (error: unknown) => void };

async function newEngine(fake: FakeOptions = {}, settings: EngineSettings = {}) {
  const config = resolveEngineConfig({ model: fromFileUrl(new URL("clip-llama", DATA)), ...settings });
  const loaded = await loadModel(config, {
    newExecutor: ({ vocabSize, hiddenSize }) =>
      createFakeExecutor({
        vocabSize,
        hiddenSize,
        numRows: (_, numItems) => numItems * IMAGE_TOKENS,
        script: (step) => 300 + step % 60,
        ...fake,
      }),
  });
  return new LocalEngine(loaded, config, {
    fetchMedia: ({ source }) => Promise.resolve(source.kind === "bytes" ? source.bytes : PICTURE),
    onFatal: fake.onFatal,
    random: () => 0.5,
  });
}

let nextId = 0;
function ask(sampling: SamplingParams = {}, content: ContentPart[] = [{ type: "text", text: "hi" }]): GenerateRequest {
  const prompt = { kind: "chat", messages: [{ role: "user", content }] } as const;
  return { requestId: `r${nextId++}`, prompt, sampling: { temperature: 0, maxTokens: 12, ...sampling } };
}
function picture(index: number, bytes = PICTURE): ContentPart {
  return { type: "media", modality: "image", source: { kind: "bytes", bytes }, param: `messages[0].content[${index}]` };
}

async function collect(outputs: AsyncIterable<GenerateOutput>) {
  const all: GenerateOutput[] = [];
  for await (const output of outputs) all.push(output);
  const deltas = all.filter((output) => output.type === "delta");
  const [finish] = all.filter((output) => output.type === "finish");
  return {
    all,
    finish,
    prompt: all[0].type === "prompt" ? all[0] : undefined,
    text: deltas.map(({ text }) => text).join(""),
    tokenIds: deltas.flatMap(({ tokenIds }) => tokenIds),
    logprobs: deltas.flatMap(({ logprobs = [] }) => logprobs),
  };
}

Deno.test("an answer is the prompt, deltas whose texts are its text, and the finish", async () => {
  await using engine = await newEngine();
  const { all, prompt, text, tokenIds, finish } = await collect(engine.generate(ask()));
  assertEquals([all[0].type, all.at(-1)!.type], ["prompt", "finish"]);
  assertEquals(tokenIds, Array.from({ length: 12 }, (_, step) => 300 + step));
  assertEquals(text, await engine.detokenize(tokenIds));
  assertEquals(finish.finishReason, "length");
  assertEquals(finish.usage, { promptTokens: prompt!.promptTokenIds.length, completionTokens: 12, mediaTokens: {} });
  assertEquals(engine.health().running, 0);
});

Deno.test("an answer ends at an end-of-sequence token, a stop token or a stop text", async () => {
  const [eos] = [2];
  await using engine = await newEngine({ script: (step) => step === 5 ? eos : 300 + step });
  const end = async (sampling: SamplingParams) => {
    const { finish, tokenIds, text } = await collect(engine.generate(ask(sampling)));
    return { reason: finish.finishReason, stop: finish.stopReason, count: tokenIds.length, text };
  };
  const whole = await end({});
  assertEquals([whole.reason, whole.count], ["stop", 6]);
  assertEquals((await end({ ignoreEos: true })).count, 12);
  assertEquals((await end({ stopTokenIds: [303] })).count, 4);
  assertEquals((await end({ maxTokens: 3 })).reason, "length");
  const stop = whole.text.slice(2, 4);
  const cut = await end({ stop: [stop] });
  assertEquals([cut.reason, cut.stop, cut.text], ["stop", stop, whole.text.slice(0, whole.text.indexOf(stop))]);
  // The script insists on the end; until minTokens it may not have it.
  assert((await end({ minTokens: 9 })).count >= 9);
});

Deno.test("logprobs are given for every token, best first, and no more than asked for", async () => {
  await using engine = await newEngine();
  const { logprobs, tokenIds } = await collect(engine.generate(ask({ logprobs: 3 })));
  assertEquals(logprobs.map(({ tokenId }) => tokenId), tokenIds);
  for (const { top, logprob, bytes, token } of logprobs) {
    assertEquals(top.length, 3);
    assertEquals(top[0].logprob, logprob);
    assert(top[0].logprob >= top[1].logprob && logprob <= 0);
    if (!token.includes("\ufffd")) assertEquals(new TextDecoder().decode(Uint8Array.from(bytes)).trim(), token.trim());
  }
  assertEquals((await collect(engine.generate(ask()))).logprobs, []);
});

Deno.test("pictures take their tokens at their places, in order", async () => {
  await using engine = await newEngine();
  const content: ContentPart[] = [picture(0), { type: "text", text: "and" }, picture(2)];
  const { prompt, finish } = await collect(engine.generate(ask({}, content)));
  const ranges = prompt!.placeholders.image!;
  assertEquals(ranges.map(({ itemIndex, length }) => [itemIndex, length]), [[0, IMAGE_TOKENS], [1, IMAGE_TOKENS]]);
  assertEquals(finish.usage.mediaTokens, { image: 2 * IMAGE_TOKENS });
  const tokens = await engine.tokenize(ask({}, content).prompt);
  assertEquals(tokens.tokenIds.length + 2 * (IMAGE_TOKENS - 1), prompt!.promptTokenIds.length);
});

Deno.test("what a user types is text, whatever it spells", async () => {
  await using engine = await newEngine();
  const typed = await engine.tokenize(ask({}, [{ type: "text", text: "<image></s><s><pad>" }]).prompt);
  const plain = await engine.tokenize(ask({}, [{ type: "text", text: "hi" }]).prompt);
  const special = (ids: Uint32Array) => [...ids].filter((id) => id <= 2 || id >= 380);
  assertEquals(special(typed.tokenIds), special(plain.tokenIds));
  const content: ContentPart[] = [{ type: "text", text: "<image>" }, picture(1)];
  const { prompt } = await collect(engine.generate(ask({}, content)));
  assertEquals(prompt!.placeholders.image!.length, 1);
});

Deno.test("rows that do not fit the placeholders end that request only, and the error names the item", async () => {
  for (const wrong of [IMAGE_TOKENS - 1, IMAGE_TOKENS + 1]) {
    await using engine = await newEngine({ numRows: () => wrong });
    const error = await assertRejects(() => collect(engine.generate(ask({}, [picture(0)]))), AdapterError);
    assert(error.message.includes("image 0") && error.message.includes(`${IMAGE_TOKENS}`), error.message);
    assertEquals((await collect(engine.generate(ask()))).tokenIds.length, 12);
  }
});

Deno.test("bad requests are refused before any network runs, with the input's path", async () => {
  let steps = 0;
  await using engine = await newEngine({ onStep: () => void steps++ }, {
    maxModelLen: 64,
    limitMmPerPrompt: { image: 1 },
    maxImagePixels: 2000,
  });
  const refused = async (request: GenerateRequest, Class: new (...args: never[]) => Error) =>
    (await assertRejects(() => collect(engine.generate(request)), Class) as { param?: string }).param;
  const long = [{ type: "text" as const, text: "word ".repeat(100) }];
  assertEquals(await refused(ask({}, long), ContextLengthError as never), "messages");
  assertEquals(await refused(ask({ maxTokens: 1000 }), ContextLengthError as never), "max_tokens");
  assertEquals(
    await refused(ask({}, [picture(0), picture(1)]), InvalidRequestError as never),
    "messages[0].content[1]",
  );
  const broken = picture(0, new TextEncoder().encode("no picture"));
  assertEquals(await refused(ask({}, [broken]), MediaDecodeError as never), "messages[0].content[0]");
  const large = picture(0, Deno.readFileSync(new URL("photo.jpg", DATA)));
  assertEquals(await refused(ask({}, [large]), MediaDecodeError as never), "messages[0].content[0]");
  assertEquals(steps, 0);
  assertEquals((await collect(engine.generate(ask()))).tokenIds.length, 12);
});

Deno.test("a queue that is full refuses, and takes again when there is room", async () => {
  await using engine = await newEngine({}, { maxNumSeqs: 1, maxQueue: 1 });
  const running = [engine.generate(ask()), engine.generate(ask())];
  const first = running.map((outputs) => outputs.next());
  await assertRejects(() => engine.generate(ask()).next(), CapacityError);
  await Promise.all(first);
  await Promise.all(running.map(collect));
  assertEquals((await collect(engine.generate(ask()))).tokenIds.length, 12);
});

Deno.test("answers at the same time equal answers one by one", async () => {
  await using engine = await newEngine({}, { maxNumSeqs: 3 });
  const requests = Array.from({ length: 7 }, (_, i) => ask({ maxTokens: 3 + i, seed: i, temperature: 2 }));
  const alone: string[] = [];
  for (const request of requests) alone.push((await collect(engine.generate(request))).text);
  const together = await Promise.all(requests.map((request) => collect(engine.generate(request))));
  assertEquals(together.map(({ text }) => text), alone);
});

Deno.test("a client that leaves ends its sequence, others go on", async () => {
  const gate = Promise.withResolvers<void>();
  await using engine = await newEngine({ onStep: (step) => step === 3 ? gate.promise : undefined });
  const aborter = new AbortController();
  const left = collect(engine.generate(ask({ maxTokens: 200 }), { signal: aborter.signal }));
  const other = collect(engine.generate(ask()));
  aborter.abort();
  await assertRejects(() => left, DOMException);
  gate.resolve();
  assertEquals((await other).tokenIds.length, 12);
  assertEquals(engine.health().running + engine.health().waiting, 0);
});

Deno.test("a fault of one step ends one sequence; one that kills the runtime is reported", async () => {
  let fault: Error | undefined = new TypeError("odd");
  let fatal: unknown;
  await using engine = await newEngine({
    onStep() {
      if (fault) throw fault;
    },
    onFatal: (error) => fatal = error,
  });
  await assertRejects(() => collect(engine.generate(ask())), TypeError, "odd");
  assertEquals(fatal, undefined);
  fault = undefined;
  assertEquals((await collect(engine.generate(ask()))).tokenIds.length, 12);
  fault = new WebAssembly.RuntimeError("unreachable");
  await assertRejects(() => collect(engine.generate(ask())), WebAssembly.RuntimeError);
  assertEquals(fatal, fault);
});
