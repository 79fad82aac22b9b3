/**
 * The words of a program: what `crates/executor` reads. The codes and the order of operands are those of
 * `crates/executor/src/step.rs`.
 *
 * @module
 */

/** A buffer of the plan, and bytes into it. */
export interface BufferWord {
  /** Index of the buffer. */
  readonly buffer: number;
  /** Bytes from its start. */
  readonly offset?: number;
}

/** A word that is known when a plan is placed in memory, or only when it runs. */
export type Word =
  | number
  | BufferWord
  /** Address of a weight in memory, by its key, and bytes into it. */
  | { readonly weight: string; readonly offset?: number }
  /** A float, as its bits. */
  | { readonly float: number }
  /** Filled in before each run, by its name. */
  | { readonly slot: string };

/** Codes of the kernels. */
export const KERNEL = {
  gemm: 1,
  layerNorm: 2,
  rmsNorm: 3,
  scale: 4,
  binary: 5,
  copy: 6,
  fill: 7,
  gather: 8,
  windows: 9,
  rotary: 10,
  append: 11,
  attend: 12,
  quantize: 13,
  gemmQ8: 14,
  mean: 15,
  select: 16,
  aheadBias: 17,
} as const;

/** Axes of strided kernels. */
export const MAX_AXES = 6;

/** Codes of the activations; 0 is none. */
export const ACTIVATION_CODES: Readonly<Record<string, number>> = {
  silu: 1,
  gelu: 2,
  gelu_pytorch_tanh: 3,
  quick_gelu: 4,
  relu: 5,
  tanh: 6,
};

/** Columns of a weight panel, positions of a key panel, elements of a value panel. */
export const PANEL = 8;

/** Queries that one attention works on together; each thread has a row of scores for each. */
export const QUERY_BLOCK = 12;

/** Bytes of a quantized row of `k` numbers: whole steps of the kernel. */
export function quantizedRowBytes(k: number): number {
  return Math.ceil(k / 16) * 16;
}

/** Name of a kernel. */
export type KernelName = keyof typeof KERNEL;

/** One kernel call of a plan. */
export interface Step {
  /** Which kernel. */
  readonly kernel: KernelName;
  /** Its operands. */
  readonly words: readonly Word[];
  /** Buffers that it reads. */
  readonly reads: readonly number[];
  /** Buffers that it writes. */
  readonly writes: readonly number[];
  /** Into how many parts it can be divided at most. */
  readonly units: number;
  /** Estimated time on one thread, nanoseconds. */
  readonly cost: number;
  /** Rows of its results; steps that have as many and `byRows` form a group, see {@linkcode RowStep}. */
  readonly rows: number;
  /** Whether it is divided by its rows, together with others. */
  readonly byRows?: boolean;
  /** Whether the last rows cost more than the first: in proportion to their number. */
  readonly rises?: boolean;
}

/**
 * What is known of a step that makes each row of its results from the same row of some operands. Such steps with as many rows
 * form a group: a thread runs them one behind the other on its part of the rows.
 */
export interface RowStep {
  /** Rows of its results. */
  readonly count: number;
  /** Operands of which a row of the result needs one row, the same; all others it needs whole. */
  readonly of: readonly Word[];
  /** Whether the last rows cost more than the first: in proportion to their number. */
  readonly rises?: boolean;
}
