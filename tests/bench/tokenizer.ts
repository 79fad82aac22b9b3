import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import type { Measurement } from "./main.ts";
import { runPython } from "./python.ts";
import { loadCorpora } from "./tokenizer_corpora.ts";
import { type Encoder, loadPeers } from "./tokenizer_peers.ts";
import { tokenizerJson } from "./tokenizer_vocabulary.ts";

/** Passes after the first; the best counts. */
const PASSES = 7;
const PEER_PASSES = 3;
/** First passes of Limbus, before the peers and again behind them, so that all meet the same minutes of the machine. */
const LOADS = 12;
/** Decoding takes a few milliseconds, which another process easily falls into. */
const DECODES_A_PASS = 5;
const SLICE = 2000;

/** Megabytes of UTF-8 a second that each model should reach, cold. */
const GOALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  o200k: { prose: 50, code: 120, multilingual: 40 },
  "SPM-BPE": { prose: 30, code: 30, multilingual: 30 },
  Unigram: { prose: 20, code: 20, multilingual: 20 },
  WordPiece: { prose: 60, code: 60, multilingual: 60 },
};

/** How many times as fast as its peers the first of them should be. */
const GOAL_RATIOS: Readonly<Record<string, { native: string; peer: string }>> = {
  o200k: { native: "20 or more", peer: "8 or more" },
};

/** One 100,000-character piece of each kind that has been slow somewhere. */
const LONG_PIECES: Readonly<Record<string, string>> = {
  spaces: " ",
  "letter a": "a",
  "line breaks": "\n",
  "CJK characters": "漢字图片里有什么",
  emoji: "👨‍👩‍👧🇩🇪👍🏽",
  "box drawing": "═",
};

/** A peer is exact if its ids are ours (which are those of `tokenizers`) here too, not on ordinary texts alone. */
const AWKWARD =
  "\ufeffa \ufeff\u0085b 's'\u017f \u180e\u200b c\u2028\r\n\u3000 \u{1e030}\u{10d40}\u1c89 constructor __proto__";

/** Speeds of one tokenizer on one text, MB/s. */
interface Speed {
  cold: number;
  warm: number;
  slices: number;
  decode: number;
}

/** Seconds that a work takes; only what answers later is waited for. */
async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  const later = work();
  if (later instanceof Promise) await later;
  return (performance.now() - start) / 1000;
}

/** Time for the host to compile what is called often, seconds; peers have it too. */
const WARM_UP_S = 0.2;

/** The least time of several runs, once the host has compiled what they call. */
async function best(runs: number, work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let spent = 0; spent < WARM_UP_S;) spent += await seconds(work);
  for (let run = 0; run < runs; run++) least = Math.min(least, await seconds(work));
  return least;
}

function slicesOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / SLICE) }, (_, at) => text.slice(at * SLICE, (at + 1) * SLICE));
}

/** Encodes one after the other. */
function encodeAll(encoder: Encoder, texts: readonly string[]): unknown {
  for (let at = 0; at < texts.length; at++) {
    const later = encoder.encode(texts[at]);
    if (later instanceof Promise) return later.then(() => encodeAll(encoder, texts.slice(at + 1)));
  }
}

/** The first pass of an encoder over a text, then the best of later ones. */
async function measure(encoder: Encoder, text: string, passes: number): Promise<Speed & { ids: ArrayLike<number> }> {
  const megabytes = new TextEncoder().encode(text).length / 1e6;
  let ids: ArrayLike<number> | Promise<ArrayLike<number>> = [];
  const cold = megabytes / await seconds(() => ids = encoder.encode(text));
  const found = await ids;
  const slices = slicesOf(text);
  return {
    ids: found,
    cold,
    warm: megabytes / await best(passes, () => encoder.encode(text)),
    slices: megabytes / await best(passes, () => encodeAll(encoder, slices)),
    decode: megabytes / await best(DECODES_A_PASS * passes, () => encoder.decode(found)),
  };
}

/** Loads Limbus's tokenizer over and over, from its compact form where it has one, since that takes less time. */
function loaderOf(json: Uint8Array): () => Tokenizer {
  const binary = Tokenizer.binaryOf(json);
  return () => binary ? Tokenizer.fromBinary(binary, json) : Tokenizer.fromJSON(json);
}

/** What the bench asks of Limbus's tokenizer. */
function encoderOf(tokenizer: Tokenizer): Encoder {
  return {
    encode: (text) => tokenizer.encode(text, { addSpecialTokens: false }).ids,
    decode: (ids) => tokenizer.decode(ids),
  };
}

/** MB/s of the best of several first passes, each of a tokenizer that was just loaded. */
async function coldOf(load: () => Tokenizer, text: string): Promise<number> {
  const megabytes = new TextEncoder().encode(text).length / 1e6;
  let least = Infinity;
  for (let round = 0; round < LOADS; round++) {
    using tokenizer = load();
    least = Math.min(least, await seconds(() => encoderOf(tokenizer).encode(text)));
  }
  return megabytes / least;
}

function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  return one.length === other.length && Array.from(one).every((id, at) => id === other[at]);
}

