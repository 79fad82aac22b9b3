import type { Activation } from "../ops/activation.ts";
import type { RopeParameters } from "../rope.ts";

/** What differs from layer to layer. */
export interface DecoderLayerConfig {
  /** How many tokens a token sees at most, itself included; null for all. */
  readonly window: number | null;
  /** Frequencies of the rotary positions. */
  readonly rope: RopeParameters;
}

/** What a decoder's graph is built from. */
export interface DecoderConfig {
  /** Width of a row. */
  readonly hiddenSize: number;
  /** Width inside the gated perceptron. */
  readonly intermediateSize: number;
  /** Query heads. */
  readonly numHeads: number;
  /** Key and value heads. */
  readonly numKvHeads: number;
  /** Elements per head. */
  readonly headDim: number;
  /** Elements of each head, from its start, that are rotated. */
  readonly rotaryDim: number;
  /** Rows of the embedding table, and logits. */
  readonly vocabSize: number;
  /** Longest sequence that the model was made for, tokens. */
  readonly maxPositionEmbeddings: number;
  /** One for each layer. */
  readonly layers: readonly DecoderLayerConfig[];
  /** Activation of the gate. */
  readonly activation: Activation;
  /** Factor of text embeddings, which whoever looks them up applies. */
  readonly embeddingScale: number;
  /** Epsilon of the norms. */
  readonly rmsNormEps: number;
  /** Added to the weights of the norms: 1 where the checkpoint stores `w - 1`. */
  readonly normWeightOffset: 0 | 1;
  /** Norms before attention and perceptron, or before and after each. */
  readonly norms: "pre" | "sandwich";
  /** Whether the sums of the layers' results are too large for f16, and stay 32 bits wide. */
  readonly wideResiduals: boolean;
  /** Whether each head of queries and keys is normed before it is rotated. */
  readonly qkNorm: boolean;
  /** Factor of the attention's scores. */
  readonly queryScale: number;
  /** Scores are bent to `cap * tanh(score / cap)`; null for not. */
  readonly attentionSoftcap: number | null;
  /** Logits are bent to `cap * tanh(logit / cap)`; null for not. */
  readonly logitSoftcap: number | null;
  /** Whether queries, keys and values have a bias. */
  readonly qkvBias: boolean;
  /** Whether the attention's output has a bias. */
  readonly outputBias: boolean;
  /** Whether the perceptron's layers have biases. */
  readonly mlpBias: boolean;
  /** Whether the checkpoint holds `qkv_proj` and `gate_up_proj`, and not a tensor for each part. */
  readonly fusedProjections: boolean;
  /** Pairs of each head that turn with each of several axes of positions, in order; null for one axis. */
  readonly mropeSections: readonly number[] | null;
  /** Whether the output head is the embedding table. */
  readonly tieWordEmbeddings: boolean;
}
