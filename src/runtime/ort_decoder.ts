/**
 * The language network on ONNX Runtime, with its KV cache where the device wants it.
 *
 * WebGPU: one buffer of full length for keys and one for values in each layer, bound as past and as present, so that a step
 * copies nothing. WASM: ONNX Runtime gives new tensors each step and they are fed back; it copies the whole cache.
 *
 * @module
 */
import type * as Ort from "onnxruntime-web";
import { ContextLengthError } from "../core/errors.ts";
import type { OnnxModel } from "../graph/mod.ts";
import type { DecoderSession, KvCache } from "./backend.ts";
import type { OrtModule } from "./ort_backend.ts";

type Tensors = Record<string, Ort.Tensor>;

/** Keys and values of one sequence, by port of the graph. */
class OrtKvCache implements KvCache {
  length = 0;
  readonly capacity: number;
  /** By `past_key_values.{i}.key` and `.value`. */
  past: Tensors;
  /** On WebGPU the same tensors by the names of the outputs; on WASM undefined. */
  readonly present?: Tensors;

  constructor(capacity: number, past: Tensors, present?: Tensors) {
    this.capacity = capacity;
    this.past = past;
    this.present = present;
  }

  [Symbol.dispose](): void {
    for (const tensor of Object.values(this.past)) tensor.dispose();
    this.past = {};
  }
}

const presentName = (pastName: string) => pastName.replace("past_key_values", "present");

/** A decoder graph in a session of either build. */
export class OrtDecoder implements DecoderSession {
  readonly #ort: OrtModule;
  readonly #session: Ort.InferenceSession;
  readonly #pastPorts: { name: string; type: string; numKvHeads: number; headDim: number }[];
  readonly #positionType: string;
  readonly #hiddenSize: number;
  readonly #device?: GPUDevice;

  /** Takes a session over; `device` is given if the cache lives on a GPU. */
  constructor(ort: OrtModule, session: Ort.InferenceSession, model: OnnxModel, device?: GPUDevice) {
    this.#ort = ort;
    this.#session = session;
    this.#device = device;
    const port = (name: string) => model.inputs.find((input) => input.name === name)!;
    this.#positionType = port("position_ids").type;
    this.#hiddenSize = port("inputs_embeds").dims[2] as number;
    this.#pastPorts = model.inputs
      .filter(({ name }) => name.startsWith("past_key_values."))
      .map(({ name, type, dims }) => ({ name, type, numKvHeads: dims[1] as number, headDim: dims[3] as number }));
  }

  newKvCache(capacity: number): OrtKvCache {
    const past: Tensors = {};
    const present: Tensors = {};
    for (const { name, type, numKvHeads, headDim } of this.#pastPorts) {
      if (!this.#device) {
        past[name] = new this.#ort.Tensor("float32", new Float32Array(0), [1, numKvHeads, 0, headDim]);
        continue;
      }
      const dims = [1, numKvHeads, capacity, headDim];
      const bytes = numKvHeads * capacity * headDim * (type === "float16" ? 2 : 4);
      const buffer = this.#device.createBuffer({
        size: Math.ceil(bytes / 16) * 16,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
      past[name] = this.#ort.Tensor.fromGpuBuffer(buffer, {
        dataType: type as "float32",
        dims,
        dispose: () => buffer.destroy(),
      });
      present[presentName(name)] = past[name];
    }
    return new OrtKvCache(capacity, past, this.#device ? present : undefined);
  }

  async run(inputsEmbeds: Float32Array, positionIds: Int32Array, cache: OrtKvCache): Promise<Float32Array> {
    const { Tensor } = this.#ort;
    const numTokens = positionIds.length;
    const total = cache.length + numTokens;
    if (total > cache.capacity) {
      throw new ContextLengthError(`Expected at most ${cache.capacity} tokens in the KV cache: found ${total}`);
    }
    const positions = this.#positionType === "int64"
      ? new Tensor("int64", BigInt64Array.from(positionIds, BigInt), [1, numTokens])
      : new Tensor("int32", positionIds, [1, numTokens]);
    const feeds: Tensors = {
      ...cache.past,
      inputs_embeds: new Tensor("float32", inputsEmbeds, [1, numTokens, this.#hiddenSize]),
      position_ids: positions,
      seqlens_k: new Tensor("int32", Int32Array.of(total - 1), [1]),
      total_sequence_length: new Tensor("int32", Int32Array.of(total), [1]),
    };
    const outputs = cache.present
      ? await this.#session.run(feeds, { logits: null, ...cache.present })
      : await this.#session.run(feeds);
    if (!cache.present) {
      cache.past = Object.fromEntries(
        this.#pastPorts.map(({ name }) => [name, outputs[presentName(name)] as Ort.Tensor]),
      );
    }
    cache.length = total;
    return outputs.logits.data as Float32Array;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}
