import { numElements, type Tensor } from "../core/tensor.ts";
import { checkShape } from "../core/tensor.ts";
import type { Session } from "./backend.ts";
import { CoreKvCache } from "./core_kv_cache.ts";
import type { CoreMachine } from "./core_machine.ts";
import type { CoreNetwork } from "./core_network.ts";

/** A network in the memory of the kernels. A cache among its inputs and outputs is copied in and out. */
export class CoreSession implements Session {
  readonly #machine: CoreMachine;
  readonly #network: CoreNetwork;

  /** Takes a network over. */
  constructor(machine: CoreMachine, network: CoreNetwork) {
    this.#machine = machine;
    this.#network = network;
  }

  // deno-lint-ignore require-await
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { graph } = this.#network.program;
    for (const { name, value } of graph.inputs) {
      const names = graph.values[value].shape.map((dim) =>
        typeof dim === "string" && /[+*]/.test(dim) ? name + dim : dim
      );
      checkShape(name, feeds[name]?.dims ?? [], names);
    }
    if (graph.cache) return this.#runWithCache(feeds);
    const total = feeds.total_sequence_length?.data[0];
    const slots: Record<string, number> = {};
    if (total !== undefined) slots["start.0"] = Number(total) - newTokens(graph, feeds);
    return this.#network.run(feeds, slots);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#network[Symbol.dispose]();
    return Promise.resolve();
  }

  #runWithCache(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const layers = this.#network.program.graph.cache!;
    const { memory } = this.#machine;
    const total = Number(feeds.total_sequence_length.data[0]);
    const numTokens = newTokens(this.#network.program.graph, feeds);
    const [batch, , pastLength] = feeds[`past_key_values.${layers[0].layer}.key`].dims;
    const presentLength = Math.max(pastLength, total);
    const caches = Array.from({ length: batch }, () => new CoreKvCache(memory, layers, presentLength + numTokens));
    const ports = layers.flatMap(({ layer }) => (["key", "value"] as const).map((kind) => ({ layer, kind })));
    caches.forEach((cache, b) => {
      cache.reserve(presentLength + numTokens);
      cache.length = total === numTokens ? 0 : Number(feeds.seqlens_k.data[b]) + 1 - numTokens;
      for (const { layer, kind } of ports) {
        const { data, dims } = feeds[`past_key_values.${layer}.${kind}`];
        const size = data.length / batch;
        let at = b * size;
        if (numElements(dims) === 0) continue;
        for (const element of cache.elements(layer, kind, pastLength)) memory.floats[element] = Number(data[at++]);
      }
    });
    const slots = Object.assign({}, ...caches.map((cache, b) => cache.slots(b, numTokens)));
    const outputs = this.#network.run(feeds, slots, presentLength);
    for (const { layer, kind } of ports) {
      const { numKvHeads, headDim } = layers.find((own) => own.layer === layer)!;
      const dims = [batch, numKvHeads, presentLength, headDim];
      const data = new Float32Array(numElements(dims));
      let at = 0;
      for (const cache of caches) {
        for (const element of cache.elements(layer, kind, presentLength)) data[at++] = memory.floats[element];
      }
      outputs[`present.${layer}.${kind}`] = { type: "float32", dims, data };
    }
    for (const cache of caches) cache[Symbol.dispose]();
    return outputs;
  }
}

/** Tokens of this run: the extent `num_tokens` of the input that has it. */
function newTokens(graph: CoreNetwork["program"]["graph"], feeds: Readonly<Record<string, Tensor>>): number {
  for (const { name, value } of graph.inputs) {
    const axis = graph.values[value].shape.indexOf("num_tokens");
    if (axis >= 0) return feeds[name].dims[axis];
  }
  throw new TypeError("Expected an input over num_tokens: found none");
}
