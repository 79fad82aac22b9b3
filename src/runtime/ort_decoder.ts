import type * as Ort from "onnxruntime-web";
import { AdapterError } from "../core/errors.ts";
import type { OnnxPort } from "../graph/mod.ts";
import type { DecoderSession, TokenInputs } from "./backend.ts";
import type { OrtModule } from "./ort_backend.ts";
import { type CacheLayout, OrtKvCache } from "./ort_kv_cache.ts";
import { runSession } from "./ort_run.ts";

/** What every language network has. */
const OWN_INPUTS = /^(inputs_embeds|position_ids|seqlens_k|total_sequence_length|past_key_values\..*)$/;

/** The language network in a session of either build. */
export class OrtDecoder implements DecoderSession {
  readonly #ort: OrtModule;
  readonly #session: Ort.InferenceSession;
  readonly #layout: CacheLayout;
  readonly #hiddenSize: number;
  /** Axes of the positions, or undefined if the graph's positions have none. */
  readonly #positionAxes?: number;
  /** Inputs `[batch, num_tokens]` that a family has of its own. */
  readonly #perToken: readonly string[];

  /** Takes a session over; `inputs` are the graph's. */
  constructor(ort: OrtModule, session: Ort.InferenceSession, layout: CacheLayout, inputs: readonly OnnxPort[]) {
    this.#ort = ort;
    this.#session = session;
    this.#layout = layout;
    const dimsOf = (port: string) => inputs.find(({ name }) => name === port)!.dims;
    this.#hiddenSize = dimsOf("inputs_embeds")[2] as number;
    const positionDims = dimsOf("position_ids");
    if (positionDims.length === 3) this.#positionAxes = positionDims[0] as number;
    this.#perToken = inputs.map(({ name }) => name).filter((name) => !OWN_INPUTS.test(name));
  }

  newKvCache(capacity: number): OrtKvCache {
    return new OrtKvCache(this.#layout, capacity);
  }

  async run(inputsEmbeds: Float32Array, inputs: TokenInputs, cache: OrtKvCache): Promise<Float32Array> {
    const { Tensor } = this.#ort;
    const numTokens = inputsEmbeds.length / this.#hiddenSize;
    cache.reserve(numTokens);
    const total = cache.length + numTokens;
    const perToken = this.#perToken.map((name) => {
      const values = inputs.perToken?.[name] ?? new Int32Array(numTokens);
      return [name, new Tensor("int64", BigInt64Array.from(values, BigInt), [1, numTokens])];
    });
    const feeds = {
      ...cache.past,
      ...Object.fromEntries(perToken) as Record<string, Ort.Tensor>,
      inputs_embeds: new Tensor("float32", inputsEmbeds, [1, numTokens, this.#hiddenSize]),
      position_ids: this.#positionTensor(inputs.positionIds, numTokens),
      seqlens_k: new Tensor("int32", Int32Array.of(total - 1), [1]),
      total_sequence_length: new Tensor("int32", Int32Array.of(total), [1]),
    };
    const { present } = cache;
    const outputs = await runSession(this.#session, feeds, present && { logits: null, ...present });
    cache.append(numTokens, outputs);
    return outputs.logits.data as Float32Array;
  }

  #positionTensor(positionIds: Int32Array, numTokens: number): Ort.Tensor {
    const axes = this.#positionAxes;
    const length = (axes ?? 1) * numTokens;
    const isShared = positionIds.length === numTokens; // one position for all axes
    if (!isShared && positionIds.length !== length) {
      throw new AdapterError(`Expected ${numTokens} or ${length} positions: found ${positionIds.length}`);
    }
    const data = BigInt64Array.from({ length }, (_, i) => BigInt(positionIds[isShared ? i % numTokens : i]));
    return new this.#ort.Tensor("int64", data, axes === undefined ? [1, numTokens] : [axes, 1, numTokens]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}
