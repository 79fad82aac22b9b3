/**
 * First runs with zeros, so that a GPU compiles its shaders before the first request and not during it.
 *
 * @module
 */
import { type DataType, numElements, type Tensor } from "../core/tensor.ts";
import type { Graph } from "../graph/mod.ts";
import type { DecoderSession, Session } from "./backend.ts";

/** Tokens of the made-up prompt. */
const PROMPT = 32;

/** Runs a network once; named dimensions are 1. */
export async function warmUpSession(session: Session, graph: Graph): Promise<void> {
  const feeds = graph.inputs.map(({ name, value }): [string, Tensor] => {
    const { type, shape } = graph.values[value];
    const dims = shape.map((dim) => typeof dim === "number" ? dim : 1);
    return [name, { type: type as DataType, dims, data: new Float32Array(numElements(dims)) }];
  });
  await session.run(Object.fromEntries(feeds));
}

/** Runs a short prompt and one more token. */
export async function warmUpDecoder(decoder: DecoderSession, hiddenSize: number): Promise<void> {
  using cache = decoder.newKvCache(PROMPT + 1);
  const positionIds = Int32Array.from({ length: PROMPT }, (_, i) => i);
  await decoder.run(new Float32Array(PROMPT * hiddenSize), { positionIds }, cache);
  await decoder.run(new Float32Array(hiddenSize), { positionIds: Int32Array.of(PROMPT) }, cache);
}
