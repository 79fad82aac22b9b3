/**
 * Nothing that a client sends breaks the core: on a real server every way into it gets media and texts that were made to
 * break it. Each is answered or refused by a 4xx that names the field, whole and streamed, and so is the request after it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { post, serve, type Served } from "../bench/served.ts";
import { EMBEDDED_NAME } from "../kit/embedded_model.ts";
import { type HostileFile, hostileFiles } from "../kit/hostile_files.ts";

const DATA = new URL("../testdata/", import.meta.url);
const CORPUS = new URL("../../crates/fuzz/corpus/", import.meta.url);
/** Longest time for one answer, milliseconds. */
const PATIENCE_MS = 30_000;
/** Of each target's corpus every so many-th case is sent; `cargo test` replays them all. */
const CORPUS_STEP = 8;

type Part = Record<string, unknown>;

/** A way for a file into the core: the part of a message, and its type. */
interface Entry {
  readonly type: string;
  readonly of: (base64: string) => unknown;
}

const IMAGE_TYPES: Record<string, string> = { bmp: "24", gif: "grey", jpeg: "rgb_420", png: "rgb", webp: "lossy" };
const SOUNDS: Record<string, string> = {
  flac: "audio/mono_16k_pcm16.flac",
  mp3: "audio/middle.mp3",
  ogg: "audio/mono_16k.ogg",
  wav: "qwen2_audio/shortest.wav",
};

function readFile(path: string): Uint8Array {
  return Deno.readFileSync(new URL(path, DATA));
}

/** Files that fuzzing has kept: they reach the most of a decoder. */
function corpusOf(target: string): HostileFile[] {
  const names = [...Deno.readDirSync(new URL(target, CORPUS))].map(({ name }) => name).sort();
  return names.filter((name, index) => index % CORPUS_STEP === 0 || name.includes("-")).map((name) => ({
    name: `corpus of ${target}: ${name}`,
    bytes: Deno.readFileSync(new URL(`${target}/${name}`, CORPUS)),
  }));
}

