import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { folderFiles, memoryFiles, readBytes } from "../../src/checkpoint/mod.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { loadTokenizer, prepareCheckpoint } from "../../src/engine/load_tokenizer.ts";
import { Tokenizer, TOKENIZER_BINARY } from "../../src/tokenizer/tokenizer.ts";
import { FAMILIES, loadComponents, loadTexts } from "../tokenizer/goldens.ts";

function fileBytes(family: string): Uint8Array {
  return Deno.readFileSync(new URL(`../testdata/tokenizer/${family}.json`, import.meta.url));
}

Deno.test("the compact form is the same tokenizer, for every pipeline", () => {
  for (const family of FAMILIES) {
    const json = fileBytes(family);
    using ours = Tokenizer.fromJSON(json);
    const { tokenizer: other, refused } = loadTokenizer({
      tokenizerJson: json,
      tokenizerBinary: Tokenizer.binaryOf(json)!,
    });
    assertEquals(refused, undefined);
    assertEquals([other.vocabSize, other.addedTokens()], [ours.vocabSize, ours.addedTokens()]);
    for (const text of loadTexts()) {
      const { ids } = ours.encode(text);
      assertEquals(other.encode(text).ids, ids);
      for (const skipSpecialTokens of [false, true]) {
        assertEquals(other.decode(ids, { skipSpecialTokens }), ours.decode(ids, { skipSpecialTokens }));
      }
    }
    other.free();
  }
});

Deno.test("the compact form is the same tokenizer, for every component", async () => {
  const { texts, cases } = await loadComponents();
  const encode = (tokenizer: Tokenizer, text: string) => {
    try {
      return tokenizer.encode(text).ids;
    } catch {
      return undefined;
    }
  };
  for (const { name, file, lists } of cases) {
    const json = new TextEncoder().encode(JSON.stringify(file));
    using ours = Tokenizer.fromJSON(json);
    using other = Tokenizer.fromBinary(Tokenizer.binaryOf(json)!, json);
    for (const text of texts) assertEquals(encode(other, text), encode(ours, text), name);
    for (const list of lists) assertEquals(other.decode(list), ours.decode(list), name);
  }
});

Deno.test("a compact form that is stale or damaged is left aside, with the reason", () => {
  const json = fileBytes("gpt2");
  const good = Tokenizer.binaryOf(json)!;
  const damaged = good.slice();
  damaged[damaged.length >> 1] ^= 1;
  const other = Tokenizer.binaryOf(fileBytes("llama3"))!;
  const cases: [Uint8Array, string][] = [
    [damaged, "damaged"],
    [good.subarray(0, 100), "cut short"],
    [other, "made from another tokenizer.json"],
    [new TextEncoder().encode("{}".repeat(200)), "of another format"],
  ];
  for (const [tokenizerBinary, reason] of cases) {
    const { tokenizer, refused } = loadTokenizer({ tokenizerJson: json, tokenizerBinary });
    assertStringIncludes(refused!, reason);
    assertEquals(tokenizer.decode(tokenizer.encode("a picture").ids), "a picture");
  }
});

Deno.test("a checkpoint is prepared whole or not at all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const json = fileBytes("qwen2");
    await Deno.writeFile(`${folder}/tokenizer.json`, json);
    for (let round = 0; round < 2; round++) {
      assertEquals((await prepareCheckpoint(folder)).file, TOKENIZER_BINARY);
    }
    const files = await folderFiles(folder);
    assertEquals(await files.list(), ["tokenizer.json", TOKENIZER_BINARY]);
    assertEquals(await readBytes(files, TOKENIZER_BINARY), Tokenizer.binaryOf(json));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const files = memoryFiles({ "tokenizer.json": fileBytes("gpt2") });
  assertStringIncludes((await assertRejects(() => prepareCheckpoint(files), CheckpointError)).message, "written");
});

Deno.test("added tokens are listed as the file has them, from bytes or text", () => {
  const json = fileBytes("llama2");
  const text = new TextDecoder().decode(json);
  const contents = JSON.parse(text).added_tokens.map(({ content }: { content: string }) => content);
  assert(contents.length > 0);
  const mark = new Uint8Array([0xef, 0xbb, 0xbf, ...json]);
  for (const form of [json, text, mark, JSON.parse(text)]) {
    assertEquals(Tokenizer.fromJSON(form).addedTokens(), contents);
  }
});
