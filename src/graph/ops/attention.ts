import type { GraphBuilder } from "../builder.ts";
import type { Dim } from "../dims.ts";
import type { Value } from "../graph.ts";
import type { OnnxEmitter } from "../onnx/emitter.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { attend } from "./attend.ts";
import { cachedAttentionOp } from "./cached_attention.ts";
import { pad } from "./pad.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** Settings of {@linkcode attentionOp}. */
export type AttentionAttributes = {
  /** Query heads. */
  readonly numHeads: number;
  /** Key and value heads; `numHeads` is a multiple of it. */
  readonly numKvHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Factor of the scores; `1 / sqrt(headDim)` if absent. */
  readonly scale?: number;
  /** Which keys a query sees: all, or those at its own position and before. */
  readonly mask: "bidirectional" | "causal";
  /** With a cache: how many keys a query sees at most, its own included; all if absent. */
  readonly window?: number;
  /** With a cache, on WASM: scaled scores are bent to `softcap * tanh(score / softcap)`; not if absent. */
  readonly softcap?: number;
};

/**
 * `softmax(scale * q k^T + bias) v` for each head, over keys of the same run; Vaswani et al. 2017, grouped heads of Ainslie
 * et al. 2023, torch `scaled_dot_product_attention`.
 */
export const attentionOp: OpDefinition<AttentionAttributes> = {
  name: "attention",
  infer({ q, k, v, bias }, { numHeads, numKvHeads, headDim, mask, window, softcap }, where) {
    for (const [operand, value] of Object.entries({ q, k, v, ...(bias && { bias }) })) {
      matchType(where, operand, value, "float");
    }
    const dims = matchShape(where, "q", q, ["batch", "num_tokens", numHeads * headDim]);
    const numKeys = mask === "causal" ? "num_tokens" : "num_keys";
    matchShape(where, "k", k, ["batch", numKeys, numKvHeads * headDim], dims);
    matchShape(where, "v", v, ["batch", numKeys, numKvHeads * headDim], dims);
    if (bias) {
      const one = (axis: number, otherwise: Dim) => bias.shape[axis] === 1 ? 1 : otherwise;
      matchShape(where, "bias", bias, [one(0, "batch"), one(1, numHeads), one(2, "num_tokens"), numKeys], dims);
    }
    if (numHeads % numKvHeads !== 0) {
      throw new TypeError(`Expected numHeads of ${where} to be a multiple of ${numKvHeads}: found ${numHeads}`);
    }
    for (const [setting, value] of Object.entries({ window, softcap })) {
      if (value === undefined) continue;
      throw new TypeError(`Expected a ${setting} only in attention with a cache: found one of ${value} in ${where}`);
    }
    return [{ type: "float", shape: q.shape }];
  },
  interpret({ q, k, v, bias }, { numHeads, numKvHeads, headDim, scale = 1 / Math.sqrt(headDim), mask }) {
    const [batch, numTokens] = q.dims;
    const numKeys = k.dims[1];
    const data = new Float32Array(q.data.length);
    const row = (of: typeof q, heads: number, b: number, length: number, token: number, head: number) => {
      const at = ((b * length + token) * heads + head) * headDim;
      return (of.data as Float32Array).subarray(at, at + headDim);
    };
    const biasOf = (b: number, head: number, token: number, key: number) => {
      if (!bias) return 0;
      const [batches, heads, tokens] = bias.dims;
      return Number(bias.data[((b % batches * heads + head % heads) * tokens + token % tokens) * numKeys + key]);
    };
    for (let b = 0; b < batch; b++) {
      for (let token = 0; token < numTokens; token++) {
        for (let head = 0; head < numHeads; head++) {
          const kvHead = Math.floor(head * numKvHeads / numHeads);
          const seen = Array.from({ length: mask === "causal" ? token + 1 : numKeys }, (_, key) => ({
            key: row(k, numKvHeads, b, numKeys, key, kvHead),
            value: row(v, numKvHeads, b, numKeys, key, kvHead),
            bias: biasOf(b, head, token, key),
          }));
          const mean = attend(row(q, numHeads, b, numTokens, token, head), seen, scale);
          data.set(mean, ((b * numTokens + token) * numHeads + head) * headDim);
        }
      }
    }
    return [{ type: "float32", dims: q.dims, data }];
  },
  toOnnx(emitter, node, attributes) {
    const { numHeads, headDim, scale = 1 / Math.sqrt(headDim), mask } = attributes;
    const { q, k, v, bias } = node.inputs;
    const operands = [emitter.name(q), repeatHeads(emitter, k, attributes), repeatHeads(emitter, v, attributes)];
    if (bias) operands.push("", "", repeatTokens(emitter, bias, q));
    emitter.emit("MultiHeadAttention", operands, {
      domain: "com.microsoft",
      outputs: [emitter.name(node.outputs[0])],
      attributes: { num_heads: numHeads, scale: { float: scale }, unidirectional: mask === "causal" ? 1 : 0 },
    });
  },
};

/** Each key or value head as often as query heads share it, for an operator that knows no groups. */
function repeatHeads(emitter: OnnxEmitter, rows: string, attributes: AttentionAttributes): string {
  const { numHeads, numKvHeads, headDim } = attributes;
  const name = emitter.name(rows);
  if (numHeads === numKvHeads) return name;
  const [split] = emitter.emit("Reshape", [name, emitter.int64s([0, 0, numKvHeads, 1, headDim])]);
  const [repeated] = emitter.emit("Expand", [split, emitter.int64s([1, 1, 1, numHeads / numKvHeads, 1])]);
  return emitter.emit("Reshape", [repeated, emitter.int64s([0, 0, numHeads * headDim])])[0];
}

