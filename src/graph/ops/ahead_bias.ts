import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { matchShape, matchType, type OpDefinition } from "../op.ts";
import { HIDDEN } from "./attention.ts";

/** Settings of {@linkcode aheadBiasOp}. */
export type AheadBiasAttributes = {
  /** How many tokens back a token sees, itself included; all if absent. What lies ahead is not counted. */
  readonly window?: number;
};

/**
 * A bias of attention that lets each token see itself, what lies before it, and as many tokens ahead as `ahead` says: causal,
 * but for stretches that see each other both ways; transformers `create_masks_for_vision_model` of Gemma 3.
 */
export const aheadBiasOp: OpDefinition<AheadBiasAttributes> = {
  name: "aheadBias",
  infer({ ahead }, { window }, where) {
    matchType(where, "ahead", ahead, "int64");
    const { batch, num_tokens: numTokens } = matchShape(where, "ahead", ahead, ["batch", "num_tokens"]);
    if (window !== undefined && !(window >= 1)) {
      throw new TypeError(`Expected window of ${where} to be at least 1: found ${window}`);
    }
    return [{ type: "float", shape: [batch, 1, numTokens, numTokens] }];
  },
  interpret({ ahead }, { window = Infinity }) {
    const [batch, numTokens] = ahead.dims;
    const data = new Float32Array(batch * numTokens * numTokens);
    for (let i = 0; i < data.length; i++) {
      const [row, key] = [Math.floor(i / numTokens), i % numTokens];
      const token = row % numTokens;
      const isSeen = key <= token + Number(ahead.data[row]) && key > token - window;
      data[i] = isSeen ? 0 : HIDDEN;
    }
    return [{ type: "float32", dims: [batch, 1, numTokens, numTokens], data }];
  },
  toOnnx(emitter, node, { window }) {
    const ahead = emitter.name(node.inputs.ahead);
    const emit = (op: string, ...inputs: string[]) => emitter.emit(op, inputs)[0];
    // Counted in 32-bit integers: f16 cannot count as far as a prompt is long.
    const integer = (value: string) =>
      emitter.emit("Cast", [value], { attributes: { to: emitter.onnxType("int32") } })[0];
    const number = (value: number) => integer(emitter.int64s([value]));
    const scalar = (value: string) => emit("Squeeze", value, emitter.int64s([0]));
    const [length] = emitter.emit("Shape", [ahead], { attributes: { start: 1, end: 2 } });
    const keys = emit("Range", scalar(number(0)), scalar(integer(length)), scalar(number(1)));
    const distance = emit("Sub", keys, emit("Reshape", keys, emitter.int64s([-1, 1])));
    // 1 where a key is hidden, 0 where it is seen.
    const above = (value: string, limit: string) =>
      emit("Min", emit("Max", emit("Sub", value, limit), number(0)), number(1));
    let hidden = above(distance, emit("Reshape", integer(ahead), emitter.int64s([0, 1, -1, 1])));
    if (window !== undefined) hidden = emit("Max", hidden, above(number(1 - window), distance));
    const [asFloat] = emitter.emit("Cast", [hidden], { attributes: { to: emitter.onnxType("float") } });
    emitter.emit("Mul", [asFloat, emitter.float(HIDDEN)], { outputs: [emitter.name(node.outputs[0])] });
  },
};

/**
 * Appends a bias for attention without a cache.
 *
 * @param g The graph.
 * @param ahead `int64` `[batch, num_tokens]`: how many tokens behind it each token sees; 0 for causal.
 * @param attributes The window, if there is one.
 * @returns `float` `[batch, 1, num_tokens, num_tokens]`.
 * @throws {TypeError} If the window is less than 1.
 */
export function aheadBias(g: GraphBuilder, ahead: Value, attributes: AheadBiasAttributes = {}): Value {
  return g.apply(aheadBiasOp, { ahead }, attributes)[0];
}
