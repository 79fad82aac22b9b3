/**
 * What the text decoders have in common; each kind adds its defaults and quirks in a file of its own.
 *
 * @module
 */

import { z } from "zod";
import { activationNamed } from "../../ops/activation.ts";
import type { DecoderConfig } from "../decoder_config.ts";
import { readRopes } from "./layer_ropes.ts";
import { TEXT_DEFAULTS, type TextFields, textFields } from "./text_fields.ts";

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
    return { ...TEXT_DEFAULTS, ...defaults, ...Object.fromEntries(given) };
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
  const ropes = readRopes(fields, headDim, readRopeType, problem);
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
    rotaryDim: ropes.rotaryDim,
    vocabSize: fields.vocab_size,
    maxPositionEmbeddings: fields.max_position_embeddings,
    layers,
    activation,
    embeddingScale: 1,
    rmsNormEps: fields.rms_norm_eps,
    normWeightOffset: 0,
    norms: "pre",
    wideResiduals: false,
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