/** A bias that is the same for all queries, once for each, as the operator wants it. */
function repeatTokens(emitter: OnnxEmitter, bias: string, q: string): string {
  const name = emitter.name(bias);
  if (emitter.graph.values[bias].shape[2] !== 1 || emitter.graph.values[q].shape[1] === 1) return name;
  const [numTokens] = emitter.emit("Shape", [emitter.name(q)], { attributes: { start: 1, end: 2 } });
  const parts = [emitter.int64s([1, 1]), numTokens, emitter.int64s([1])];
  const [extents] = emitter.emit("Concat", parts, { attributes: { axis: 0 } });
  return emitter.emit("Expand", [name, extents])[0];
}

/** Queries, keys and values, all heads side by side. */
export interface AttentionOperands {
  /** `float` `[batch, num_tokens, numHeads * headDim]`. */
  readonly q: Value;
  /** `float` `[batch, num_keys, numKvHeads * headDim]`. */
  readonly k: Value;
  /** `float` `[batch, num_keys, numKvHeads * headDim]`. */
  readonly v: Value;
  /**
   * Added to the scaled scores, without a cache only: `float` `[batch or 1, numHeads or 1, num_tokens or 1, num_keys]`. A
   * key is hidden from a query by {@linkcode HIDDEN}.
   */
  readonly bias?: Value;
}

/** A bias that leaves a key no weight beside one without: as far below 0 as f16 can hold and still be summed. */
export const HIDDEN: number = -30000;

/**
 * Heads are a multiple of this long. With a cache kernels ask for it; without, WebGPU's kernel for other heads overflows
 * in f16.
 */
const HEAD_MULTIPLE = 8;

/** Zeros behind each head of `[batch, num_tokens, heads * headDim]`. */
function widenHeads(g: GraphBuilder, x: Value, heads: number, headDim: number, extra: number): Value {
  const [batch, numTokens] = x.shape;
  const split = pad(g, reshape(g, x, [batch, numTokens, heads, headDim]), { axis: 3, after: extra });
  return reshape(g, split, [batch, numTokens, heads * (headDim + extra)]);
}

/** Without the last `extra` elements of each head. */
function narrowHeads(g: GraphBuilder, x: Value, heads: number, headDim: number, extra: number): Value {
  const [batch, numTokens] = x.shape;
  const split = reshape(g, x, [batch, numTokens, heads, headDim + extra]);
  return reshape(g, slice(g, split, { axis: 3, start: 0, end: headDim }), [batch, numTokens, heads * headDim]);
}

/**
 * Appends attention.
 *
 * With `cacheLayer` the keys and values of earlier runs come first: the graph gets the inputs and outputs that
 * {@linkcode Graph.cache} describes, and the mask must be causal. Heads are filled up with zeros, which change no score and
 * no mean, to a multiple of 8 elements.
 *
 * @param g The graph.
 * @param operands Queries, keys and values, and a bias if there is one.
 * @param attributes Heads, mask, and the index of the layer if it keeps a cache.
 * @returns `float` `[batch, num_tokens, numHeads * headDim]`.
 * @throws {ShapeError} If the shapes do not fit.
 * @throws {TypeError} If the settings do not fit each other.
 */
export function attention(
  g: GraphBuilder,
  operands: AttentionOperands,
  attributes: AttentionAttributes & { readonly cacheLayer?: number },
): Value {
  const { numHeads, numKvHeads, headDim: ownDim, scale = 1 / Math.sqrt(ownDim), mask, window, softcap } = attributes;
  const headDim = Math.ceil(ownDim / HEAD_MULTIPLE) * HEAD_MULTIPLE;
  const extra = headDim - ownDim;
  const widen = (x: Value, heads: number) => extra === 0 ? x : widenHeads(g, x, heads, ownDim, extra);
  const heads = {
    q: widen(operands.q, numHeads),
    k: widen(operands.k, numKvHeads),
    v: widen(operands.v, numKvHeads),
    bias: operands.bias,
  };
  const settings = { numHeads, numKvHeads, headDim, scale, mask, window, softcap };
  const mixed = attributes.cacheLayer === undefined
    ? g.apply(attentionOp, heads, settings)[0]
    : attentionWithCache(g, heads, settings, attributes.cacheLayer);
  return extra === 0 ? mixed : narrowHeads(g, mixed, numHeads, ownDim, extra);
}

/** Appends attention over a cache, and the cache's inputs and outputs. */
function attentionWithCache(
  g: GraphBuilder,
  { bias, ...operands }: AttentionOperands,
  { mask, ...settings }: AttentionAttributes,
  layer: number,
): Value {
  if (bias) throw new TypeError("Expected attention with a cache to have no bias: found one");
  if (mask !== "causal") throw new TypeError(`Expected attention with a cache to be causal: found ${mask}`);
  const { numKvHeads, headDim } = settings;
  const batch = operands.q.shape[0];
  g.cacheLayer({ layer, numKvHeads, headDim });
  const past = (kind: string) =>
    g.input(`past_key_values.${layer}.${kind}`, "float", [batch, numKvHeads, "past_len", headDim]);
  const [mixed, presentKey, presentValue] = g.apply(cachedAttentionOp, {
    ...operands,
    pastKey: past("key"),
    pastValue: past("value"),
    seqlens: g.input("seqlens_k", "int32", [batch]),
    total: g.input("total_sequence_length", "int32", [1]),
  }, settings);
  g.output(`present.${layer}.key`, presentKey);
  g.output(`present.${layer}.value`, presentValue);
  return mixed;
}
