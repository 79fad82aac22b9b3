/**
 * Damaged JSON files of checkpoints: an error of its class that names the file, or a model that keeps its promises. Not
 * guided by coverage; `LIMBUS_MUTATIONS` makes it longer.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type CheckpointFiles, folderFiles, openCheckpoint, parseWith } from "../../src/checkpoint/mod.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { checkModel } from "../../src/models/define_adapter.ts";
import { builtinAdapters, findAdapter } from "../../src/models/registry.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { generator, mutateBytes, mutateJson } from "../kit/mutation.ts";

const ROUNDS = Number(Deno.env.get("LIMBUS_MUTATIONS") ?? 150);
/** One checkpoint of each processor and of each way to write its files. */
const CHECKPOINTS = [
  "blip-2/post-norm-bf16",
  "gemma3/gemma3",
  "idefics3/smolvlm-bf16",
  "llava/clip-llama",
  "llava_next/clip-mistral-f16",
  "qwen2_5_vl",
  "qwen2_audio",
  "qwen2_vl",
  "mistral3",
  "text/phi3-longrope",
  "text/qwen3",
  "text/gemma3_text",
];

/** The folder itself, or the first checkpoint below it. */
function folderOf(name: string): URL {
  const url = new URL(`../testdata/${name}/`, import.meta.url);
  const entries = [...Deno.readDirSync(url)];
  if (entries.some((entry) => entry.name === "config.json")) return url;
  const below = entries.filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
  return new URL(`${below[0]}/`, url);
}

/** The files of a folder, one of them with another content. */
function withFile(files: CheckpointFiles, changed: string, bytes: Uint8Array): CheckpointFiles {
  return {
    ...files,
    open: (name) =>
      name !== changed ? files.open(name) : Promise.resolve({
        size: bytes.length,
        read: (offset, length) => Promise.resolve(new Uint8Array(bytes.subarray(offset, offset + length))),
      }),
  };
}

async function load(files: CheckpointFiles): Promise<void> {
  const checkpoint = await openCheckpoint(files);
  const adapter = findAdapter(builtinAdapters, checkpoint.modelType);
  using tokenizer = Tokenizer.fromJSON(checkpoint.tokenizerJson);
  const config = parseWith(adapter.config, checkpoint.config, "config.json");
  const model = adapter.configure(config, {
    ...checkpoint,
    tokenizer: {
      encode: (text) => tokenizer.encode(text, { addSpecialTokens: false }).ids,
      tokenToId: (token) => tokenizer.tokenToId(token),
    },
  });
  checkModel(adapter.modelType, model);
}

for (const name of CHECKPOINTS) {
  Deno.test(`damaged files of ${name} are refused by name, or make a model`, async () => {
    const below = generator(7);
    const files = await folderFiles(folderOf(name));
    const jsons = (await files.list()).filter((file) => file.endsWith(".json"));
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const file = jsons[below(jsons.length)];
      const opened = await files.open(file);
      const whole = await opened.read(0, opened.size);
      let bytes: Uint8Array = whole;
      if (below(4) > 0) {
        let value: unknown = JSON.parse(new TextDecoder().decode(whole));
        for (let times = 1 + below(3); times > 0; times--) value = mutateJson(value, below);
        bytes = new TextEncoder().encode(JSON.stringify(value));
      } else {
        bytes = mutateBytes(whole, below);
      }
      try {
        await load(withFile(files, file, bytes));
      } catch (error) {
        const text = () => `round ${round}, ${file}: ${(error as Error).stack}`;
        assert(error instanceof CheckpointError, text());
        assert(/: found |^[^:]*\.json/.test((error as Error).message), text());
        refused++;
      }
    }
    assert(refused > 0, "nothing was refused");
  });
}
