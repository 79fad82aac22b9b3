import type { PlacedWeight } from "../graph/onnx/lower.ts";
import { WeightBlob } from "./weight_blob.ts";
import type { ResolvedWeight, WeightSource } from "./weight_source.ts";

/** The weights of a lowered graph as one file, made while it is read. */
export interface WeightFile {
  /** Total size, bytes. */
  readonly size: number;
  /** A virtual file whose ranges are produced when they are read, one chunk at a time. */
  blob(): Blob;
  /** The whole file in memory. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Called while weights are produced. */
export type WeightProgress = (bytesDone: number, bytesTotal: number) => void;

/**
 * Makes the function that lays the weights of lowered graphs out as files.
 *
 * All weights are found and checked at once, so a missing tensor fails before the first byte is read.
 *
 * @param source Where the bytes come from.
 * @param onProgress Told the bytes produced so far and the bytes of all weights of the file, after each chunk.
 * @returns A function of the placed weights, in the order of their offsets, and the size of the file; it throws a
 * `CheckpointError` as {@linkcode WeightSource.resolve} does.
 */
export function createWeightPlacer(
  source: WeightSource,
  onProgress: WeightProgress = () => {},
): (weights: readonly PlacedWeight[], size: number) => WeightFile {
  return (weights, size) => {
    const parts = weights.map((placed) => ({ offset: placed.offset, ...resolvePlaced(source, placed) }));
    const total = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const counted = () => {
      let done = 0;
      const count = (part: ResolvedWeight & { readonly offset: number }) => {
        // ONNX Runtime reads small weights twice, so each byte counts the first time only.
        let furthest = 0;
        const chunks = async function* () {
          let position = 0;
          for await (const chunk of part.chunks()) {
            position += chunk.length;
            if (position > furthest) {
              done += position - furthest;
              furthest = position;
              onProgress(done, total);
            }
            yield chunk;
          }
        };
        return { ...part, chunks };
      };
      return new WeightBlob(parts.map(count), size);
    };
    return { size, blob: counted, bytes: () => counted().bytes() };
  };
}

function resolvePlaced(source: WeightSource, { spec, type, byteLength }: PlacedWeight): ResolvedWeight {
  const weight = source.resolve(spec, type === "float16" ? "float16" : "float32");
  if (weight.byteLength === byteLength) return weight;
  throw new RangeError(`Expected weight ${spec.name} to take ${byteLength} bytes: found ${weight.byteLength}`);
}
