import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import goldens from "../testdata/sampling/goldens.json" with { type: "json" };
import { resolveSamplingParams, Sampler } from "../../src/sampling/sampler.ts";
import { AdapterError, InvalidRequestError } from "../../src/core/errors.ts";
import type { SamplingParams } from "../../src/core/generate.ts";

/** Reproducible logits of a vocabulary that is no multiple of any block. */
function makeLogits(vocab: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: vocab }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 20 - 8;
  });
}

const at = (position: number, outputTokenIds: number[] = []) => ({ promptTokenIds: [1, 2], outputTokenIds, position });

function sampleOnce(params: SamplingParams, logits: Float32Array, position = 0): number {
  using sampler = new Sampler({ seed: 1, ...params });
  return sampler.sample(logits, at(position)).tokenId;
}

Deno.test("tokens are those that transformers' logits processors leave and Philox picks", () => {
  assert(goldens.cases.length > 100);
  for (const { params, vocab, logitsSeed, position, token, logprob } of goldens.cases) {
    using sampler = new Sampler({ ...(params as SamplingParams), logprobs: 0 });
    const context = { promptTokenIds: goldens.prompt, outputTokenIds: goldens.answer, position };
    const sampled = sampler.sample(makeLogits(vocab, logitsSeed), context);
    assertEquals(sampled.tokenId, token, JSON.stringify(params));
    assertAlmostEquals(sampled.logprob!, logprob, 1e-5);
  }
});

Deno.test("temperature 0 is the best token, the lowest id of equals", () => {
  const logits = makeLogits(32003, 5);
  const best = Math.max(...logits);
  assertEquals(sampleOnce({ temperature: 0 }, logits), logits.indexOf(best));
  logits[31999] = logits[77] = best + 1;
  assertEquals(sampleOnce({ temperature: 0 }, logits), 77);
});

Deno.test("same seed and position give the same token, whatever was drawn before", () => {
  const logits = makeLogits(1003, 9);
  using one = new Sampler({ seed: 7 });
  using other = new Sampler({ seed: 7 });
  const forwards = [0, 1, 2, 3, 4, 5, 6, 7].map((position) => one.sample(logits, at(position)).tokenId);
  const backwards = [7, 6, 5, 4, 3, 2, 1, 0].map((position) => other.sample(logits, at(position)).tokenId).reverse();
  assertEquals(forwards, backwards);
  using third = new Sampler({ seed: 8 });
  assertNotEquals(forwards, [0, 1, 2, 3, 4, 5, 6, 7].map((position) => third.sample(logits, at(position)).tokenId));
});

Deno.test("the position left out is the number of tokens so far", () => {
  const logits = makeLogits(1003, 9);
  using sampler = new Sampler({ seed: 7 });
  for (let n = 0; n < 20; n++) {
    const outputTokenIds = Array(n).fill(3);
    const named = sampler.sample(logits, { promptTokenIds: [1, 2], outputTokenIds, position: n + 2 });
    assertEquals(sampler.sample(logits, { promptTokenIds: [1, 2], outputTokenIds }), named);
  }
});

Deno.test("draws follow the softmax of the kept tokens", () => {
  const probabilities = [0.05, 0.4, 0.1, 0.25, 0.2];
  const logits = Float32Array.from(probabilities, Math.log);
  const cases: [SamplingParams, number[]][] = [
    [{}, probabilities],
    [{ topK: 2 }, [0, 0.4, 0, 0.25, 0]],
    [{ topP: 0.6 }, [0, 0.4, 0, 0.25, 0]],
    [{ minP: 0.45 }, [0, 0.4, 0, 0.25, 0.2]],
    [{ topK: 3, topP: 0.7 }, [0, 0.4, 0, 0.25, 0]],
    [{ temperature: 0.5 }, probabilities.map((p) => p * p)],
    [{ topP: 1e-6 }, [0, 1, 0, 0, 0]],
  ];
  const n = 20_000;
  for (const [params, weights] of cases) {
    using sampler = new Sampler({ seed: 3, ...params });
    const counts = [0, 0, 0, 0, 0];
    for (let position = 0; position < n; position++) counts[sampler.sample(logits, at(position)).tokenId]++;
    const total = weights.reduce((sum, w) => sum + w);
    // Five standard deviations of a share of n draws.
    weights.forEach((w, i) => assertAlmostEquals(counts[i] / n, w / total, w === 0 ? 0 : 0.018));
  }
});

Deno.test("all ties with the k-th token stay", () => {
  const logits = Float32Array.of(1, 2, 1, 0, 1);
  using sampler = new Sampler({ seed: 3, topK: 2 });
  const drawn = new Set(Array.from({ length: 200 }, (_, i) => sampler.sample(logits, at(i)).tokenId));
  assertEquals([...drawn].sort(), [0, 1, 2, 4]);
});

