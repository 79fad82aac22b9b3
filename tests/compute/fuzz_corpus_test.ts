/**
 * The cases that fuzzing has kept, through the compiled core: sizes have 32 bits there, and what overflows wraps in
 * silence. The same laws as in `crates/fuzz/entries`, as far as they can be seen from this side.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { planPromptUpdates } from "../../src/compute/core.ts";
import { CheckpointError, InvalidRequestError, MediaDecodeError } from "../../src/core/errors.ts";
import { decodeAudio, probeAudio } from "../../src/multimodal/audio.ts";
import { decodeImage, probeImage } from "../../src/multimodal/image.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

const CORPUS = new URL("../../crates/fuzz/corpus/", import.meta.url);
/** Longest text that is encoded, bytes. */
const MAX_TEXT = 2048;

/** Calls, and lets only errors of one class pass: a trap of the core is none. */
function attempt<T>(call: () => T, expected: new (...args: never[]) => Error): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}

function checkImage(bytes: Uint8Array): void {
  const header = attempt(() => probeImage(bytes), MediaDecodeError);
  for (const alpha of ["white", "drop"] as const) {
    const image = attempt(() => decodeImage(bytes, { alpha, maxPixels: 2 ** 20 }), MediaDecodeError);
    if (image === undefined) continue;
    assertEquals([image.width, image.height], [header?.width, header?.height]);
    assertEquals(image.data.length, image.width * image.height * 3);
  }
}

function checkAudio(bytes: Uint8Array): void {
  const header = attempt(() => probeAudio(bytes), MediaDecodeError);
  const mono = attempt(() => decodeAudio(bytes), MediaDecodeError);
  if (mono === undefined) return;
  assertEquals(mono.samples.length, header?.numFrames);
  assert(mono.samples.every(Number.isFinite));
  if (header!.seconds < 4) attempt(() => decodeAudio(bytes, { samplingRate: 16_000 }), MediaDecodeError);
}

/** A file, a zero byte, a text. */
function checkTokenizer(bytes: Uint8Array): void {
  const end = bytes.includes(0) ? bytes.indexOf(0) : bytes.length;
  const text = new TextDecoder().decode(bytes.subarray(end + 1, end + 1 + MAX_TEXT));
  const json = new TextDecoder().decode(bytes.subarray(0, end));
  using tokenizer = attempt(() => Tokenizer.fromJSON(json), CheckpointError);
  if (tokenizer === undefined) return;
  for (const addSpecialTokens of [false, true]) {
    const encoded = attempt(() => tokenizer.encode(text, { addSpecialTokens }), InvalidRequestError);
    const segments = [{ origin: "template", text }] as const;
    const whole = attempt(() => tokenizer.encodeSegments(segments, { addSpecialTokens }), InvalidRequestError);
    assertEquals(encoded?.ids, whole?.ids);
    checkStream(tokenizer, [...encoded?.ids ?? []]);
  }
}

/** What every case of a compact form claims to be made from, as in `crates/fuzz/entries/compact.rs`. */
const COMPACT_JSON = new TextEncoder().encode('{"model":{"type":"WordLevel","unk_token":"?","vocab":{"?":0}}}');

/** A compact form, and a text behind its last section. Whether it could be loaded. */
function checkCompact(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const numSections = bytes.length < 16 ? 0 : Math.min(view.getUint32(12, true), (bytes.length - 48) / 8);
  let end = 48 + 8 * numSections;
  for (let index = 0; index < numSections; index++) {
    end += 8 * Math.ceil(Number(view.getBigUint64(48 + 8 * index, true)) / 8);
  }
  const text = new TextDecoder().decode(bytes.subarray(end, end + MAX_TEXT));
  using tokenizer = attempt(() => Tokenizer.fromBinary(bytes.slice(0, end), COMPACT_JSON), CheckpointError);
  if (tokenizer === undefined) return false;
  for (const addSpecialTokens of [false, true]) {
    const encoded = attempt(() => tokenizer.encode(text, { addSpecialTokens }), InvalidRequestError);
    checkStream(tokenizer, [...encoded?.ids ?? [], ...Array(Math.min(tokenizer.vocabSize, 300)).keys()]);
  }
  return true;
}

