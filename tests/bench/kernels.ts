import {
  convertElements,
  CoreBytes,
  CoreEmbeddingTable,
  CoreFloats,
  CoreSampler,
  probeImageHeader,
} from "../../src/compute/core.ts";
import { convertFloats } from "../../src/compute/dtype.ts";
import { hashBytes } from "../../src/compute/hash.ts";
import { viewBytes, viewFloats } from "../../src/compute/region.ts";
import { mergeEmbeddings } from "../../src/multimodal/merge_embeddings.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import type { Measurement } from "./main.ts";
import { runPython } from "./python.ts";

/** Logits of Qwen's vocabulary. */
const VOCAB = 151_936;
const HIDDEN = 2048;
const TOKENS = 2048;
/** Numbers that are converted: so many that the second-level cache holds them, and so many that no cache does. */
const CACHED = 1 << 16;
const IN_MEMORY = 1 << 24;
const HALF_PAGE = 2048;
const ROUNDS = 60;

/** Numbers in [0, 1), the same in every run. */
function randomNumbers(seed: number): () => number {
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** A bell, and forty tokens far above it, as language models give them. */
function makeLogits(): Float32Array<ArrayBuffer> {
  const next = randomNumbers(1);
  const logits = Float32Array.from({ length: VOCAB }, () => {
    return 2.2 * Math.sqrt(-2 * Math.log(next() + 1e-9)) * Math.cos(2 * Math.PI * next());
  });
  for (let i = 0; i < 40; i++) logits[Math.floor(next() * VOCAB)] = 8 + 8 * next();
  return logits;
}

type Cases = Record<string, () => unknown>;

/** The least time of each, microseconds; all in turns, so that the machine's other work meets them alike. */
async function leastTimes(cases: Cases, rounds = ROUNDS): Promise<Record<string, number>> {
  const least: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(cases)) {
      for (let i = 0; i < 3; i++) {
        const start = performance.now();
        const result = run();
        if (result instanceof Promise) await result;
        least[name] = Math.min(least[name] ?? Infinity, 1000 * (performance.now() - start));
      }
    }
  }
  return least;
}

/** The best loop over a heap of k in plain JavaScript: most logits meet one comparison. */
function topKInJs(logits: Float32Array, k: number): number[] {
  let kept: number[] = [];
  let least = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] <= least) continue;
    kept.push(i);
    if (kept.length < 4 * k) continue;
    kept = kept.sort((a, b) => logits[b] - logits[a]).slice(0, k);
    least = logits[kept[k - 1]];
  }
  return kept.sort((a, b) => logits[b] - logits[a]).slice(0, k);
}

function softmaxSumInJs(logits: Float32Array): number {
  let [max, sum] = [-Infinity, 0];
  for (let i = 0; i < logits.length; i++) if (logits[i] > max) max = logits[i];
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - max);
  return sum;
}

const none = new Uint32Array();

/** Sampling of one token. `reads` counts the passes over all logits, `goal` is in microseconds. */
async function benchSampling(torch: Record<string, number>): Promise<Measurement[]> {
  const logits = makeLogits();
  using room = new CoreFloats(VOCAB);
  using copy = new CoreFloats(VOCAB);
  viewFloats(room).set(logits);
  const samplers: Record<string, [CoreSampler, number]> = {
    "greedy": [new CoreSampler(0, 0, 1, 0, 1, 0, 0, 1), -1],
    "top-k 50": [new CoreSampler(1, 50, 1, 0, 1, 0, 0, 1), -1],
    "top-k 50, top-p 0.9, temperature 0.7": [new CoreSampler(0.7, 50, 0.9, 0, 1, 0, 0, 1), -1],
    "min-p 0.05": [new CoreSampler(1, 0, 1, 0.05, 1, 0, 0, 1), -1],
    "whole softmax": [new CoreSampler(1, 0, 1, 0, 1, 0, 0, 1), -1],
    "top-p 0.9": [new CoreSampler(1, 0, 0.9, 0, 1, 0, 0, 1), -1],
    "top-p 0.95, temperature 2.5": [new CoreSampler(2.5, 0, 0.95, 0, 1, 0, 0, 1), -1],
    "top-20 log-probabilities and whole softmax": [new CoreSampler(1, 0, 1, 0, 1, 0, 0, 1), 20],
    "penalties of 4096 tokens, top-k 50": [new CoreSampler(1, 50, 1, 0, 1.1, 0.1, 0.1, 1), -1],
  };
  const history = Uint32Array.from({ length: 4096 }, (_, i) => (i * 7919) % VOCAB);
  samplers["penalties of 4096 tokens, top-k 50"][0].observeAnswer(history);
  using whole = new Sampler({ topK: 50, seed: 1 });
  const context = { promptTokenIds: [], outputTokenIds: [], position: 1 };
  const cases: Cases = {
    copy: () => viewFloats(copy).set(viewFloats(room)),
    "plain JavaScript, top-k 50": () => topKInJs(logits, 50),
    "plain JavaScript, whole softmax": () => softmaxSumInJs(logits),
    "Sampler of TypeScript, top-k 50": () => whole.sample(logits, context),
  };
  for (const [name, [sampler, logprobs]] of Object.entries(samplers)) {
    cases[name] = () => sampler.sample(room, 1, none, logprobs);
  }
  const times = await leastTimes(cases);
  for (const [sampler] of Object.values(samplers)) sampler.free();
  return Object.keys(samplers).concat("Sampler of TypeScript, top-k 50").map((name) => {
    const plain = times[`plain JavaScript, ${name}`];
    const notes = [`${(times.copy / times[name]).toFixed(2)} of the speed of copying the logits`];
    if (plain) notes.push(`${(plain / times[name]).toFixed(1)} times as fast as plain JavaScript`);
    if (torch[name]) notes.push(`${(torch[name] / times[name]).toFixed(1)} times as fast as torch`);
    const goal = name === "top-k 50" ? "25 or less" : undefined;
    return { name: `sampling, ${name}`, value: times[name], unit: "us", goal, note: notes.join(", ") };
  });
}

