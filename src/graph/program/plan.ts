/**
 * What a lowered graph is made of: weights in the form that kernels read, and plans of runs.
 *
 * @module
 */
import type { WeightSpec } from "../weights.ts";
import type { BufferWord, Step, Word } from "./words.ts";

/** Type in which matrices are kept: 32-bit floats, or 7-bit integers that multiply rows quantized to 8 bits. */
export type WeightType = "f32" | "q8";

/** A weight in the form in which kernels read it. */
export interface PackedWeight {
  /** Unique; address in {@linkcode Word}. */
  readonly key: string;
  /** Size in memory, bytes. */
  readonly byteLength: number;
  /** What it is made of. */
  readonly parts: readonly PackedPart[];
}

/** One weight of the graph, or a table, inside a packed weight. */
export interface PackedPart {
  /** Where the values come from. */
  readonly spec: WeightSpec;
  /**
   * How they are laid out: as they are, with a number added to each; or as panels of `n` rows of `k`, see `pack_panels` in
   * `crates/kernels`.
   */
  readonly layout:
    | { readonly kind: "raw"; readonly added: number }
    | {
      /** `panels` holds floats; `quantized` bytes, and behind those of all panels their scales. */
      readonly kind: "panels" | "quantized";
      readonly n: number;
      readonly k: number;
      readonly width: number;
      readonly offset: number;
    };
}

/** A buffer of a plan. */
export interface PlannedBuffer {
  /** Its size. */
  readonly byteLength: number;
  /** Its place in the arena, bytes from the arena's start. */
  readonly offset: number;
}

/** A run, planned for given dimensions. */
export interface Plan {
  /** Kernel calls; those of one phase may run at the same time. */
  readonly phases: readonly (readonly Step[])[];
  /** Where buffers lie in the arena. */
  readonly buffers: readonly PlannedBuffer[];
  /** Size of the arena. */
  readonly arenaBytes: number;
  /** Where each fed input goes; a cache's and lengths are fed by slots. */
  readonly inputs: Readonly<Record<string, BufferWord>>;
  /** Where each output is found. */
  readonly outputs: Readonly<Record<string, { readonly at: Word; readonly dims: readonly number[] }>>;
  /** Most keys that an attention without a cache has: rows of scores must be as long. */
  readonly scoreKeys: number;
  /** What must hold of fed positions. */
  readonly positions: readonly PositionCheck[];
  /** Estimated time on one thread, nanoseconds. */
  readonly cost: number;
}

/** An input whose elements are rows of a table. */
export interface PositionCheck {
  /** Name of the input. */
  readonly input: string;
  /** Rows of the table. */
  readonly max: number;
}
