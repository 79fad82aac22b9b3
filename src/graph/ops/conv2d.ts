import { ShapeError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { fixedDim, matchShape, matchType, type OpDefinition } from "../op.ts";

/** Settings of {@linkcode conv2dOp}. */
export type Conv2dAttributes = {
  /** Steps between windows, in pixels, down and across. */
  readonly stride: number;
};

/**
 * Cross-correlation of images with kernels, no padding; torch.nn.Conv2d, ONNX Conv.
 * x `[n, channels, h, w]`, weight `[out, channels, kh, kw]`, bias `[out]` -> `[n, out, (h-kh)/stride+1, (w-kw)/stride+1]`.
 */
export const conv2dOp: OpDefinition<Conv2dAttributes> = {
  name: "conv2d",
  infer({ x, weight, bias }, { stride }, where) {
    matchType(where, "x", x, "float");
    const dims = matchShape(where, "weight", weight, ["out", "channels", "kh", "kw"]);
    if (bias) matchShape(where, "bias", bias, ["out"], dims);
    matchShape(where, "x", x, ["n", "channels", "h", "w"], dims);
    const extents = [["h", "kh"], ["w", "kw"]].map(([size, kernel]) =>
      Math.floor((fixedDim(where, size, dims[size]) - fixedDim(where, kernel, dims[kernel])) / stride) + 1
    );
    if (extents.some((extent) => extent < 1)) throw new ShapeError(`x of ${where}`, weight.shape, x.shape);
    return [{ type: "float", shape: [dims.n, dims.out, ...extents] }];
  },
  interpret({ x, weight, bias }, { stride }) {
    const [n, channels, h, w] = x.dims;
    const [out, , kh, kw] = weight.dims;
    const rows = Math.floor((h - kh) / stride) + 1;
    const columns = Math.floor((w - kw) / stride) + 1;
    const data = new Float32Array(n * out * rows * columns);
    for (let i = 0; i < data.length; i++) {
      const column = i % columns;
      const row = Math.floor(i / columns) % rows;
      const o = Math.floor(i / (columns * rows)) % out;
      const image = Math.floor(i / (columns * rows * out));
      let sum = bias ? Number(bias.data[o]) : 0;
      for (let c = 0; c < channels; c++) {
        for (let dy = 0; dy < kh; dy++) {
          for (let dx = 0; dx < kw; dx++) {
            const at = ((image * channels + c) * h + row * stride + dy) * w + column * stride + dx;
            sum += Number(x.data[at]) * Number(weight.data[((o * channels + c) * kh + dy) * kw + dx]);
          }
        }
      }
      data[i] = sum;
    }
    return [{ type: "float32", dims: [n, out, rows, columns], data }];
  },
  toOnnx(emitter, node, { stride }) {
    const { x, weight, bias } = node.inputs;
    const [, , kh, kw] = emitter.graph.values[weight].shape;
    const operands = [emitter.name(x), emitter.name(weight), ...(bias ? [emitter.name(bias)] : [])];
    emitter.emit("Conv", operands, {
      outputs: [emitter.name(node.outputs[0])],
      attributes: { kernel_shape: [Number(kh), Number(kw)], strides: [stride, stride] },
    });
  },
};

/**
 * Appends a convolution without padding, such as a patch embedding (stride = kernel size).
 *
 * @param g The graph.
 * @param x `float` `[n, channels, h, w]`, h and w numbers.
 * @param weights Weight `[out, channels, kh, kw]` and, if there is one, bias `[out]`.
 * @param attributes The stride.
 * @returns `float` `[n, out, (h - kh) / stride + 1, (w - kw) / stride + 1]`, rounded down.
 * @throws {ShapeError} If the shapes do not fit.
 */
export function conv2d(
  g: GraphBuilder,
  x: Value,
  weights: { readonly weight: Value; readonly bias?: Value },
  attributes: Conv2dAttributes,
): Value {
  return g.apply(conv2dOp, { x, weight: weights.weight, bias: weights.bias }, attributes)[0];
}