Deno.test("penalties see the history as it grows, and as it shrinks again", () => {
  const logits = Float32Array.of(5, 4.92, 4.8, 0);
  using sampler = new Sampler({ temperature: 0, presencePenalty: 0.5, frequencyPenalty: 0.1 });
  const next = (outputTokenIds: number[]) => sampler.sample(logits, at(0, outputTokenIds)).tokenId;
  assertEquals([next([]), next([0]), next([0, 1]), next([0, 1, 2]), next([0, 1, 2, 0])], [0, 1, 2, 0, 1]);
  assertEquals(next([0]), 1);
  using repetition = new Sampler({ temperature: 0, repetitionPenalty: 1.1 });
  // The prompt holds 1 and 2: 4.9 / 1.1 and 4.8 / 1.1 are below 4.7.
  assertEquals(repetition.sample(Float32Array.of(0, 4.9, 4.8, 4.7), at(0)).tokenId, 3);
});

Deno.test("biases come before penalties, forbid or force, and leave log-probabilities alone", () => {
  const logits = Float32Array.of(5, 4, -1, 0);
  const pick = (logitBias: Record<number, number>, more: SamplingParams = {}) =>
    sampleOnce({ temperature: 0, logitBias, ...more }, logits);
  assertEquals([pick({}), pick({ 1: 1.5 }), pick({ 0: -Infinity }), pick({ 3: 100 }), pick({ 0: -2 })], [
    0,
    1,
    1,
    3,
    1,
  ]);
  // (4 + 3) / 2 is below 5, 4 / 2 + 3 would not be; the prompt holds 1 and 2.
  assertEquals([pick({ 1: 3 }, { repetitionPenalty: 2 }), pick({ 1: 7 }, { repetitionPenalty: 2 })], [0, 1]);
  using sampler = new Sampler({ temperature: 0, logitBias: { 2: 10, 0: -1 }, logprobs: 1 });
  const { tokenId, logprob, top } = sampler.sample(logits, at(0));
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  assertEquals([tokenId, top![0].tokenId], [2, 0]);
  assertAlmostEquals(logprob!, -1 - total, 1e-6);
  assertAlmostEquals(top![0].logprob, 5 - total, 1e-6);
  const error = assertThrows(() => pick({ 4: 1 }), InvalidRequestError);
  assertEquals(error.code, "invalid_token_id");
});

Deno.test("log-probabilities are the model's own, whatever changes the choice", () => {
  const logits = makeLogits(5003, 21);
  using sampler = new Sampler({ temperature: 0.3, topK: 5, seed: 9, logprobs: 4, repetitionPenalty: 2 });
  const context = { ...at(3), promptTokenIds: [logits.indexOf(Math.max(...logits))] };
  const { tokenId, logprob, top } = sampler.sample(logits, context);
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b).slice(0, 4);
  assertAlmostEquals(logprob!, logits[tokenId] - total, 1e-5);
  assertEquals(top!.map((entry) => entry.tokenId), order);
  for (const entry of top!) assertAlmostEquals(entry.logprob, logits[entry.tokenId] - total, 1e-5);
});

Deno.test("banned tokens are never chosen and logits stay as they were", () => {
  const logits = Float32Array.of(9, 1, 8);
  using sampler = new Sampler({ temperature: 0, logprobs: 0 });
  const { tokenId, top } = sampler.sample(logits, { ...at(0), bannedTokenIds: [0] });
  assertEquals([tokenId, top, [...logits]], [2, [], [9, 1, 8]]);
  assertThrows(() => sampler.sample(logits, { ...at(0), bannedTokenIds: [0, 1, 2] }), AdapterError, "may be chosen");
});

Deno.test("broken logits are an error, never a token", () => {
  for (const bad of [NaN, Infinity]) {
    for (const place of [0, 1000, 1002]) {
      const logits = makeLogits(1003, 1);
      logits[place] = bad;
      for (const params of [{ temperature: 0 }, {}, { topK: 3 }, { topP: 0.5 }]) {
        const error = assertThrows(() => sampleOnce(params, logits), AdapterError, "Expected logits that are numbers");
        assertEquals(error.code, "invalid_logits");
      }
    }
  }
});

Deno.test("parameters out of range are named", () => {
  const bad: SamplingParams[] = [
    { temperature: -1 },
    { topP: 0 },
    { topK: 1.5 },
    { minP: 2 },
    { repetitionPenalty: 0 },
    { presencePenalty: NaN },
    { frequencyPenalty: Infinity },
    { logitBias: { 3: NaN } },
    { logitBias: { 3: Infinity } },
    { logitBias: { [-1]: 1 } },
    { logitBias: { 1.5: 1 } },
    { seed: -1 },
  ];
  for (const params of bad) {
    const error = assertThrows(() => new Sampler(params), InvalidRequestError);
    assertEquals(error.param, Object.keys(params)[0]);
  }
});

Deno.test("defaults are filled in and a missing seed is drawn", () => {
  assertEquals(resolveSamplingParams({ topP: 0.5 }, () => 99), {
    temperature: 1,
    topP: 0.5,
    topK: 0,
    minP: 0,
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: {},
    seed: 99,
  });
  using a = new Sampler({});
  using b = new Sampler({});
  assert(Number.isInteger(a.params.seed) && a.params.seed !== b.params.seed);
});