/** Gather and scatter: bytes of the result in the time of copying as many. */
async function benchMerging(torch: Record<string, number>): Promise<Measurement[]> {
  const next = randomNumbers(2);
  const ids = Uint32Array.from({ length: TOKENS }, () => Math.floor(next() * 4096));
  using table = new CoreEmbeddingTable(4096, HIDDEN, "bfloat16");
  using rows = new CoreFloats(TOKENS * HIDDEN);
  using half = new CoreFloats(TOKENS * HIDDEN / 2);
  using no = new CoreFloats(0);
  using result = new CoreFloats(TOKENS * HIDDEN);
  using masks = new CoreBytes(0);
  const embed = (from: CoreFloats, count: number) => {
    const range = Uint32Array.of(0, (TOKENS - count) >> 1, count, 0);
    return () => table.embedInputIds(ids, range, masks, from, Uint32Array.of(count), 1).free();
  };
  // Filled, since memory that was never written is read from one page.
  const filled = (numRows: number) => {
    return { type: "float32", dims: [numRows, HIDDEN], data: new Float32Array(numRows * HIDDEN).fill(1) } as const;
  };
  const [embeds, encoded] = [filled(TOKENS), filled(TOKENS / 2)];
  for (const region of [rows, half, result]) viewFloats(region).fill(1);
  const ranges = [{ itemIndex: 0, offset: TOKENS / 4, length: TOKENS / 2 }];
  const target = encoded.data.slice();
  const times = await leastTimes({
    copy: () => viewFloats(result).set(viewFloats(rows)),
    "copy in TypeScript": () => target.set(encoded.data),
    "encoder rows alone": embed(rows, TOKENS),
    "text alone, from bf16": embed(no, 0),
    "half and half": embed(half, TOKENS / 2),
    "mergeEmbeddings in TypeScript": () => mergeEmbeddings(embeds, encoded, ranges),
  }, 20);
  return Object.keys(times).filter((name) => !name.startsWith("copy")).map((name) => ({
    name: `merging 2048 x 2048, ${name}`,
    value: times[name.endsWith("TypeScript") ? "copy in TypeScript" : "copy"] / times[name],
    unit: "x",
    goal: "0.8 or more",
    note: `of the speed of copying the result${
      torch[name] ? `, ${(torch[name] / times[name]).toFixed(1)} times as fast as torch` : ""
    }`,
  }));
}

const CONVERSIONS = [
  ["bfloat16", "float32"],
  ["float16", "float32"],
  ["float32", "bfloat16"],
  ["float32", "float16"],
  ["bfloat16", "float16"],
] as const;
type Conversion = (typeof CONVERSIONS)[number];

/** Size of an element, bytes. */
const sizeOf = (type: Conversion[number]) => type === "float32" ? 4 : 2;

/** Numbers in one type, as a file has them. */
function makeElements(type: Conversion[0], count: number): Uint8Array<ArrayBuffer> {
  const next = randomNumbers(3);
  const floats = Float32Array.from({ length: count }, () => (next() - 0.5) / 10);
  const bytes = new Uint8Array(floats.buffer);
  return type === "float32" ? bytes : convertFloats(bytes, "float32", type, new Uint8Array(2 * count));
}

