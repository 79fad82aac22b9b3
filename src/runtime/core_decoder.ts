import { AdapterError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import type { DecoderSession, TokenInputs } from "./backend.ts";
import { CoreKvCache } from "./core_kv_cache.ts";
import type { CoreMachine } from "./core_machine.ts";
import type { CoreNetwork } from "./core_network.ts";

/** What every language network has. */
const OWN_INPUTS = /^(inputs_embeds|position_ids|seqlens_k|total_sequence_length|past_key_values\..*)$/;

/** The language network in the memory of the kernels. */
export class CoreDecoder implements DecoderSession {
  readonly #machine: CoreMachine;
  readonly #network: CoreNetwork;
  readonly #hiddenSize: number;
  /** Axes of the positions, or undefined if the graph's positions have none. */
  readonly #positionAxes?: number;
  /** Inputs `[batch, num_tokens]` that a family has of its own. */
  readonly #perToken: readonly string[];

  /** Takes a network over. */
  constructor(machine: CoreMachine, network: CoreNetwork) {
    this.#machine = machine;
    this.#network = network;
    const { inputs, values } = network.program.graph;
    this.#hiddenSize = values.inputs_embeds.shape[2] as number;
    const positions = values.position_ids.shape;
    if (positions.length === 3) this.#positionAxes = positions[0] as number;
    this.#perToken = inputs.map(({ name }) => name).filter((name) => !OWN_INPUTS.test(name));
  }

  newKvCache(capacity: number): CoreKvCache {
    return new CoreKvCache(this.#machine.memory, this.#network.program.graph.cache ?? [], capacity);
  }

  // deno-lint-ignore require-await
  async run(inputsEmbeds: Float32Array, inputs: TokenInputs, cache: CoreKvCache): Promise<Float32Array> {
    const numTokens = inputsEmbeds.length / this.#hiddenSize;
    cache.reserve(numTokens);
    const feeds: Record<string, Tensor> = {
      inputs_embeds: { type: "float32", dims: [1, numTokens, this.#hiddenSize], data: inputsEmbeds },
      position_ids: this.#positionTensor(inputs.positionIds, numTokens),
    };
    for (const name of this.#perToken) {
      const data = inputs.perToken?.[name] ?? new Int32Array(numTokens);
      feeds[name] = { type: "int32", dims: [1, numTokens], data };
    }
    const { logits } = this.#network.run(feeds, cache.slots(0, numTokens), cache.length + numTokens);
    cache.length += numTokens;
    return logits.data as Float32Array;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#network[Symbol.dispose]();
    return Promise.resolve();
  }

  #positionTensor(positionIds: Int32Array, numTokens: number): Tensor {
    const axes = this.#positionAxes;
    const length = (axes ?? 1) * numTokens;
    const isShared = positionIds.length === numTokens; // one position for all axes
    if (!isShared && positionIds.length !== length) {
      throw new AdapterError(`Expected ${numTokens} or ${length} positions: found ${positionIds.length}`);
    }
    const data = isShared && axes !== undefined
      ? Int32Array.from({ length }, (_, i) => positionIds[i % numTokens])
      : positionIds;
    return { type: "int32", dims: axes === undefined ? [1, numTokens] : [axes, 1, numTokens], data };
  }
}
