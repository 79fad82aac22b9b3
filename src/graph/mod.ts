/**
 * The typed graph: describing a network once, running it plainly, and lowering it to a runtime.
 *
 * Describe: {@linkcode buildGraph} with the ops (`linear`, `attention`, ...) and the blocks ({@linkcode decoder},
 * {@linkcode visionTower}, {@linkcode projector}). Run: {@linkcode interpret}. Lower: {@linkcode lowerToOnnx}.
 *
 * @module
 */

export type { DataType, Tensor, TypedArray } from "../core/tensor.ts";
export { addDims, type Dim, evaluateDim, isPlainName, multiplyDims, type Shape } from "./dims.ts";
export type { AttributeMap, AttributeValue, CacheLayer, ElementType, Graph, Node, Port, Value } from "./graph.ts";
export {
  type ConstantData,
  rowsWeight,
  tensorWeight,
  type WeightAliases,
  type WeightSource,
  type WeightSpec,
  weightTensors,
  type WeightTransform,
} from "./weights.ts";
export { buildGraph, type GraphBuilder } from "./builder.ts";
export type { OpDefinition, ValueType } from "./op.ts";
export { interpret, type WeightReader } from "./interpret.ts";

export { type Activation, activation, activationNamed, ACTIVATIONS } from "./ops/activation.ts";
export { aheadBias, type AheadBiasAttributes } from "./ops/ahead_bias.ts";
export { attention, type AttentionAttributes, type AttentionOperands, HIDDEN } from "./ops/attention.ts";
export { cast, toFloat, toFloat32 } from "./ops/cast.ts";
export { concat } from "./ops/concat.ts";
export { conv1d, type Conv1dAttributes } from "./ops/conv1d.ts";
export { conv2d, type Conv2dAttributes } from "./ops/conv2d.ts";
export { add, mul, scale } from "./ops/elementwise.ts";
export { firstRun } from "./ops/first_run.ts";
export { embedding, gatherRows, lastToken, selectTokens } from "./ops/gather.ts";
export { linear, type LinearWeights, logits } from "./ops/linear.ts";
export { mean } from "./ops/mean.ts";
export { gatedMlp, mlp } from "./ops/mlp.ts";
export { addRmsNorm, layerNorm, type LayerNormAttributes, rmsNorm, type RmsNormAttributes } from "./ops/norm.ts";
export { pad, type PadAttributes } from "./ops/pad.ts";
export { repeat } from "./ops/repeat.ts";
export { reshape } from "./ops/reshape.ts";
export { rotary, type RotaryAttributes } from "./ops/rotary.ts";
export { rotaryTables, type RotaryTablesAttributes } from "./ops/rotary_tables.ts";
export { slice, type SliceAttributes } from "./ops/slice.ts";
export { squeeze } from "./ops/squeeze.ts";
export { transpose } from "./ops/transpose.ts";
export { where } from "./ops/where.ts";
export { ropeFrequencies, ropeOffset, type RopeParameters, ropeTable, ropeTableRows } from "./rope.ts";

export { audioTower, type AudioTowerConfig, audioTowerSchema } from "./blocks/audio_tower.ts";
export { blipTower, type BlipTowerConfig, blipTowerSchema } from "./blocks/blip_tower.ts";
export { decoder, type DecoderOptions, type LayerAttention, type Mixing, type Rotation } from "./blocks/decoder.ts";
export type { DecoderConfig, DecoderLayerConfig } from "./blocks/decoder_config.ts";
export { type JoinedLayers, joinedLinearWeights, linearLayer, linearWeights } from "./blocks/layers.ts";
export { multimodalRotation } from "./blocks/multimodal_rotary.ts";
export { type PatchGrid, patchRotaryTables, patchWindows } from "./blocks/patch_grid_tables.ts";
export { optDecoder, type OptDecoderConfig, type OptDecoderOptions, optDecoderSchema } from "./blocks/opt_decoder.ts";
export { outputRows, projector, type ProjectorConfig } from "./blocks/projector.ts";
export { pixtralInputs } from "./blocks/pixtral_inputs.ts";
export {
  patchMerger,
  pixtralTower,
  type PixtralTowerConfig,
  type PixtralTowerOptions,
  pixtralTowerSchema,
} from "./blocks/pixtral_tower.ts";
export { qformer, type QFormerConfig, type QFormerOptions, qformerSchema } from "./blocks/qformer.ts";
export { qwenVisionTower, type QwenVisionTowerConfig } from "./blocks/qwen_vision_tower.ts";
export { decoderSchema } from "./blocks/text_config/mod.ts";
export {
  visionLayer,
  visionTower,
  type VisionTowerConfig,
  type VisionTowerOptions,
  visionTowerSchema,
} from "./blocks/vision_tower.ts";

export { type LoweringOptions, lowerToOnnx, type OnnxModel, type PlacedWeight } from "./onnx/lower.ts";
export type { EmitOptions, FloatType, LoweringTarget, OnnxAttribute, OnnxEmitter } from "./onnx/emitter.ts";
export type { OnnxPort } from "./onnx/model.ts";

export { lowerToProgram, type Program, unsupportedByProgram } from "./program/lower.ts";
export { quantizedMatrices } from "./program/products.ts";
export type { PackedPart, PackedWeight, Plan, PlannedBuffer, PositionCheck, WeightType } from "./program/plan.ts";
export { type AddressWord, type EncodedPlan, encodePlan } from "./program/encode.ts";
export {
  type BufferWord,
  type KernelName,
  PANEL,
  quantizedRowBytes,
  QUERY_BLOCK,
  type Step,
  type Word,
} from "./program/words.ts";
export { activationName } from "./blocks/activation_name.ts";
export { layerCount } from "./blocks/layer_count.ts";
