/**
 * Tiny checkpoints and what transformers computes with them, from tests/testdata/graph.
 *
 * @module
 */

import { numElements, type Tensor } from "../../src/core/tensor.ts";

/** One file that make_goldens.py wrote. */
export interface Golden {
  /** The configuration, as config.json would have it. */
  readonly config: Record<string, unknown>;
  /** Weights, `input.*` and `output.*`. */
  readonly tensors: Record<string, Tensor>;
}

/** Reads a golden; all its tensors are f32. */
export function readGolden(name: string): Golden {
  const bytes = Deno.readFileSync(new URL(`../testdata/graph/${name}.safetensors`, import.meta.url));
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const { __metadata__, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
  const tensors = Object.fromEntries(
    Object.entries<{ shape: number[]; data_offsets: number[] }>(entries).map(([key, { shape, data_offsets }]) => {
      const start = 8 + headerBytes + data_offsets[0];
      const data = new Float32Array(bytes.slice(start, start + numElements(shape) * 4).buffer);
      return [key, { type: "float32", dims: shape, data } satisfies Tensor];
    }),
  );
  return { config: JSON.parse(__metadata__.config), tensors };
}
