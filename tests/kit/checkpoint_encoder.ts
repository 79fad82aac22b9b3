/**
 * The encoder of a tiny checkpoint as a graph with its weights, without an engine around it.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { createWeightSource, openCheckpoint } from "../../src/checkpoint/mod.ts";
import type { Tensor } from "../../src/core/tensor.ts";
import type { Graph, WeightReader } from "../../src/graph/mod.ts";
import { builtinAdapters, findAdapter } from "../../src/models/registry.ts";
import { requireTensors, splitByItem } from "../../src/multimodal/field.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

/** A picture encoder, ready to be interpreted. */
export interface CheckpointEncoder {
  /** Tower and connector. */
  readonly graph: Graph;
  /** Weights in f32. */
  readonly read: WeightReader;
  /** The graph's inputs for one picture file. */
  feeds(picture: Uint8Array): Promise<Readonly<Record<string, Tensor>>>;
}

/** Opens the picture encoder of `tests/testdata/<family>/<folder>`; its adapter must have `feeds`. */
export async function openCheckpointEncoder(family: string, folder: string): Promise<CheckpointEncoder> {
  const checkpoint = await openCheckpoint(fromFileUrl(new URL(`../testdata/${family}/${folder}`, import.meta.url)));
  const adapter = findAdapter(builtinAdapters, checkpoint.modelType);
  const tokenizer = Tokenizer.fromJSON(checkpoint.tokenizerJson);
  const model = adapter.configure(adapter.config.parse(checkpoint.config), {
    ...checkpoint,
    tokenizer: {
      tokenToId: (token) => tokenizer.tokenToId(token),
      encode: (text) => tokenizer.encode(text, { addSpecialTokens: false }).ids,
    },
  });
  const { graph: build, feeds } = model.networks.encoders.image!;
  const graph = build();
  const source = createWeightSource(checkpoint.tensors, { names: adapter.tensorNames });
  const weights = new Map<string, Float32Array>();
  for (const spec of graph.weights) {
    if (spec.source.kind === "constant") continue;
    weights.set(spec.name, new Float32Array((await source.read(spec, "float32")).buffer));
  }
  return {
    graph,
    read: (spec) => spec.source.kind === "constant" ? spec.source.data : weights.get(spec.name)!,
    async feeds(picture) {
      const outputs = await model.processors.image!([picture], {});
      const [item] = splitByItem(outputs, model.fields(outputs), "image", 1);
      return feeds!(requireTensors(item, "the picture"));
    },
  };
}
