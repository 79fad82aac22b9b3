import { type Checkpoint, createWeightSource } from "../checkpoint/mod.ts";
import { EmbeddingTable } from "../compute/embedding.ts";
import type { FloatType } from "../compute/dtype.ts";
import type { LanguageSpec, ModelAdapter } from "../models/adapter.ts";

/** How safetensors calls the types that the table keeps as they are. */
const KEPT: Readonly<Record<string, FloatType>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * Streams the table of text embeddings into the core's memory, in the type in which it is stored.
 *
 * @throws {CheckpointError} If the tensor is missing or has another shape.
 */
export async function loadEmbeddings(
  { tensors }: Checkpoint,
  adapter: ModelAdapter,
  { embeddingTensor, vocabSize, hiddenSize, embeddingScale }: LanguageSpec,
): Promise<EmbeddingTable> {
  const source = createWeightSource(tensors, { names: adapter.tensorNames });
  const stored = adapter.tensorNames(embeddingTensor).map((name) => tensors.get(name)).find(Boolean);
  const type = KEPT[stored?.dtype ?? ""] ?? "float32";
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
