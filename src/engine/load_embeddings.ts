import { type Checkpoint, createWeightSource } from "../checkpoint/mod.ts";
import { EmbeddingTable } from "../compute/embedding.ts";
import type { FloatType } from "../compute/dtype.ts";
import type { LanguageSpec, ModelAdapter } from "../models/adapter.ts";

/** How safetensors calls the types that the table keeps as they are. */
const KEPT: Readonly<Record<string, FloatType>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** In which type the table is kept: as it is stored, if the core can look up in that. */
function keptType({ tensors }: Checkpoint, adapter: ModelAdapter, { embeddingTensor }: LanguageSpec): FloatType {
  const stored = adapter.tensorNames(embeddingTensor).map((name) => tensors.get(name)).find(Boolean);
  return KEPT[stored?.dtype ?? ""] ?? "float32";
}

/** Size of the table that {@linkcode loadEmbeddings} makes, bytes. */
export function sizeOfEmbeddings(checkpoint: Checkpoint, adapter: ModelAdapter, language: LanguageSpec): number {
  const bytes = keptType(checkpoint, adapter, language) === "float32" ? 4 : 2;
  return language.vocabSize * language.hiddenSize * bytes;
}

/**
 * Streams the table of text embeddings into the core's memory, in the type in which it is stored.
 *
 * @throws {CheckpointError} If the tensor is missing or has another shape.
 */
export async function loadEmbeddings(
  checkpoint: Checkpoint,
  adapter: ModelAdapter,
  language: LanguageSpec,
): Promise<EmbeddingTable> {
  const { embeddingTensor, vocabSize, hiddenSize, embeddingScale } = language;
  const source = createWeightSource(checkpoint.tensors, { names: adapter.tensorNames });
  const type = keptType(checkpoint, adapter, language);
  const shape = [vocabSize, hiddenSize];
  const { chunks } = source.resolve({
    name: embeddingTensor,
    shape,
    source: { kind: "tensor", tensor: embeddingTensor },
  }, type);
  const table = new EmbeddingTable({ rows: vocabSize, hiddenSize, type, scale: embeddingScale });
  let offset = 0;
  for await (const chunk of chunks()) {
    const { length } = chunk;
    table.write(offset, chunk);
    offset += length;
  }
  return table;
}
