/**
 * What the configurations of text decoders have in common; each kind adds its defaults and quirks in a file of its own.
 *
 * @module
 */

import { z } from "zod";
import { activationNamed } from "../../ops/activation.ts";
import type { DecoderConfig } from "../decoder_config.ts";
import { readRope, type RopeFields, ropeFields } from "./rope_fields.ts";

const count = z.int().positive();

const textFields = z.looseObject({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  original_max_position_embeddings: count.nullish(),
  rms_norm_eps: z.number().positive(),
  hidden_act: z.string(),
  hidden_activation: z.string().nullish(),
  attention_bias: z.boolean(),
  mlp_bias: z.boolean(),
  tie_word_embeddings: z.boolean(),
  partial_rotary_factor: z.number().positive().max(1).nullish(),
  rope_theta: z.number().positive(),
  rope_local_base_freq: z.number().positive().nullish(),
  rope_scaling: ropeFields.nullish(),
  // One for all layers, or one for each kind of layer.
  rope_parameters: ropeFields.extend({
    full_attention: ropeFields.nullish(),
    sliding_attention: ropeFields.nullish(),
  }).nullish(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullable(),
  max_window_layers: z.int().nonnegative(),
  sliding_window_pattern: count.nullish(),
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
  query_pre_attn_scalar: z.number().positive().nullish(),
  attn_logit_softcapping: z.number().positive().nullish(),
  final_logit_softcapping: z.number().positive().nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
});

/** A text configuration with the defaults of its kind filled in. */
export type TextFields = z.output<typeof textFields>;

/** What configuration classes of transformers assume unless they say otherwise. */
const DEFAULTS = {
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  rms_norm_eps: 1e-6,
  hidden_act: "silu",
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: false,
  rope_theta: 10000,
  use_sliding_window: false,
  max_window_layers: 28,
};

/** Settings that a kind of decoder makes of its configuration, where they are not the plain ones. */
export type DecoderTraits = Partial<Omit<DecoderConfig, "layers">> & {
  /** Whether a layer has the window `sliding_window`; none has if absent. */
  readonly slides?: (layer: number) => boolean;
  /** What the kind means by a rope type; the same if absent. */
  readonly readRopeType?: (type: string) => string;
};

/** A kind of text decoder. */
export interface TextConfigKind {
  /** `model_type`. */
  readonly modelType: string;
  /** Checks a configuration and makes settings of it. */
  readonly schema: z.ZodType<DecoderConfig>;
}

/** What {@linkcode defineTextConfig} is told. */
export interface TextConfigDefinition {
  /** `model_type`. */
  readonly modelType: string;
  /** What the configuration class of transformers assumes for keys that config.json does not have. */
  readonly defaults: Readonly<Partial<Record<keyof TextFields, unknown>>>;
  /** Makes the settings in which the kind differs from a plain decoder. */
  readonly traits?: (fields: TextFields, problem: Problem) => DecoderTraits;
}

/** Reports what a key should have been; ends the reading. */
export type Problem = (path: readonly string[], expected: string) => never;

/** Carries a problem out of nested functions. */
class ConfigProblem extends Error {
  constructor(readonly path: readonly string[], readonly expected: string) {
    super();
  }
}

/**
 * Defines a kind of text decoder.
 *
 * @param definition Its name, defaults and quirks.
 * @returns The kind, with a schema that reports every mistake by its key.
 */
export function defineTextConfig({ modelType, defaults, traits }: TextConfigDefinition): TextConfigKind {
  const fill = (config: unknown) => {
    if (typeof config !== "object" || config === null) return config;
    const given = Object.entries(config).filter(([, value]) => value !== undefined);
    return { ...DEFAULTS, ...defaults, ...Object.fromEntries(given) };
  };
  const problem: Problem = (path, expected) => {
    throw new ConfigProblem(path, expected);
  };
  const schema = z.preprocess(fill, textFields).transform((fields, context): DecoderConfig => {
    try {
      return readDecoder(fields, traits?.(fields, problem) ?? {}, problem);
    } catch (error) {
      if (!(error instanceof ConfigProblem)) throw error;
      context.addIssue({ code: "custom", path: [...error.path], message: error.expected });
      return z.NEVER;
    }
  });
  return { modelType, schema };
}

function readDecoder(
  fields: TextFields,
  { slides = () => false, readRopeType = (type) => type, ...traits }: DecoderTraits,
  problem: Problem,
): DecoderConfig {
  const numHeads = fields.num_attention_heads;
  const numKvHeads = fields.num_key_value_heads ?? numHeads;
  if (numHeads % numKvHeads !== 0) {
    problem(["num_key_value_heads"], `a divisor of num_attention_heads (${numHeads})`);
  }
  const headDim = fields.head_dim ?? fields.hidden_size / numHeads;
  if (!Number.isInteger(headDim)) problem(["hidden_size"], `a multiple of num_attention_heads (${numHeads})`);
  const activationKey = fields.hidden_activation ? "hidden_activation" : "hidden_act";
  const activation = activationNamed(fields[activationKey] ?? "");
  if (!activation) return problem([activationKey], "the name of a known activation");
  const { ropes, rotaryDim } = readRopes(fields, headDim, readRopeType, problem);
  const layers = Array.from({ length: fields.num_hidden_layers }, (_, layer) => {
    const isSliding = slides(layer);
    const window = isSliding ? fields.sliding_window ?? null : null;
    return { window, rope: isSliding ? ropes.sliding : ropes.full };
  });
  return {
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    numHeads,
    numKvHeads,
    headDim,
    rotaryDim,
    vocabSize: fields.vocab_size,
    maxPositionEmbeddings: fields.max_position_embeddings,
    layers,
    activation,
    embeddingScale: 1,
    rmsNormEps: fields.rms_norm_eps,
    normWeightOffset: 0,
    norms: "pre",
    qkNorm: false,
    queryScale: 1 / Math.sqrt(headDim),
    attentionSoftcap: null,
    logitSoftcap: null,
    qkvBias: false,
    outputBias: false,
    mlpBias: false,
    fusedProjections: false,
    mropeSections: null,
    tieWordEmbeddings: fields.tie_word_embeddings,
    ...traits,
  };
}

/** Ropes of full and of sliding layers. Old files give one for both, or `rope_local_base_freq` for the sliding ones. */
function readRopes(fields: TextFields, headDim: number, readRopeType: (type: string) => string, problem: Problem) {
  const key = fields.rope_scaling ? "rope_scaling" : "rope_parameters";
  const given = fields.rope_scaling ?? fields.rope_parameters ?? {};
  const isNested = !fields.rope_scaling && !!fields.rope_parameters?.full_attention;
  const local = fields.rope_local_base_freq;
  const full = fields.rope_parameters?.full_attention && isNested ? fields.rope_parameters.full_attention : given;
  const sliding = isNested ? fields.rope_parameters?.sliding_attention ?? {} : local ? {} : full;
  const share = full.partial_rotary_factor ?? fields.partial_rotary_factor ?? 1;
  const rotaryDim = Math.trunc(headDim * share);
  if (rotaryDim % 2 !== 0) problem(["partial_rotary_factor"], `a share of head_dim (${headDim}) that is even`);
  const read = (part: RopeFields, theta: number, kind: string) => {
    const type = part.rope_type ?? part.type;
    return readRope({ ...part, ...(type && { rope_type: readRopeType(type) }) }, {
      theta,
      maxPositions: fields.max_position_embeddings,
      originalMaxPositions: fields.original_max_position_embeddings,
      rotaryDim,
    }, (name, expected) => {
      const own = name === "rope_type" && part.rope_type === undefined ? "type" : name;
      return problem(isNested ? [key, kind, own] : [key, own], expected);
    });
  };
  return {
    rotaryDim,
    ropes: {
      full: read(full, fields.rope_theta, "full_attention"),
      sliding: read(sliding, local ?? fields.rope_theta, "sliding_attention"),
    },
  };
}
