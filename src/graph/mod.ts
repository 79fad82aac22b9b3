/**
 * The typed graph: describing a network once, running it plainly, and lowering it to a runtime.
 *
 * @module
 */

export * from "./dims.ts";
export * from "./graph.ts";
export * from "./weights.ts";
export * from "./builder.ts";
export * from "./interpret.ts";
export * from "./rope.ts";
export * from "./ops/activation.ts";
export * from "./ops/attention.ts";
export * from "./ops/cast.ts";
export * from "./ops/conv2d.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/gather.ts";
export * from "./ops/linear.ts";
export * from "./ops/mlp.ts";
export * from "./ops/norm.ts";
export * from "./ops/rotary.ts";
export * from "./ops/shape.ts";
export * from "./onnx/lower.ts";
export type { FloatType, LoweringTarget } from "./onnx/emitter.ts";
export type { OnnxPort } from "./onnx/model.ts";
export * from "./blocks/decoder_config.ts";
export * from "./blocks/decoder.ts";
export * from "./blocks/vision_tower.ts";
export * from "./blocks/projector.ts";
export * from "./blocks/layers.ts";
