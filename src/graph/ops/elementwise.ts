import { numElements, type Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../core/errors.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Shape } from "../dims.ts";
import type { Value } from "../graph.ts";
import { matchType, type OpDefinition } from "../op.ts";

/** The shape of two values combined element by element; axes are aligned at the end, an extent of 1 is repeated. */
function broadcastShape<D extends number | string>(where: string, a: readonly D[], b: readonly D[]): D[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new ShapeError(`b of ${where}`, a as Shape, b as Shape);
    return (x === 1 ? y : x) as D;
  });
}

function combine(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const dims = broadcastShape("elementwise op", a.dims, b.dims);
  const data = new Float32Array(numElements(dims));
  const offset = (of: Tensor, index: number) => {
    let rest = index;
    let at = 0;
    let stride = 1;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const own = axis - dims.length + of.dims.length;
      const position = rest % dims[axis];
      rest = Math.floor(rest / dims[axis]);
      if (own < 0) continue;
      if (of.dims[own] !== 1) at += position * stride;
      stride *= of.dims[own];
    }
    return at;
  };
  for (let i = 0; i < data.length; i++) data[i] = f(Number(a.data[offset(a, i)]), Number(b.data[offset(b, i)]));
  return { type: "float32", dims, data };
}

function binaryOp(name: string, onnx: string, f: (x: number, y: number) => number): OpDefinition {
  return {
    name,
    infer({ a, b }, _attributes, where) {
      matchType(where, "a", a, "float");
      matchType(where, "b", b, "float");
      return [{ type: "float", shape: broadcastShape(where, a.shape, b.shape) }];
    },
    interpret({ a, b }) {
      return [combine(a, b, f)];
    },
    toOnnx(emitter, node) {
      emitter.emit(onnx, [emitter.name(node.inputs.a), emitter.name(node.inputs.b)], {
        outputs: [emitter.name(node.outputs[0])],
      });
    },
  };
}

/** `a + b`, with numpy broadcasting; ONNX Add. */
export const addOp: OpDefinition = binaryOp("add", "Add", (x, y) => x + y);

/** `a * b`, element by element with numpy broadcasting; ONNX Mul. */
export const mulOp: OpDefinition = binaryOp("mul", "Mul", (x, y) => x * y);

/** Settings of {@linkcode scaleOp}. */
export type ScaleAttributes = {
  /** What every element is multiplied by. */
  readonly factor: number;
};

/** `x * factor`; ONNX Mul by a constant. */
export const scaleOp: OpDefinition<ScaleAttributes> = {
  name: "scale",
  infer({ x }, _attributes, where) {
    matchType(where, "x", x, "float");
    return [{ type: "float", shape: x.shape }];
  },
  interpret({ x }, { factor }) {
    return [{ type: "float32", dims: x.dims, data: (x.data as Float32Array).map((value) => value * factor) }];
  },
  toOnnx(emitter, node, { factor }) {
    emitter.emit("Mul", [emitter.name(node.inputs.x), emitter.float(factor)], {
      outputs: [emitter.name(node.outputs[0])],
    });
  },
};

/**
 * Appends a sum, element by element.
 *
 * @param g The graph.
 * @param a `float`.
 * @param b `float`, a shape that broadcasts with that of `a`.
 * @returns `float`, the broadcast shape.
 * @throws {ShapeError} If the shapes do not broadcast.
 */
export function add(g: GraphBuilder, a: Value, b: Value): Value {
  return g.apply(addOp, { a, b }, {})[0];
}

/**
 * Appends a product, element by element.
 *
 * @param g The graph.
 * @param a `float`.
 * @param b `float`, a shape that broadcasts with that of `a`.
 * @returns `float`, the broadcast shape.
 * @throws {ShapeError} If the shapes do not broadcast.
 */
export function mul(g: GraphBuilder, a: Value, b: Value): Value {
  return g.apply(mulOp, { a, b }, {})[0];
}

/**
 * Appends a multiplication by a number.
 *
 * @param g The graph.
 * @param x `float`, any shape.
 * @param factor The number.
 * @returns `float`, the same shape.
 */
export function scale(g: GraphBuilder, x: Value, factor: number): Value {
  return g.apply(scaleOp, { x }, { factor })[0];
}
