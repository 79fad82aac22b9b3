import type { WeightReader } from "../../src/graph/mod.ts";
import type { PlaceWeights } from "../../src/runtime/backend.ts";

/** Lays weights from memory out as a file, in f32. */
export function placeFrom(read: WeightReader): PlaceWeights {
  return (weights, size) => {
    const bytes = new Uint8Array(size);
    for (const { spec, offset, byteLength } of weights) {
      const values = spec.source.kind === "constant" ? spec.source.data : read(spec);
      if (values.byteLength !== byteLength) throw new Error(`Expected ${byteLength} bytes: found ${values.byteLength}`);
      bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    }
    return { size, blob: () => new Blob([bytes]), bytes: () => Promise.resolve(bytes) };
  };
}
