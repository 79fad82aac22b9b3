import { InvalidRequestError, UnsupportedModalityError } from "../core/errors.ts";
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import type { EmbedsInfo } from "./item.ts";

/** What a model takes as precomputed rows. */
export interface EmbedsRules {
  /** Tensors needed beside the rows, by modality; one that is absent takes no rows. */
  readonly embeds?: Readonly<Partial<Record<Modality, readonly string[]>>>;
  /** Width of the language network. */
  readonly hiddenSize: number;
}

/**
 * Checks precomputed rows that a client sent.
 *
 * @param tensors As they came: `{modality}_embeds`, float32, `[num_rows, hidden_size]` or `[1, num_rows, hidden_size]`, and
 * what the family needs beside.
 * @throws {UnsupportedModalityError} If the family takes no rows of this modality.
 * @throws {InvalidRequestError} If a tensor is missing or unknown, or the rows have another rank, width or type, or are not finite.
 */
export function readEmbeds(
  modality: Modality,
  index: number,
  tensors: Readonly<Record<string, Tensor>>,
  { embeds = {}, hiddenSize }: EmbedsRules,
): EmbedsInfo {
  const beside = embeds[modality];
  if (!beside) {
    throw new UnsupportedModalityError(`Expected ${modality} items as files: found precomputed embeddings`);
  }
  const name = `${modality}_embeds`;
  const wanted = [name, ...beside];
  const found = Object.keys(tensors);
  if (wanted.some((key) => !found.includes(key)) || found.length !== wanted.length) {
    throw new InvalidRequestError(
      `Expected ${modality} embeddings to have the tensors ${wanted.join(", ")}: found ${
        found.length === 0
          ? "none"
          : `${found.length}, of which ${found.filter((key) => wanted.includes(key)).length} are these`
      }`,
    );
  }
  const { type, dims, data } = tensors[name];
  const rows = dims.length === 3 && dims[0] === 1 ? dims.slice(1) : dims;
  if (rows.length !== 2) {
    throw new InvalidRequestError(
      `Expected ${name} ${index} to be [num_rows, hidden_size] or [1, num_rows, hidden_size]: found [${
        dims.join(", ")
      }]`,
    );
  }
  if (rows[1] !== hiddenSize) {
    throw new InvalidRequestError(`Expected ${name} ${index} to have rows of ${hiddenSize}: found rows of ${rows[1]}`);
  }
  if (type !== "float32") throw new InvalidRequestError(`Expected ${name} ${index} in float32: found ${type}`);
  if (!(data as Float32Array).every(Number.isFinite)) {
    throw new InvalidRequestError(`Expected ${name} ${index} to be of finite numbers: found others`);
  }
  if (rows[0] === 0) throw new InvalidRequestError(`Expected ${name} ${index} to have at least 1 row: found 0`);
  return {
    kind: "embeds",
    modality,
    index,
    numRows: rows[0],
    tensors: { ...tensors, [name]: { type, dims: rows, data } },
  };
}
