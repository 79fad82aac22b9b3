/**
 * Qwen2.5-VL: Qwen2-VL with another tower, whose patches see each other within windows in all but a few layers.
 *
 * Source: transformers `modeling_qwen2_5_vl.py`; "Qwen2.5-VL Technical Report", arXiv 2502.13923.
 *
 * @module
 */
import { z } from "zod";
import { activationName, type QwenVisionTowerConfig } from "../graph/mod.ts";
import { defineAdapter } from "./define_adapter.ts";
import { configureQwenVl, headProblem, qwenVlSchema, qwenVlTensorNames, visionFields } from "./qwen2_vl.ts";

const count = z.int().positive();

const visionSchema = visionFields.extend({
  hidden_size: count.default(3584),
  intermediate_size: count.default(3420),
  out_hidden_size: count.default(3584),
  hidden_act: activationName.default("silu"),
  window_size: count.default(112),
  fullatt_block_indexes: z.array(z.int().nonnegative()).default([7, 15, 23, 31]),
}).transform((config, context): QwenVisionTowerConfig => {
  const problem = (key: string, message: string) => {
    context.addIssue({ code: "custom", path: [key], message });
    return z.NEVER;
  };
  const heads = headProblem(config.hidden_size, config.num_heads);
  if (heads) return problem("num_heads", heads);
  const cells = Math.floor(Math.floor(config.window_size / config.spatial_merge_size) / config.patch_size);
  if (cells < 1) return problem("window_size", `at least ${config.spatial_merge_size * config.patch_size} pixels`);
  return {
    kind: "qwen2_5_vl",
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    outHiddenSize: config.out_hidden_size,
    numLayers: config.depth,
    numHeads: config.num_heads,
    numChannels: config.in_channels,
    patchSize: config.patch_size,
    temporalPatchSize: config.temporal_patch_size,
    mergeSize: config.spatial_merge_size,
    activation: config.hidden_act,
    ropeTheta: config.rope_parameters?.rope_theta ?? 10000,
    windows: { cells, fullLayers: config.fullatt_block_indexes },
  };
});

/** The family of `Qwen2_5_VLForConditionalGeneration`. */
export const qwen25Vl = defineAdapter({
  modelType: "qwen2_5_vl",
  config: qwenVlSchema("qwen2_5_vl_text", visionSchema),
  tensorNames: qwenVlTensorNames,
  configure: configureQwenVl,
});
