import { AdapterError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import { checkShape } from "../core/tensor.ts";
import type { DecoderSession, DeviceReport, Executor, Session } from "./backend.ts";

/** What {@linkcode createExecutor} puts together. */
export interface ExecutorParts {
  /** Where and why. */
  readonly report: DeviceReport;
  /** Tower and connector of each modality that is served. */
  readonly encoders: Partial<Record<Modality, Session>>;
  /** The language network. */
  readonly decoder: DecoderSession;
  /** Looks text embeddings up; the result has shape `[num_tokens, hidden_size]`. */
  readonly embed: (tokenIds: Uint32Array) => Float32Array;
  /** Width of an embedding row. */
  readonly hiddenSize: number;
}

function positions(from: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => from + i);
}

/**
 * An executor over sessions of any backend.
 *
 * @throws {AdapterError} From `encode`, if no encoder serves the modality.
 * @throws {ShapeError} From `encode`, if the rows are not as wide as the language network.
 */
export function createExecutor(parts: ExecutorParts): Executor {
  const { report, encoders, decoder, embed, hiddenSize } = parts;
  return {
    report,
    async encode(modality, tensors) {
      const session = encoders[modality];
      if (!session) throw new AdapterError(`Expected an encoder for ${modality}: found none`);
      const { rows } = await session.run(tensors);
      checkShape("rows", rows.dims, ["num_rows", hiddenSize]);
      return rows;
    },
    newKvCache: (capacity) => decoder.newKvCache(capacity),
    async prefill({ inputsEmbeds, positionIds, perToken }, cache, sample) {
      const numTokens = inputsEmbeds.length / hiddenSize;
      const inputs = { positionIds: positionIds ?? positions(cache.length, numTokens), perToken };
      return sample(await decoder.run(inputsEmbeds, inputs, cache));
    },
    async decode({ tokenId, positionDelta = 0 }, cache, sample) {
      const inputs = { positionIds: positions(cache.length + positionDelta, 1) };
      return sample(await decoder.run(embed(Uint32Array.of(tokenId)), inputs, cache));
    },
    async [Symbol.asyncDispose]() {
      for (const session of Object.values(encoders)) await session[Symbol.asyncDispose]();
      await decoder[Symbol.asyncDispose]();
    },
  };
}
