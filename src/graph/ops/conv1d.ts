import { ShapeError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Dim } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";

/** Settings of {@linkcode conv1dOp}. */
export type Conv1dAttributes = {
  /** Steps between windows. */
  readonly stride: number;
  /** Zeros before the first element and behind the last one. */
  readonly padding: number;
  /** Extent of the result where that of the operand has a name; worked out where it is a number. */
  readonly length?: Dim;
};

const outputLength = (length: number, kernel: number, { stride, padding }: Conv1dAttributes) =>
  Math.floor((length + 2 * padding - kernel) / stride) + 1;

/**
 * Cross-correlation of sequences with kernels; torch.nn.Conv1d, ONNX Conv.
 * x `[n, channels, l]`, weight `[out, channels, k]`, bias `[out]` -> `[n, out, (l + 2*padding - k) / stride + 1]`.
 */
export const conv1dOp: OpDefinition<Conv1dAttributes> = {
  name: "conv1d",
  infer({ x, weight, bias }, attributes, where) {
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "weight", weight, ["out", "channels", "k"]);
    if (bias) matchShape(where, "bias", bias, ["out"], dims);
    matchShape(where, "x", x, ["n", "channels", "l"], dims);
    const extent = typeof dims.l === "number" ? outputLength(dims.l, Number(dims.k), attributes) : attributes.length;
    if (extent === undefined) {
      throw new TypeError(
        `Expected the length of the result of ${where}: found none for operand [${x.shape.join(", ")}]`,
      );
    }
    if (typeof extent === "number" && extent < 1) throw new ShapeError(`x of ${where}`, weight.shape, x.shape);
    return [{ type: "float", shape: [dims.n, dims.out, extent] }];
  },
  interpret({ x, weight, bias }, attributes) {
    const { stride, padding } = attributes;
    const [n, channels, length] = x.dims;
    const [out, , kernel] = weight.dims;
    const columns = outputLength(length, kernel, attributes);
    const data = new Float32Array(n * out * columns);
    for (let i = 0; i < data.length; i++) {
      const column = i % columns;
      const o = Math.floor(i / columns) % out;
      const row = Math.floor(i / (columns * out));
      let sum = bias ? Number(bias.data[o]) : 0;
      for (let c = 0; c < channels; c++) {
        for (let k = 0; k < kernel; k++) {
          const at = column * stride + k - padding;
          if (at < 0 || at >= length) continue;
          sum += Number(x.data[(row * channels + c) * length + at]) *
            Number(weight.data[(o * channels + c) * kernel + k]);
        }
      }
      data[i] = sum;
    }
    return [{ type: "float32", dims: [n, out, columns], data }];
  },
  toOnnx(emitter, node, { stride, padding }) {
    const { x, weight, bias } = node.inputs;
    const kernel = Number(emitter.graph.values[weight].shape[2]);
    const operands = [emitter.name(x), emitter.name(weight), ...(bias ? [emitter.name(bias)] : [])];
    emitter.emit("Conv", operands, {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { kernel_shape: [kernel], strides: [stride], pads: [padding, padding] },
    });
  },
};

/**
 * Appends a convolution over a sequence, such as those that shorten a spectrogram.
 *
 * @param g The graph.
 * @param x `float` `[n, channels, l]`.
 * @param weights Weight `[out, channels, k]` and, if there is one, bias `[out]`.
 * @param attributes Stride, padding, and a name for the result's length if `l` is one.
 * @returns `float` `[n, out, (l + 2 * padding - k) / stride + 1]`, rounded down.
 * @throws {ShapeError} If the shapes do not fit.
 * @throws {TypeError} If the length of the result is not known.
 */
export function conv1d(
  g: GraphBuilder,
  x: Value,
  weights: { readonly weight: Value; readonly bias?: Value },
  attributes: Conv1dAttributes,
): Value {
  return g.apply(conv1dOp, { x, weight: weights.weight, bias: weights.bias }, attributes)[0];
}
