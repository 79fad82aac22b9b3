/**
 * The family in `examples/toy_vlm` from outside: the kit, an engine in its Worker, a server.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, relative } from "@std/path";
import adapter from "../../examples/toy_vlm/toy_vlm.ts";
import { createEngine, type GenerateOutput, type GenerateRequest } from "../../mod.ts";
import { createRandom, randomImage, testConformance } from "../../src/testing/mod.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const CHECKPOINT = fromFileUrl(new URL("../../examples/toy_vlm/checkpoint", import.meta.url));
/** As an operator writes it: a path from the working directory. */
const SPECIFIER = relative(Deno.cwd(), `${ROOT}examples/toy_vlm/toy_vlm.ts`);
const [CELL, ROW] = [259, 260];

testConformance({
  name: "examples/toy_vlm",
  adapter,
  checkpoint: CHECKPOINT,
  imageSides: [5, 60],
  processorKwargs: [{ max_cells: 1 }, { max_cells: 3 }],
});

Deno.test("an adapter from outside answers in the engine's Worker", async () => {
  await using engine = await createEngine({ model: CHECKPOINT, adapters: [SPECIFIER], device: "wasm" });
  assertEquals(engine.health().modelType, "toy_vlm");
  const { source } = randomImage(createRandom(3), 20, 9); // three cells across, two down
  const request: GenerateRequest = {
    requestId: "toy",
    prompt: {
      kind: "chat",
      messages: [{
        role: "user",
        content: [{ type: "media", modality: "image", source, param: "image" }, { type: "text", text: "<picture>?" }],
      }],
    },
    sampling: { temperature: 0, maxTokens: 4, ignoreEos: true },
  };
  const outputs: GenerateOutput[] = [];
  for await (const output of engine.generate(request)) outputs.push(output);
  const [prompt] = outputs.filter((output) => output.type === "prompt");
  const { promptTokenIds, placeholders } = prompt;
  const line = [CELL, CELL, CELL, ROW];
  assertEquals([...promptTokenIds.subarray(2, 10)], [...line, ...line]);
  assertEquals([...placeholders.image![0].isEmbed!], [1, 1, 1, 0, 1, 1, 1, 0]);
  assertEquals(promptTokenIds.filter((id) => id === CELL).length, 6, "what the user typed is text");
  assertEquals(outputs.flatMap((output) => output.type === "delta" ? [...output.tokenIds] : []).length, 4);
});

/** Starts `deno serve` as the README says, and reads its log until a line matches. */
async function serve(env: Record<string, string>, until: RegExp) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["serve", "-P", "--host", "127.0.0.1", "--port", "0", `${ROOT}mod.ts`],
    env: { LIMBUS_DEVICE: "wasm", NO_COLOR: "1", ...env },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  let rest = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    lines.push(...parts);
    if (parts.some((line) => until.test(line))) break;
  }
  return { child, log: lines.join("\n") };
}

Deno.test("deno serve takes adapters from LIMBUS_ADAPTERS", async () => {
  const { child, log } = await serve({ LIMBUS_MODEL: CHECKPOINT, LIMBUS_ADAPTERS: SPECIFIER }, /Limbus serves/);
  try {
    assertStringIncludes(log, "(toy_vlm, 512 tokens)");
    const url = log.match(/listens on (http:\S+)/)![1];
    const { source } = randomImage(createRandom(4), 30, 30);
    const image = `data:image/png;base64,${(source as { bytes: Uint8Array }).bytes.toBase64()}`;
    const response = await fetch(new URL("v1/chat/completions", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "checkpoint",
        max_tokens: 3,
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: image } }] }],
      }),
    });
    assertEquals(response.status, 200);
    const { usage } = await response.json();
    assertEquals(usage.prompt_tokens, 1 + 1 + 4 * 5 + 1); // <s>, <|user|>, 4 lines of 4 cells and an end, <|assistant|>
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
});

Deno.test("deno serve ends with one clear line if an adapter is not there", async () => {
  const settings = { LIMBUS_MODEL: CHECKPOINT, LIMBUS_ADAPTERS: "examples/no_such_family.ts" };
  const { child, log } = await serve(settings, /cannot serve/);
  assertEquals((await child.status).code, 1);
  assertStringIncludes(log, "Expected adapter examples/no_such_family.ts to be a module that can be imported");
});
