import { z } from "zod";
import { type Activation, activationNamed } from "../ops/activation.ts";
import type { RopeParameters } from "../rope.ts";

/** What a decoder's graph is built from. */
export interface DecoderConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the gated perceptron. */
  readonly intermediateSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Query heads. */
  readonly numHeads: number;
  /** Key and value heads. */
  readonly numKvHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Rows of the embedding table, and logits. */
  readonly vocabSize: number;
  /** Longest sequence that the model was made for, tokens. */
  readonly maxPositionEmbeddings: number;
  /** Epsilon of the norms. */
  readonly rmsNormEps: number;
  /** Activation of the gate. */
  readonly activation: Activation;
  /** Whether queries, keys and values have a bias. */
  readonly qkvBias: boolean;
  /** Whether the attention's output has a bias. */
  readonly outputBias: boolean;
  /** Whether the perceptron's layers have biases. */
  readonly mlpBias: boolean;
  /** Frequencies of the rotary positions. */
  readonly rope: RopeParameters;
  /** Whether the output head is the embedding table. */
  readonly tieWordEmbeddings: boolean;
  /** For each layer how many tokens a token sees at most, itself included; null for all. */
  readonly windows: readonly (number | null)[];
}

/** What the configuration classes of transformers assume where config.json says nothing. */
const DEFAULTS = {
  llama: {
    intermediate_size: 11008,
    num_key_value_heads: undefined,
    max_position_embeddings: 2048,
    vocab_size: 32000,
    sliding_window: null,
  },
  mistral: {
    intermediate_size: 14336,
    num_key_value_heads: 8,
    max_position_embeddings: 131072,
    vocab_size: 32000,
    sliding_window: 4096,
  },
  qwen2: {
    intermediate_size: 22016,
    num_key_value_heads: 32,
    max_position_embeddings: 32768,
    vocab_size: 151936,
    sliding_window: 4096,
  },
} as const;

const count = z.int().positive();

const ropeSchema = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: count.optional(),
});

const textConfigSchema = z.looseObject({
  model_type: z.enum(["llama", "mistral", "qwen2"]).default("llama"),
  hidden_size: count.default(4096),
  intermediate_size: count.optional(),
  num_hidden_layers: count.default(32),
  num_attention_heads: count.default(32),
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count.optional(),
  max_position_embeddings: count.optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().default("silu"),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  rope_theta: z.number().positive().optional(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().default(false),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
});

type TextConfig = z.output<typeof textConfigSchema>;

/** Rope parameters from the spelling of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`). */
function ropeParameters(config: TextConfig, maxPositions: number): RopeParameters | undefined {
  const given = config.rope_parameters ?? config.rope_scaling ?? {};
  const theta = given.rope_theta ?? config.rope_theta ?? 10000;
  const type = given.rope_type ?? given.type ?? "default";
  if (type === "default") return { type, theta };
  if (type === "linear") return { type, theta, factor: given.factor ?? 1 };
  if (type !== "llama3") return undefined;
  return {
    type,
    theta,
    factor: given.factor ?? 1,
    lowFreqFactor: given.low_freq_factor ?? 1,
    highFreqFactor: given.high_freq_factor ?? 4,
    originalMaxPositions: given.original_max_position_embeddings ?? maxPositions,
  };
}

/** Sliding windows as the modeling files of transformers apply them: Llama never, Mistral to all layers or none. */
function slidingWindows(config: TextConfig): (number | null)[] {
  const { model_type, num_hidden_layers, layer_types, max_window_layers } = config;
  const window = config.sliding_window === undefined ? DEFAULTS[model_type].sliding_window : config.sliding_window;
  return Array.from({ length: num_hidden_layers }, (_, layer) => {
    if (model_type === "llama") return null;
    if (model_type === "mistral") return window;
    if (!config.use_sliding_window) return null;
    const slides = layer_types ? layer_types[layer] === "sliding_attention" : layer >= max_window_layers;
    return slides ? window : null;
  });
}

/**
 * Checks the text configuration of a Llama, Mistral or Qwen2 decoder, in the spelling of transformers 4 or 5, and fills
 * in what the configuration classes of transformers assume.
 */
export const decoderSchema: z.ZodType<DecoderConfig> = textConfigSchema.transform((config, context): DecoderConfig => {
  const problem = (path: string[], message: string) => {
    context.addIssue({ code: "custom", path, message });
    return z.NEVER;
  };
  const defaults = DEFAULTS[config.model_type];
  const numHeads = config.num_attention_heads;
  const numKvHeads = config.num_key_value_heads ?? defaults.num_key_value_heads ?? numHeads;
  if (numHeads % numKvHeads !== 0) {
    return problem(["num_key_value_heads"], `a divisor of num_attention_heads (${numHeads})`);
  }
  const headDim = config.head_dim ?? config.hidden_size / numHeads;
  if (!Number.isInteger(headDim)) return problem(["hidden_size"], `a multiple of num_attention_heads (${numHeads})`);
  const activation = activationNamed(config.hidden_act);
  if (!activation) return problem(["hidden_act"], "the name of a known activation");
  const maxPositionEmbeddings = config.max_position_embeddings ?? defaults.max_position_embeddings;
  const rope = ropeParameters(config, maxPositionEmbeddings);
  if (!rope) {
    const key = config.rope_parameters ? "rope_parameters" : "rope_scaling";
    const type = config[key]?.rope_type === undefined ? "type" : "rope_type";
    return problem([key, type], "default, linear or llama3");
  }
  const isLlama = config.model_type === "llama";
  return {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size ?? defaults.intermediate_size,
    numLayers: config.num_hidden_layers,
    numHeads,
    numKvHeads,
    headDim,
    vocabSize: config.vocab_size ?? defaults.vocab_size,
    maxPositionEmbeddings,
    rmsNormEps: config.rms_norm_eps,
    activation,
    qkvBias: config.model_type === "qwen2" || isLlama && config.attention_bias,
    outputBias: isLlama && config.attention_bias,
    mlpBias: isLlama && config.mlp_bias,
    rope,
    tieWordEmbeddings: config.tie_word_embeddings,
    windows: slidingWindows(config),
  };
});
