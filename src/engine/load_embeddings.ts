import { type Checkpoint, createWeightSource } from "../checkpoint/mod.ts";
import { EmbeddingTable } from "../compute/embedding.ts";
import type { FloatType } from "../compute/dtype.ts";
import type { LanguageSpec, ModelAdapter } from "../models/adapter.ts";

/** How safetensors calls the types that the table keeps as they are. */
const KEPT: Readonly<Record<string, FloatType>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** Bytes read at once. */
const CHUNK = 4 << 20;

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
  const shape = [vocabSize, hiddenSize];
  const spec = { name: embeddingTensor, shape, source: { kind: "tensor", tensor: embeddingTensor } } as const;
  const found = createWeightSource(tensors, { names: adapter.tensorNames }).resolve(spec, "float32");
  const stored = adapter.tensorNames(embeddingTensor).map((name) => tensors.get(name)).find(Boolean)!;
  const type = KEPT[stored.dtype] ?? "float32";
  const table = new EmbeddingTable({ rows: vocabSize, hiddenSize, type, scale: embeddingScale });
  let offset = 0;
  if (stored.dtype in KEPT) {
    for (; offset < table.byteLength; offset += CHUNK) {
      const length = Math.min(CHUNK, table.byteLength - offset);
      table.write(offset, await tensors.read(stored.name, offset, length));
    }
    return table;
  }
  for await (const chunk of found.chunks()) {
    table.write(offset, chunk);
    offset += chunk.length;
  }
  return table;
}
