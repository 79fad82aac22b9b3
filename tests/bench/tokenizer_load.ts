import { folderFiles, readBytes } from "../../src/checkpoint/mod.ts";
import { Tokenizer, TOKENIZER_BINARY } from "../../src/tokenizer/tokenizer.ts";
import { type Measurement, median } from "./main.ts";
import { runPython } from "./python.ts";
import { tokenizerJson } from "./tokenizer_vocabulary.ts";

const [RUNS, ROUNDS] = [5, 3];

async function time(load: () => Promise<Tokenizer>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    const tokenizer = await load();
    times.push(performance.now() - start);
    tokenizer.free();
  }
  return median(times.slice(1));
}

async function timeNative(python: string, file: string): Promise<number> {
  return Number(await runPython(python, "tokenizer_load.py", [file, RUNS]));
}

/**
 * From files to a tokenizer of 200,000 tokens (o200k), read as the server reads them: from tokenizer.json, from the compact
 * form, and, given a Python, by Hugging Face's own library.
 */
export async function benchTokenizerLoad(python?: string): Promise<Measurement[]> {
  // As in tokenizer.ts: a peer of the bench, whose types speak of another file.
  const { default: ranks } = await import(`npm:${"tiktoken@1.0.22"}/encoders/o200k_base.json`, {
    with: { type: "json" },
  });
  const folder = Deno.makeTempDirSync({ prefix: "limbus-bench-" });
  try {
    const json = new TextEncoder().encode(JSON.stringify(tokenizerJson(ranks, ranks.special_tokens)));
    const binary = Tokenizer.binaryOf(json)!;
    Deno.writeFileSync(`${folder}/tokenizer.json`, json);
    Deno.writeFileSync(`${folder}/${TOKENIZER_BINARY}`, binary);
    const files = await folderFiles(folder);
    const read = (name: string) => readBytes(files, name);
    const [fromJson, fromBinary, native]: number[][] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      fromJson.push(await time(async () => Tokenizer.fromJSON(await read("tokenizer.json"))));
      fromBinary.push(
        await time(async () => Tokenizer.fromBinary(await read(TOKENIZER_BINARY), await read("tokenizer.json"))),
      );
      if (python) native.push(await timeNative(python, `${folder}/tokenizer.json`));
    }
    const theirs = python ? `; tokenizers' from_file ${median(native).toFixed(0)} ms` : "";
    const sizes = `${(json.length / 1e6).toFixed(1)} MB as JSON, ${(binary.length / 1e6).toFixed(1)} MB compact`;
    return [
      { name: "o200k from tokenizer.json", value: median(fromJson), unit: "ms", note: `${sizes}${theirs}` },
      { name: "o200k from the compact form", value: median(fromBinary), unit: "ms", goal: "30 or less" },
    ];
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
