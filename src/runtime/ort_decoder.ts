import type * as Ort from "onnxruntime-web";
import type { DecoderSession } from "./backend.ts";
import type { OrtModule } from "./ort_backend.ts";
import { type CacheLayout, OrtKvCache } from "./ort_kv_cache.ts";

/** The language network in a session of either build. */
export class OrtDecoder implements DecoderSession {
  readonly #ort: OrtModule;
  readonly #session: Ort.InferenceSession;
  readonly #layout: CacheLayout;
  readonly #hiddenSize: number;

  /** Takes a session over. */
  constructor(ort: OrtModule, session: Ort.InferenceSession, layout: CacheLayout, hiddenSize: number) {
    this.#ort = ort;
    this.#session = session;
    this.#layout = layout;
    this.#hiddenSize = hiddenSize;
  }

  newKvCache(capacity: number): OrtKvCache {
    return new OrtKvCache(this.#layout, capacity);
  }

  async run(inputsEmbeds: Float32Array, positionIds: Int32Array, cache: OrtKvCache): Promise<Float32Array> {
    const { Tensor } = this.#ort;
    const numTokens = positionIds.length;
    cache.reserve(numTokens);
    const total = cache.length + numTokens;
    const feeds = {
      ...cache.past,
      inputs_embeds: new Tensor("float32", inputsEmbeds, [1, numTokens, this.#hiddenSize]),
      position_ids: new Tensor("int64", BigInt64Array.from(positionIds, BigInt), [1, numTokens]),
      seqlens_k: new Tensor("int32", Int32Array.of(total - 1), [1]),
      total_sequence_length: new Tensor("int32", Int32Array.of(total), [1]),
    };
    const { present } = cache;
    const outputs = present
      ? await this.#session.run(feeds, { logits: null, ...present })
      : await this.#session.run(feeds);
    cache.append(numTokens, outputs);
    return outputs.logits.data as Float32Array;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}
