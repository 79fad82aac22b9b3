/**
 * Driving a decoder graph in tests: feeds for a run, and the cache from one run to the next.
 *
 * @module
 */

import type { Tensor } from "../../src/core/tensor.ts";
import type { Graph } from "../../src/graph/mod.ts";
import { int32Tensor, int64Tensor } from "./running.ts";

/** Runs a graph once. */
export type Run = (feeds: Readonly<Record<string, Tensor>>) => Promise<Record<string, Tensor>> | Record<string, Tensor>;

/** Tokens from..to of `[batch, num_tokens, hidden]`. */
export function tokenRange(x: Tensor, from: number, to: number): Tensor {
  const [batch, numTokens, hidden] = x.dims;
  const data = new Float32Array(batch * (to - from) * hidden);
  for (let b = 0; b < batch; b++) {
    const at = b * numTokens * hidden;
    const rows = (x.data as Float32Array).subarray(at + from * hidden, at + to * hidden);
    data.set(rows, b * (to - from) * hidden);
  }
  return { type: "float32", dims: [batch, to - from, hidden], data };
}

/** Sequence b of a batch, as a batch of one. */
export function sequence(x: Tensor, b: number): Tensor {
  const size = x.data.length / x.dims[0];
  const data = (x.data as Float32Array).slice(b * size, (b + 1) * size);
  return { type: "float32", dims: [1, ...x.dims.slice(1)], data };
}

/** A cache without tokens. */
export function emptyCache(graph: Graph, batch: number): Record<string, Tensor> {
  return Object.fromEntries(
    (graph.cache ?? []).flatMap(({ layer, numKvHeads, headDim }) =>
      ["key", "value"].map((kind) => [
        `past_key_values.${layer}.${kind}`,
        { type: "float32", dims: [batch, numKvHeads, 0, headDim], data: new Float32Array(0) } satisfies Tensor,
      ])
    ),
  );
}

/**
 * The feeds of a run beside the cache: rows of the new tokens, which all start at `start`, at positions from `start` and
 * `offset` on.
 */
export function tokenFeeds(embeds: Tensor, start: number, offset = 0): Record<string, Tensor> {
  const [batch, numTokens] = embeds.dims;
  const positions = Array.from({ length: batch * numTokens }, (_, i) => offset + start + i % numTokens);
  return {
    inputs_embeds: embeds,
    position_ids: int64Tensor([batch, numTokens], positions),
    seqlens_k: int32Tensor([batch], Array(batch).fill(start + numTokens - 1)),
    total_sequence_length: int32Tensor([1], [start + numTokens]),
  };
}

/**
 * Runs tokens in chunks, each with the cache of the one before.
 *
 * @param graph The decoder.
 * @param run Runs it.
 * @param embeds `[batch, num_tokens, hidden]`.
 * @param chunks Tokens of each run.
 * @param offset Position of the first token.
 * @returns The logits of each run, `[batch, 1, vocab]`.
 */
export async function decodeInChunks(
  graph: Graph,
  run: Run,
  embeds: Tensor,
  chunks: readonly number[],
  offset = 0,
): Promise<Tensor[]> {
  let cache = emptyCache(graph, embeds.dims[0]);
  let start = 0;
  const logits: Tensor[] = [];
  for (const chunk of chunks) {
    const results = await run({ ...cache, ...tokenFeeds(tokenRange(embeds, start, start + chunk), start, offset) });
    logits.push(results.logits);
    start += chunk;
    cache = Object.fromEntries(
      Object.entries(results).filter(([name]) => name.startsWith("present.")).map(([name, tensor]) => [
        name.replace("present.", "past_key_values."),
        tensor,
      ]),
    );
  }
  return logits;
}