/** Ids as they come give what they give at once; also ids that there are none of. */
function checkStream(tokenizer: Tokenizer, known: number[]): void {
  const ids = [...known, tokenizer.vocabSize, 0xffffffff];
  for (const skipSpecialTokens of [false, true]) {
    const stream = tokenizer.decodeStream({ skipSpecialTokens });
    const streamed = ids.map((id) => stream.push(id)).join("") + stream.flush();
    assertEquals(streamed, tokenizer.decode(ids, { skipSpecialTokens }));
  }
}

/** Reads a case as `crates/fuzz/entries/prompt.rs` does. */
function checkPrompt(bytes: Uint8Array): void {
  let at = 0;
  const below = (bound: number) => (at < bytes.length ? bytes[at++] : 0) % Math.max(1, bound);
  const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
  const tokens = (most: number) => times(below(most + 1), () => below(4));
  const targets = times(1 + below(8), () => {
    const kind = below(6);
    if (kind === 0) return { kind: 1, tokens: [] };
    if (kind === 1) return { kind: 3, tokens: [] };
    return kind === 2 ? { kind: 2, tokens: tokens(4) } : { kind: 0, tokens: tokens(6) };
  });
  const groups = times(
    1 + below(6),
    () => times(below(4), () => ({ insert: below(2), target: below(targets.length) })),
  );
  const items = times(below(24), () => below(groups.length));
  const hasOrigins = below(2) === 1;
  const rest = bytes.subarray(at);
  const ends = (lists: readonly (readonly unknown[])[]) => {
    let end = 0;
    return Uint32Array.from(lists, (list) => end += list.length);
  };
  const plan = planPromptUpdates(
    Uint32Array.from(rest, (byte) => byte % 4),
    hasOrigins ? rest.map((byte) => byte >> 7) : new Uint8Array(),
    Uint8Array.from(targets, ({ kind }) => kind),
    Uint32Array.from(targets.flatMap(({ tokens }) => tokens)),
    ends(targets.map(({ tokens }) => tokens)),
    Uint32Array.from(groups.flat(), ({ target }) => target),
    Uint8Array.from(groups.flat(), ({ insert }) => insert),
    ends(groups),
    Uint32Array.from(items),
  );
  const failures = (plan.length - 1 - 4 * plan[0]) / 2;
  assertEquals(plan[0] + failures, items.length, "every item once");
}

const CHECKS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  bmp: checkImage,
  flac: checkAudio,
  gif: checkImage,
  jpeg: checkImage,
  mp3: checkAudio,
  ogg: checkAudio,
  png: checkImage,
  prompt_plan: checkPrompt,
  tokenizer_compact: checkCompact,
  tokenizer_json: checkTokenizer,
  wav: checkAudio,
  webp: checkImage,
};

Deno.test("every corpus has a check", () => {
  assertEquals([...Deno.readDirSync(CORPUS)].map(({ name }) => name).sort(), Object.keys(CHECKS));
});

for (const [target, check] of Object.entries(CHECKS)) {
  Deno.test(`every case of ${target} keeps the laws in the compiled core`, () => {
    const folder = new URL(`${target}/`, CORPUS);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert(names.length > 0);
    for (const name of names) {
      try {
        check(Deno.readFileSync(new URL(name, folder)));
      } catch (cause) {
        throw new Error(`${fromFileUrl(folder)}${name}`, { cause });
      }
    }
  });
}

Deno.test("compact forms of the corpus are of today's format", () => {
  const folder = new URL("tokenizer_compact/", CORPUS);
  const cases = [...Deno.readDirSync(folder)].map(({ name }) => Deno.readFileSync(new URL(name, folder)));
  assert(cases.some(checkCompact), "found none that is loaded: crates/fuzz/README.md says how they are made");
});
