import { createApp } from "../../routes/mod.ts";
import { resolveEngineConfig } from "../../src/config.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import { createFakeExecutor } from "../../src/runtime/fake_executor.ts";
import { EMBEDDED_PATH } from "../kit/embedded_model.ts";
import { type Measurement, median } from "./main.ts";

const TOKENS = 256;
const REQUESTS = 300;

/** HTTP handling, validation, template, tokenization, scheduling and detokenization, without any network. */
export async function benchOverhead(): Promise<Measurement[]> {
  const config = resolveEngineConfig({ model: EMBEDDED_PATH, device: "wasm" });
  const loaded = await loadModel(config, {
    newExecutor: ({ vocabSize, hiddenSize }) =>
      createFakeExecutor({ vocabSize, hiddenSize, script: (step) => 300 + step % 50 }),
  });
  await using engine = new LocalEngine(loaded, config, { fetchMedia: () => Promise.reject(new Error("no media")) });
  const app = createApp(engine);

  const ask = async (maxTokens: number): Promise<number> => {
    const body = JSON.stringify({
      model: engine.servedModelName,
      messages: [{ role: "user", content: "What is in this picture, and how many of them are there?" }],
      stream: true,
      max_tokens: maxTokens,
      ignore_eos: true,
      temperature: 0,
    });
    const start = performance.now();
    const response = await app.fetch(
      new Request("http://localhost/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
    );
    const text = await response.text();
    if (!text.endsWith("data: [DONE]\n\n")) throw new Error(`Expected a whole stream: found ${text.slice(-200)}`);
    return performance.now() - start;
  };
  const short: number[] = [];
  const long: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    short.push(await ask(1));
    if (i % 10 === 0) long.push(await ask(1 + TOKENS));
  }
  const perRequest = median(short.slice(REQUESTS / 2));
  const perToken = (median(long.slice(long.length / 2)) - perRequest) / TOKENS * 1000;
  const note = `median after warm-up, over ${REQUESTS} requests in one process`;
  return [
    { name: "overhead per request, no network", value: perRequest, unit: "ms", goal: "1 or less", note },
    { name: "overhead per streamed token, no network", value: perToken, unit: "us", goal: "50 or less", note },
  ];
}
