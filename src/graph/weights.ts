/**
 * Weights: what a graph wants to read from a checkpoint, and in which form.
 *
 * @module
 */

/** Values that the graph brings along instead of reading them from the checkpoint. */
export type ConstantData = Float32Array | Int32Array | BigInt64Array;

/** A change of layout on the way from the checkpoint: none, or swapping the two axes of a matrix. */
export type WeightTransform = "none" | "transpose";

/**
 * Where the values of a weight come from.
 *
 * - `tensor`: one tensor of the checkpoint, by its canonical name.
 * - `concat`: several tensors, one behind the other along their first axis (q, k and v; gate and up).
 * - `rows`: some rows of one tensor, which holds several weights one behind the other (fused q, k and v).
 * - `constant`: values made while the graph was built or lowered, such as a cosine table.
 *
 * The tensor may have another shape than the weight as long as the number of elements is the same: its values are read
 * in row-major order (a `[out, 3, p, p]` kernel serves as an `[out, 3*p*p]` matrix). With `transform: "transpose"` a
 * weight of shape `[a, b]` is read as `[b, a]` (after joining) and its axes are swapped.
 */
export type WeightSource =
  | { readonly kind: "tensor"; readonly tensor: string; readonly transform?: WeightTransform }
  | {
    readonly kind: "concat";
    readonly tensors: readonly string[];
    readonly axis: 0;
    readonly transform?: WeightTransform;
  }
  | {
    readonly kind: "rows";
    readonly tensor: string;
    /** First row, and the one after the last. */
    readonly range: readonly [start: number, end: number];
    /** Rows that the tensor has. */
    readonly of: number;
    readonly transform?: WeightTransform;
  }
  | { readonly kind: "constant"; readonly data: ConstantData };

/** One weight of a graph. */
export interface WeightSpec {
  /** Unique in the graph; for a checkpoint tensor its canonical name. */
  readonly name: string;
  /** Extents that the graph sees, after joining and transposing. */
  readonly shape: readonly number[];
  /**
   * `float` (the default) is stored in the float type that the lowering chooses; `float32` stays 32 bits wide; the
   * integer types are for constants.
   */
  readonly type?: "float" | "float32" | "int32" | "int64";
  /** Where the values come from. */
  readonly source: WeightSource;
}

/**
 * Other names under which a checkpoint may hold a tensor.
 *
 * @param canonical Name that the graph uses.
 * @returns Names to try in this order; the canonical one first.
 */
export type WeightAliases = (canonical: string) => readonly string[];

/**
 * Describes a weight that is one tensor of the checkpoint as it is.
 *
 * @param tensor Canonical name, which becomes the weight's name.
 * @param shape Extents, as stored.
 * @returns The weight.
 */
export function tensorWeight(tensor: string, shape: readonly number[]): WeightSpec {
  return { name: tensor, shape, source: { kind: "tensor", tensor } };
}

/**
 * Describes a weight that is some rows of a tensor of the checkpoint.
 *
 * @param tensor Canonical name.
 * @param range First row, and the one after the last.
 * @param shape Extents of the whole tensor.
 * @returns The weight, named after the tensor and the range.
 */
export function rowsWeight(
  tensor: string,
  range: readonly [start: number, end: number],
  shape: readonly number[],
): WeightSpec {
  const [start, end] = range;
  const source = { kind: "rows", tensor, range, of: shape[0] } as const;
  return { name: `${tensor}.${start}-${end}`, shape: [end - start, ...shape.slice(1)], source };
}

/**
 * Lists the checkpoint tensors that a weight is made of.
 *
 * @param spec The weight.
 * @returns Canonical names; none for a constant.
 */
export function weightTensors(spec: WeightSpec): readonly string[] {
  switch (spec.source.kind) {
    case "tensor":
    case "rows":
      return [spec.source.tensor];
    case "concat":
      return spec.source.tensors;
    case "constant":
      return [];
  }
}
