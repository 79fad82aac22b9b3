import type { Tensor } from "../../core/tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { ElementType, Value } from "../graph.ts";
import type { OpDefinition } from "../op.ts";

/** Settings of {@linkcode castOp}. */
export type CastAttributes = {
  /** Element type of the result. */
  readonly to: ElementType;
};

/** Same values in another element type; ONNX Cast. Fractions are cut when the result is an integer. */
export const castOp: OpDefinition<CastAttributes> = {
  name: "cast",
  infer({ x }, { to }) {
    return [{ type: to, shape: x.shape }];
  },
  interpret({ x }, { to }): Tensor[] {
    if (to === "float" || to === "float32") {
      return [{ type: "float32", dims: x.dims, data: Float32Array.from(x.data as ArrayLike<number>, Number) }];
    }
    if (to === "int64") {
      const data = BigInt64Array.from(Array.from(x.data as ArrayLike<number>, (v) => BigInt(Math.trunc(Number(v)))));
      return [{ type: "int64", dims: x.dims, data }];
    }
    if (to === "int32") {
      const data = Int32Array.from(x.data as ArrayLike<number>, (v) => Math.trunc(Number(v)));
      return [{ type: "int32", dims: x.dims, data }];
    }
    const data = Uint8Array.from(x.data as ArrayLike<number>, (v) => Number(v) !== 0 ? 1 : 0);
    return [{ type: "bool", dims: x.dims, data }];
  },
  toOnnx(emitter, node, { to }) {
    const type = emitter.onnxType(to);
    if (type === emitter.onnxType(emitter.graph.values[node.inputs.x].type)) {
      emitter.alias(node.outputs[0], emitter.name(node.inputs.x));
    } else {
      emitter.emit("Cast", [emitter.name(node.inputs.x)], {
        outputs: [emitter.name(node.outputs[0])],
        attributes: { to: type },
      });
    }
  },
};

/**
 * Appends a cast.
 *
 * @param g The graph.
 * @param x Any shape.
 * @param to Element type wanted.
 * @returns The same shape; `x` itself if it has the type already.
 */
export function cast(g: GraphBuilder, x: Value, to: ElementType): Value {
  return x.type === to ? x : g.apply(castOp, { x }, { to })[0];
}

/**
 * Brings what the host feeds into the graph's float type.
 *
 * @param g The graph.
 * @param x `float32`, any shape.
 * @returns `float`, the same shape.
 */
export function toFloat(g: GraphBuilder, x: Value): Value {
  return cast(g, x, "float");
}

/**
 * Brings a result into the type that the host reads.
 *
 * @param g The graph.
 * @param x `float`, any shape.
 * @returns `float32`, the same shape.
 */
export function toFloat32(g: GraphBuilder, x: Value): Value {
  return cast(g, x, "float32");
}
