/**
 * Reading rope settings from a text configuration, in the spelling of transformers 4 (`rope_theta`, `rope_scaling`) or 5
 * (`rope_parameters`).
 *
 * @module
 */

import { z } from "zod";
import type { RopeParameters } from "../../rope.ts";

const positive = z.number().positive();

/** Rope settings of one kind of layer. */
export const ropeFields = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.max(1).nullish(),
  factor: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  original_max_position_embeddings: z.int().positive().nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  short_factor: z.array(positive).nullish(),
  long_factor: z.array(positive).nullish(),
  mrope_section: z.array(z.int().nonnegative()).nullish(),
});

/** Output of {@linkcode ropeFields}. */
export type RopeFields = z.output<typeof ropeFields>;

/** What rope settings mean depends on. */
export interface RopeContext {
  /** Base of the frequencies if the settings have none. */
  readonly theta: number;
  /** `max_position_embeddings`. */
  readonly maxPositions: number;
  /** `original_max_position_embeddings` beside the settings, which goes before the one in them. */
  readonly originalMaxPositions?: number | null;
  /** Elements of a head that are rotated. */
  readonly rotaryDim: number;
}

/** What yarn multiplies cosines and sines by. */
function yarnScale(factor: number, mscale = 1): number {
  return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
}

/**
 * Reads rope settings.
 *
 * @param fields The settings.
 * @param context What they depend on.
 * @param problem Reports what is wrong with one of their keys.
 * @returns The parameters, or what `problem` returns.
 */
export function readRope(
  fields: RopeFields,
  context: RopeContext,
  problem: (key: string, expected: string) => never,
): RopeParameters {
  const { maxPositions, rotaryDim } = context;
  const theta = fields.rope_theta ?? context.theta;
  const type = fields.rope_type ?? fields.type ?? "default";
  const originalMaxPositions = context.originalMaxPositions ?? fields.original_max_position_embeddings ?? maxPositions;
  // `dynamic` changes frequencies of sequences longer than max_position_embeddings only, which are not run.
  if (type === "default" || type === "dynamic") return { type: "default", theta };
  if (type === "linear") return { type, theta, factor: fields.factor ?? problem("factor", "a number") };
  if (type === "llama3") {
    return {
      type,
      theta,
      factor: fields.factor ?? problem("factor", "a number"),
      lowFreqFactor: fields.low_freq_factor ?? 1,
      highFreqFactor: fields.high_freq_factor ?? 4,
      originalMaxPositions,
    };
  }
  if (type === "yarn") {
    const factor = fields.factor ?? maxPositions / originalMaxPositions;
    const { mscale, mscale_all_dim: mscaleAllDim } = fields;
    const scale = mscale && mscaleAllDim
      ? yarnScale(factor, mscale) / yarnScale(factor, mscaleAllDim)
      : yarnScale(factor);
    return {
      type,
      theta,
      factor,
      originalMaxPositions,
      betaFast: fields.beta_fast ?? 32,
      betaSlow: fields.beta_slow ?? 1,
      truncate: fields.truncate ?? true,
      attentionFactor: fields.attention_factor ?? scale,
    };
  }
  if (type === "longrope") {
    const factor = fields.factor ?? maxPositions / originalMaxPositions;
    const scale = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
    const divisors = (key: "short_factor" | "long_factor") => {
      const list = fields[key];
      return list?.length === rotaryDim / 2 ? list : problem(key, `an array of ${rotaryDim / 2}`);
    };
    return {
      type,
      theta,
      originalMaxPositions,
      shortFactors: divisors("short_factor"),
      longFactors: divisors("long_factor"),
      attentionFactor: fields.attention_factor ?? scale,
    };
  }
  return problem("rope_type", "default, dynamic, linear, llama3, longrope or yarn");
}
