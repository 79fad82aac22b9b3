import { DeviceError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { attend } from "./attend.ts";

/** Settings of {@linkcode cachedAttentionOp}. */
export type CachedAttentionAttributes = {
  /** Query heads. */
  readonly numHeads: number;
  /** Key and value heads; `numHeads` is a multiple of it. */
  readonly numKvHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Factor of the scores; `1 / sqrt(headDim)` if absent. */
  readonly scale?: number;
  /** How many keys a query sees at most, its own included; all if absent. */
  readonly window?: number;
  /** Scaled scores are bent to `softcap * tanh(score / softcap)`; not if absent. WASM only. */
  readonly softcap?: number;
};

/**
 * Writes the new keys (or values) behind the valid part of the past ones.
 *
 * @param past `[batch, numKvHeads, past_len, headDim]`.
 * @param fresh `[batch, num_tokens, numKvHeads * headDim]`.
 * @param start Valid past length of each sequence.
 * @param presentLength Positions in the result.
 */
function append(past: Tensor, fresh: Tensor, start: readonly number[], presentLength: number): Tensor {
  const [batch, heads, pastLength, headDim] = past.dims;
  const numTokens = fresh.dims[1];
  const data = new Float32Array(batch * heads * presentLength * headDim);
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < heads; head++) {
      const to = (b * heads + head) * presentLength * headDim;
      const from = (b * heads + head) * pastLength * headDim;
      data.set((past.data as Float32Array).subarray(from, from + start[b] * headDim), to);
      for (let token = 0; token < Math.min(numTokens, presentLength - start[b]); token++) {
        const at = ((b * numTokens + token) * heads + head) * headDim;
        data.set((fresh.data as Float32Array).subarray(at, at + headDim), to + (start[b] + token) * headDim);
      }
    }
  }
  return { type: "float32", dims: [batch, heads, presentLength, headDim], data };
}

/**
 * Causal attention over the keys and values of earlier runs and of this one; ONNX Runtime GroupQueryAttention.
 *
 * Operands: `q` `[batch, num_tokens, numHeads * headDim]`, `k`, `v` `[batch, num_tokens, numKvHeads * headDim]`,
 * `pastKey`, `pastValue` `[batch, numKvHeads, past_len, headDim]`, `seqlens` `[batch]` (valid length with the new
 * tokens, minus 1), `total` `[1]` (largest of these lengths). A run whose `total` is its number of tokens starts new
 * sequences, padded at the end. Results: as `q`, and keys and values `[batch, numKvHeads, present_len, headDim]` with
 * `present_len = max(past_len, total)`, of which only the valid part means anything.
 */
export const cachedAttentionOp: OpDefinition<CachedAttentionAttributes> = {
  name: "cachedAttention",
  infer({ q, k, v, pastKey, pastValue, seqlens, total }, { numHeads, numKvHeads, headDim, window }, where) {
    for (const [operand, value] of Object.entries({ q, k, v, pastKey, pastValue })) {
      matchType(where, operand, value, "float");
    }
    matchType(where, "seqlens", seqlens, "int32");
    matchType(where, "total", total, "int32");
    const dims = matchShape(where, "q", q, ["batch", "num_tokens", numHeads * headDim]);
    matchShape(where, "k", k, ["batch", "num_tokens", numKvHeads * headDim], dims);
    matchShape(where, "v", v, ["batch", "num_tokens", numKvHeads * headDim], dims);
    matchShape(where, "pastKey", pastKey, ["batch", numKvHeads, "past_len", headDim], dims);
    matchShape(where, "pastValue", pastValue, ["batch", numKvHeads, "past_len", headDim], dims);
    matchShape(where, "seqlens", seqlens, ["batch"], dims);
    matchShape(where, "total", total, [1], dims);
    if (numHeads % numKvHeads !== 0) {
      throw new TypeError(`Expected numHeads of ${where} to be a multiple of ${numKvHeads}: found ${numHeads}`);
    }
    if (window !== undefined && window < 1) {
      throw new TypeError(`Expected window of ${where} to be at least 1: found ${window}`);
    }
    const present = { type: "float" as const, shape: [dims.batch, numKvHeads, "present_len", headDim] };
    return [{ type: "float", shape: q.shape }, present, present];
  },
  interpret(
    { q, k, v, pastKey, pastValue, seqlens, total },
    { numHeads, numKvHeads, headDim, scale = 1 / Math.sqrt(headDim), window = Infinity, softcap },
  ) {
    const [batch, numTokens] = q.dims;
    const totalLength = Number(total.data[0]);
    const start = Array.from(
      { length: batch },
      (_, b) => totalLength === numTokens ? 0 : Number(seqlens.data[b]) + 1 - numTokens,
    );
    const presentLength = Math.max(pastKey.dims[2], totalLength);
    const keys = append(pastKey, k, start, presentLength);
    const values = append(pastValue, v, start, presentLength);
    const row = (of: Tensor, b: number, head: number, position: number) => {
      const at = ((b * numKvHeads + head) * presentLength + position) * headDim;
      return (of.data as Float32Array).subarray(at, at + headDim);
    };
    const data = new Float32Array(q.data.length);
    for (let b = 0; b < batch; b++) {
      for (let token = 0; token < numTokens; token++) {
        const last = start[b] + token;
        const first = Math.max(0, last - window + 1);
        for (let head = 0; head < numHeads; head++) {
          const at = ((b * numTokens + token) * numHeads + head) * headDim;
          const kvHead = Math.floor(head * numKvHeads / numHeads);
          const seen = Array.from({ length: last - first + 1 }, (_, i) => ({
            key: row(keys, b, kvHead, first + i),
            value: row(values, b, kvHead, first + i),
          }));
          data.set(attend((q.data as Float32Array).subarray(at, at + headDim), seen, scale, softcap), at);
        }
      }
    }
    return [{ type: "float32", dims: q.dims, data }, keys, values];
  },
  toOnnx(emitter, node, { numHeads, numKvHeads, headDim, scale = 1 / Math.sqrt(headDim), window, softcap }) {
    // WebGPU's kernel takes no notice of the attribute.
    if (softcap !== undefined && emitter.target === "webgpu") {
      throw new DeviceError(`Expected attention without a soft cap on WebGPU: found one of ${softcap}`, {
        hint: "Serve this checkpoint with LIMBUS_DEVICE=wasm",
      });
    }
    const { q, k, v, pastKey, pastValue, seqlens, total } = node.inputs;
    emitter.emit(
      "GroupQueryAttention",
      [q, k, v, pastKey, pastValue, seqlens, total].map((operand) => emitter.name(operand)),
      {
        domain: "com.microsoft",
        outputs: node.outputs.map((output) => emitter.name(output)),
        attributes: {
          num_heads: numHeads,
          kv_num_heads: numKvHeads,
          scale: { float: scale },
          local_window_size: window ?? -1,
          ...(softcap === undefined ? {} : { softcap: { float: softcap } }),
        },
      },
    );
  },
};