/** Sends JSON and reads the whole answer, which must come: an answered request, or a typed refusal that names `param`. */
async function refusedOrAnswered(url: string, body: object, param: string | RegExp, name: string): Promise<number> {
  const response = await post(url, body, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await response.text();
  const { status } = response;
  if (status === 200) {
    const isWhole = text.startsWith("data: ") ? text.endsWith("data: [DONE]\n\n") : JSON.parse(text) !== null;
    assert(isWhole && !text.includes('"error"'), `${name}: ${text.slice(0, 300)}`);
    return status;
  }
  assert(status >= 400 && status < 500, `${name}: ${status} ${text}`);
  const { error } = JSON.parse(text);
  assertEquals([error.type, typeof error.code], ["invalid_request_error", "string"], name);
  assert(/^Expected .+: found .+/.test(error.message), `${name}: ${error.message}`);
  assert(typeof param === "string" ? error.param === param : param.test(error.param), `${name}: ${text}`);
  return status;
}

/** Sends bad files by every entry in turn, whole and streamed, and a good request after each. */
async function sendFiles(server: Served, model: string, files: HostileFile[], entries: Entry[]): Promise<number> {
  const chat = `${server.url}/v1/chat/completions`;
  let refused = 0;
  for (const [index, { name, bytes }] of files.entries()) {
    const { type, of } = entries[index % entries.length];
    const content: Part[] = [{ type: "text", text: "What is this?" }, { type, [type]: of(bytes.toBase64()) }];
    const body = { model, messages: [{ role: "user", content }], max_tokens: 1, stream: index % 2 === 1 };
    const status = await refusedOrAnswered(chat, body, `messages[0].content[1].${type}`, name);
    if (status !== 200) refused++;
    if (index % 8 === 0) {
      const { messages } = body;
      await refusedOrAnswered(`${server.url}/tokenize`, { model, messages }, /^messages\[0\]\.content\[1\]/, name);
    }
    const good = { model, messages: [{ role: "user", content: "hi" }], max_tokens: 1 };
    assertEquals(await refusedOrAnswered(chat, good, "", `the request after ${name}`), 200);
  }
  return refused;
}

Deno.test("no picture breaks the server", async (t) => {
  await using server = await serve({ LIMBUS_DEVICE: "wasm" });
  for (const [format, good] of Object.entries(IMAGE_TYPES)) {
    await t.step(format, async () => {
      const bytes = readFile(`image/${good}.${format === "jpeg" ? "jpg" : format}`);
      const entries = [
        { type: "image_url", of: (base64: string) => ({ url: `data:image/${format};base64,${base64}` }) },
        { type: "image_url", of: (base64: string) => `data:application/octet-stream;base64,${base64}` },
      ];
      const files = [...hostileFiles(bytes, 1), ...corpusOf(format)];
      const refused = await sendFiles(server, EMBEDDED_NAME, files, entries);
      assert(refused > 10 && refused < files.length, `${refused} of ${files.length} refused`);
    });
  }
});

Deno.test("no sound breaks the server", async (t) => {
  const checkpoint = fromFileUrl(new URL("qwen2_audio/one-second-f16", DATA));
  const settings = { LIMBUS_MODEL: checkpoint, LIMBUS_SERVED_MODEL_NAME: "sounds", LIMBUS_MAX_AUDIO_SECONDS: "30" };
  await using server = await serve({ LIMBUS_DEVICE: "wasm", ...settings });
  for (const [format, good] of Object.entries(SOUNDS)) {
    await t.step(format, async () => {
      const entries = [
        { type: "input_audio", of: (data: string) => ({ data, format }) },
        { type: "audio_url", of: (data: string) => ({ url: `data:audio/${format};base64,${data}` }) },
      ];
      const files = [...hostileFiles(readFile(good), 2), ...corpusOf(format)];
      const refused = await sendFiles(server, "sounds", files, entries);
      assert(refused > 10 && refused < files.length, `${refused} of ${files.length} refused`);
    });
  }
});

/** Texts that tokenizers have stumbled over elsewhere. */
const TEXTS: Record<string, string> = {
  "nothing but a zero byte": "\u0000",
  "every control character": String.fromCharCode(...Array(32).keys()).repeat(20),
  "a long run of one letter": "a".repeat(100_000),
  "a long run of spaces": " ".repeat(100_000),
  "marks without a letter": "\u0301".repeat(20_000),
  "family after family": "👨‍👩‍👧‍👦".repeat(3000),
  "letters that grow when they are normalized": "\ufdfa".repeat(5000),
  "half of a surrogate pair": "\ud800",
  "the other half first": "\udc00\ud800",
  "special tokens": "<s></s><pad><image><|im_end|>".repeat(500),
  "noncharacters and private use": "\uffff\ufdd0\ue000\u{10ffff}".repeat(500),
  "directions that turn": "\u202e\u2066\u202d".repeat(1000),
};

Deno.test("no text and no ids break the server", async (t) => {
  await using server = await serve({ LIMBUS_DEVICE: "wasm" });
  const model = EMBEDDED_NAME;
  const good = { model, messages: [{ role: "user", content: "hi" }], max_tokens: 1 };
  const send = async (path: string, body: object, param: RegExp, name: string) => {
    const status = await refusedOrAnswered(server.url + path, body, param, name);
    assertEquals(await refusedOrAnswered(`${server.url}/v1/chat/completions`, good, "", `after ${name}`), 200);
    return status;
  };
  for (const [name, text] of Object.entries(TEXTS)) {
    await t.step(name, async () => {
      const messages = [{ role: "system", content: text }, { role: "user", content: [{ type: "text", text }] }];
      for (const stream of [false, true]) {
        const body = { model, messages, stream, max_tokens: 1, stop: [text.slice(0, 50).toWellFormed()] };
        await send("/v1/chat/completions", body, /^messages/, name);
      }
      const statuses = [
        await send("/tokenize", { model, messages }, /^messages/, name),
        await send("/tokenize", { model, prompt: text }, /^prompt/, name),
      ];
      // A tokenizer takes any text; the wire only what is Unicode.
      assertEquals(statuses, text.isWellFormed() ? [200, 200] : [400, 400]);
    });
  }
  const lists: Record<string, [tokens: unknown[], status: number]> = {
    "no ids": [[], 200],
    "a hundred thousand ids": [Array.from({ length: 100_000 }, (_, index) => index % 100), 200],
    "the largest id": [[0, 2 ** 32 - 1], 400],
    "an id that is too large": [[2 ** 32], 400],
    "an id below zero": [[-1], 400],
    "half an id": [[0.5], 400],
    "a text": [["1"], 400],
    "nothing": [[null], 400],
  };
  for (const [name, [tokens, status]] of Object.entries(lists)) {
    await t.step(name, async () => {
      assertEquals(await send("/detokenize", { model, tokens }, /^tokens/, name), status);
    });
  }
});