/** Conversion between two regions of the core: its speed by that of copying as many bytes there. */
async function convertInCore([fromType, toType]: Conversion, count: number, rounds: number): Promise<number> {
  using from = new CoreBytes(sizeOf(fromType) * count);
  using to = new CoreBytes(sizeOf(toType) * count);
  // A copy moves each byte twice: it is read and written.
  const bytes = (sizeOf(fromType) + sizeOf(toType)) * count / 2;
  using copies = new CoreBytes(bytes);
  // Half a page apart from what is copied: where both lie alike in their pages, processors take stores for those they read.
  using copied = new CoreBytes(bytes + HALF_PAGE);
  const some = makeElements(fromType, CACHED);
  for (let at = 0; at < viewBytes(from).length; at += some.length) viewBytes(from).set(some, at);
  viewBytes(copies).fill(1);
  const times = await leastTimes({
    copy: () => viewBytes(copied).set(viewBytes(copies), HALF_PAGE),
    conversion: () => convertElements(from, fromType, to, toType, count),
  }, rounds);
  return times.copy / times.conversion;
}

/** Conversion, by the speed of copying as many bytes: where memory is what both wait for, in a cache, and of a file outside. */
async function benchConversion(torch: Record<string, number>): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const pair of CONVERSIONS) {
    const [fromType, toType] = pair;
    const count = 2 ** 21;
    const file = makeElements(fromType, count);
    const room = new Uint8Array(sizeOf(toType) * count);
    const moved = file.length + room.length;
    const [copies, copied] = [new Uint8Array(moved / 2).fill(1), new Uint8Array(moved / 2)];
    const times = await leastTimes({
      copy: () => copied.set(copies),
      whole: () => convertFloats(file, fromType, toType, room),
    }, 20);
    const name = `${fromType} to ${toType}`;
    const notes = [
      `of the speed of copying as many bytes, 16 Mi numbers in the core's memory`,
      `in the second-level cache ${(await convertInCore(pair, CACHED, 20)).toFixed(2)}`,
      `2 Mi numbers of a file ${(times.copy / times.whole).toFixed(2)}`,
      `${(moved / times.whole / 1000).toFixed(1)} GB/s read and written`,
    ];
    if (torch[name]) notes.push(`${(torch[name] / times.whole).toFixed(1)} times as fast as torch`);
    found.push({
      name: `conversion, ${name}`,
      value: await convertInCore(pair, IN_MEMORY, 4),
      unit: "x",
      goal: "0.8 or more",
      note: notes.join(", "),
    });
  }
  return found;
}

/** Content hash of a file of 8 MiB, from TypeScript's memory. */
async function benchHash(torch: Record<string, number>): Promise<Measurement[]> {
  const file = new Uint8Array(8 << 20).map((_, i) => i * 31);
  const other = file.slice();
  const times = await leastTimes({
    copy: () => other.set(file),
    hash: () => hashBytes([file]),
    "WebCrypto's SHA-256": () => crypto.subtle.digest("SHA-256", file),
  }, 20);
  const peer = times["WebCrypto's SHA-256"] / times.hash;
  return [{
    name: "content hash of 8 MiB",
    value: file.length / times.hash / 1000,
    unit: "GB/s",
    note: [
      `${(times.copy / times.hash).toFixed(2)} of the speed of copying it`,
      `${peer.toFixed(2)} times as fast as SHA-256 by WebCrypto`,
      torch["sha256"] ? `${(torch["sha256"] / times.hash).toFixed(2)} times as fast as hashlib's SHA-256` : "",
    ].filter(Boolean).join(", "),
  }];
}

/** What crossing the border costs without any work: the smallest calls. */
async function benchBorder(): Promise<Measurement[]> {
  using region = new CoreFloats(16);
  const gif = Uint8Array.fromBase64("R0lGODdhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=");
  const times = await leastTimes({
    "a view": () => {
      for (let i = 0; i < 1000; i++) viewFloats(region);
    },
    "a call that copies 35 bytes in and a header out": () => {
      for (let i = 0; i < 1000; i++) probeImageHeader(gif).free();
    },
  }, 10);
  return Object.entries(times).map(([name, time]) => ({ name: `border, ${name}`, value: time, unit: "ns" }));
}

async function timeTorch(python: string): Promise<Record<string, number>> {
  return JSON.parse(await runPython(python, "kernels.py", []));
}

/**
 * The number kernels of the core against copies of the same bytes, plain JavaScript and, given a Python that has it, torch;
 * one thread each.
 */
export async function benchKernels(python?: string): Promise<Measurement[]> {
  const torch = python ? await timeTorch(python) : {};
  return [
    ...await benchSampling(torch),
    ...await benchMerging(torch),
    ...await benchConversion(torch),
    ...await benchHash(torch),
    ...await benchBorder(),
  ];
}