/** The rows of one tokenizer on one text, beside its peers. */
async function compare(
  kind: string,
  name: string,
  text: string,
  load: () => Tokenizer,
  peers: ReadonlyMap<string, Encoder>,
): Promise<Measurement[]> {
  await coldOf(load, text); // Until the host has compiled it.
  const before = await coldOf(load, text);
  using tokenizer = load();
  const limbus = await measure(encoderOf(tokenizer), text, PASSES);
  const awkward = tokenizer.encode(AWKWARD, { addSpecialTokens: false }).ids;
  const others = new Map<string, Speed & { exact: boolean }>();
  const failed: string[] = [];
  for (const [peer, encoder] of peers) {
    try {
      const found = await measure(encoder, text, PEER_PASSES);
      const isAwkwardSame = isSame(await encoder.encode(AWKWARD), awkward);
      others.set(peer, { ...found, exact: isAwkwardSame && isSame(found.ids, limbus.ids) });
    } catch (error) {
      // Some cannot take a text of this length in one call.
      failed.push(`${peer} fails (${error instanceof Error ? error.message : error})`);
    }
  }
  limbus.cold = Math.max(before, await coldOf(load, text));
  // A peer's later passes are like its first, or faster where it keeps what it has seen: the best of them counts.
  const fastest = (peer: Speed) => Math.max(peer.cold, peer.warm);
  const label = `${kind} ${name}`;
  const rows: Measurement[] = [];
  for (const what of ["cold", "warm", "slices", "decode"] as const) {
    const listed = [...others].map(([peer, speed]) =>
      `${peer} ${speed[what].toFixed(1)}${speed.exact ? "" : " inexact"}`
    );
    const goal = what === "decode" ? 300 : what === "cold" ? GOALS[kind][name] : undefined;
    const title = what === "decode" ? "decode" : `encode, ${what === "slices" ? "2,000-character slices" : what}`;
    rows.push({
      name: `${label}: ${title}`,
      value: limbus[what],
      unit: "MB/s",
      goal: goal === undefined ? undefined : `${goal} or more`,
      note: [...listed, ...failed].join(", "),
    });
  }
  const ratios = GOAL_RATIOS[kind];
  const native = others.get("tokenizers");
  if (native) {
    const value = limbus.cold / fastest(native);
    const note = native.exact ? "same ids" : "OTHER IDS";
    rows.push({ name: `${label}: cold, times tokenizers native`, value, unit: "x", goal: ratios?.native, note });
  }
  const exact = [...others].filter(([peer, { exact }]) => exact && peer !== "tokenizers");
  if (exact.length > 0) {
    const [peer, speed] = exact.reduce((one, other) => fastest(one[1]) > fastest(other[1]) ? one : other);
    const note = `the fastest exact peer in JavaScript or WASM is ${peer}`;
    const value = limbus.cold / fastest(speed);
    rows.push({ name: `${label}: cold, times the fastest exact peer`, value, unit: "x", goal: ratios?.peer, note });
  }
  return rows;
}

/** The slowest of the pieces of 100,000 characters. */
async function longPieces(kind: string, load: () => Tokenizer): Promise<Measurement> {
  using tokenizer = load();
  const times: { name: string; time: number }[] = [];
  for (const [name, unit] of Object.entries(LONG_PIECES)) {
    const text = unit.repeat(Math.ceil(100_000 / [...unit].length));
    times.push({ name, time: 1000 * await best(3, () => tokenizer.encode(text)) });
  }
  const value = Math.max(...times.map(({ time }) => time));
  const note = times.map(({ name, time }) => `${name} ${time.toFixed(1)}`).join(", ");
  return { name: `${kind}: slowest piece of 100,000 characters`, value, unit: "ms", goal: "50 or less", note };
}

/** Trains small vocabularies of the other models on the texts; files by kind. */
async function train(python: string, folder: string): Promise<Record<string, string>> {
  await runPython(python, "tokenizer.py", [folder]);
  return Object.fromEntries(["SPM-BPE", "Unigram", "WordPiece"].map((kind) => [kind, `${folder}/${kind}.json`]));
}

/**
 * Tokenizers beside their peers from npm, on texts from npm. The vocabulary of o200k is built from `tiktoken`'s ranks; small
 * ones of the other models are trained if there is a Python with `tokenizers`.
 */
export async function benchTokenizer(python?: string): Promise<Measurement[]> {
  const folder = Deno.makeTempDirSync({ prefix: "limbus-bench-" });
  try {
    const corpora = await loadCorpora();
    for (const [name, text] of Object.entries(corpora)) Deno.writeTextFileSync(`${folder}/${name}.txt`, text);
    const { default: ranks } = await import(`npm:${"tiktoken@1.0.22"}/encoders/o200k_base.json`, {
      with: { type: "json" },
    });
    Deno.writeTextFileSync(`${folder}/o200k.json`, JSON.stringify(tokenizerJson(ranks, ranks.special_tokens)));
    const files: Record<string, string> = { o200k: `${folder}/o200k.json`, ...python && await train(python, folder) };
    const rows: Measurement[] = [];
    for (const [kind, file] of Object.entries(files)) {
      const peers = await loadPeers(file, kind === "o200k" ? ranks : undefined);
      const load = loaderOf(Deno.readFileSync(file));
      for (const [name, text] of Object.entries(corpora)) {
        rows.push(...await compare(kind, name, text, load, peers));
      }
      rows.push(await longPieces(kind, load));
    }
    return rows;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
