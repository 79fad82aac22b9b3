/**
 * What a model family says about itself: data and pure functions, no base class. One family, one file.
 *
 * @module
 */
import type { JsonFile, JsonObject } from "../checkpoint/mod.ts";
import type { PlaceholderRange } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import type { Schema } from "../core/schema.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Graph } from "../graph/mod.ts";
import type { MultiModalField } from "../multimodal/field.ts";
import type { ItemInfo, ItemTensors, Processor, ProcessorKwargs } from "../multimodal/item.ts";
import type { ModalityUpdates } from "../multimodal/prompt_update.ts";

/** The parts of a checkpoint that an adapter looks at. */
export interface CheckpointConfigs {
  /** config.json. */
  readonly config: JsonObject;
  /** Settings of the picture processor, if there are any. */
  readonly imageProcessor?: JsonFile;
  /** Settings of the audio processor (feature extractor), if there are any. */
  readonly audioProcessor?: JsonFile;
  /** processor_config.json, if there is one. */
  readonly processor?: JsonFile;
  /** The checkpoint's own tokenizer, for the tokens that an adapter puts into prompts. */
  readonly tokenizer: AdapterTokenizer;
}

/** What an adapter may ask of the tokenizer. */
export interface AdapterTokenizer {
  /** Id of a token by its text, such as `<image>`; undefined if there is none. */
  tokenToId(token: string): number | undefined;
  /** Ids of text of the template's own: special tokens in it count, none are added. */
  encode(text: string): Uint32Array;
}

/** What the rest of the engine needs to know of the language network. */
export interface LanguageSpec {
  /** Width of an embedding row. */
  readonly hiddenSize: number;
  /** Rows of the embedding table, and logits. */
  readonly vocabSize: number;
  /** Longest sequence that the positions reach, tokens. */
  readonly maxPositionEmbeddings: number;
  /** Canonical name of the embedding table's tensor, shape `[vocab_size, hidden_size]`. */
  readonly embeddingTensor: string;
  /** Factor on text embeddings; 1 in most families. */
  readonly embeddingScale: number;
}

/** Tower and connector of a modality. */
export interface Encoder {
  /** Inputs, unless `feeds` makes them, are named as the fields; the output `rows` is `float32` `[num_rows, hidden_size]`. */
  readonly graph: () => Graph;
  /**
   * Makes the graph's inputs of one item's tensors, such as tables of positions for its grid. Absent: the tensors are the
   * inputs, and items of equal shapes run together, stacked along a new first axis.
   */
  readonly feeds?: (tensors: ItemTensors) => Readonly<Record<string, Tensor>>;
  /**
   * In the place of `feeds`: the inputs of several runs for one item, whose rows follow each other. For items of many parts,
   * such as tiles, that together would need too much memory.
   */
  readonly runs?: (tensors: ItemTensors) => readonly Readonly<Record<string, Tensor>>[];
}

/** Networks of a family, as graphs. Each is built only when it is needed. */
export interface Networks {
  /** Tower and connector by modality; one whose modality is switched off is never loaded. */
  readonly encoders: Readonly<Partial<Record<Modality, Encoder>>>;
  /**
   * The language network: `inputs_embeds [batch, num_tokens, hidden_size]` and `position_ids [batch, num_tokens]` (or
   * `[axes, batch, num_tokens]`), with the KV cache, to `logits [batch, 1, vocab_size]` of the last token.
   *
   * @param maxPositions Longest sequence that will be run, tokens: the length of tables of positions.
   */
  readonly language: (maxPositions: number) => Graph;
}

/** An item where it lies in the expanded prompt. */
export interface PlacedItem {
  /** Kind of media. */
  readonly modality: Modality;
  /** Index among the items of its modality, in the order of the request. */
  readonly index: number;
  /** Where its tokens are, in the order of the prompt. */
  readonly ranges: readonly PlaceholderRange[];
  /** By field. */
  readonly tensors: ItemTensors;
}

/** A prompt with its placeholders expanded. */
export interface ExpandedPrompt {
  /** Shape `[num_tokens]`. */
  readonly tokenIds: Uint32Array;
  /** Items of all modalities, in the order of the request. */
  readonly items: readonly PlacedItem[];
}

/** What the language network gets for each token beside its embedding. */
export interface LanguageInputs {
  /** Positions, axis after axis. Shape `[axes * num_tokens]`. Default: 0, 1, 2, ... on every axis. */
  readonly positionIds?: Int32Array;
  /** Position of a generated token minus its index in the sequence, on every axis. Default: 0. */
  readonly positionDelta?: number;
  /**
   * Longest sequence for which these inputs hold, tokens; a longer one is run again from its start, with inputs made anew.
   * Default: any.
   */
  readonly longestSequence?: number;
  /** Further inputs of the graph, `int64` `[batch, num_tokens]`; generated tokens get 0. Each of shape `[num_tokens]`. */
  readonly perToken?: Readonly<Record<string, Int32Array>>;
}

/** What a family's own processor writes in the place of a placeholder before it tokenizes. */
export interface ItemText {
  /** In front of the placeholder; becomes tokens together with the text before it. */
  readonly before: string;
  /** The placeholder itself, from special token to special token: what the prompt updates look for. */
  readonly placeholder: string;
  /** Behind the placeholder; becomes tokens together with the text after it. */
  readonly after: string;
}

/** A tokenized prompt, placeholders not yet expanded. */
export interface TokenizedPrompt {
  /** Shape `[num_tokens]`. */
  readonly ids: Uint32Array;
  /** Who wrote each token: 0 template, 1 user, 2 item. Shape `[num_tokens]`. */
  readonly origins: Uint8Array;
}

/** A family applied to one checkpoint's configuration. */
export interface Model {
  /** Width, vocabulary, context of the language network. */
  readonly language: LanguageSpec;
  /** Items per prompt: absent = unsupported, null = unlimited. */
  readonly limits: Readonly<Partial<Record<Modality, number | null>>>;
  /**
   * Closed form of the number of encoder rows of an item, which is the number of prompt tokens that take them.
   *
   * @throws {MediaDecodeError} If an item of this size cannot be represented.
   */
  readonly numTokens: (item: ItemInfo, kwargs: ProcessorKwargs) => number;
  /**
   * The item of this modality that takes most rows, for the memory plan and for warming up. Absent: the modality has no
   * worst case but the server's own limits.
   */
  readonly largestItem?: (modality: Modality) => ItemInfo;
  /** Text that a chat template shows for an item, and that a string-format prompt gets; null = none. */
  readonly placeholder: (modality: Modality, index: number) => string | null;
  /**
   * Text that the family's own processor puts around a placeholder before it tokenizes, such as line breaks that join with
   * those of the text around. Not done to prompts of ids. Absent: placeholders stay as the template shows them.
   */
  readonly itemText?: (item: ItemInfo, kwargs: ProcessorKwargs) => ItemText;
  /** How the processor's tensors belong to the items; a tensor without a field is left out. */
  readonly fields: (outputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, MultiModalField>>;
  /** Settings that a request may give in `mm_processor_kwargs`, as a strict schema. Absent: none. */
  readonly processorKwargs?: Schema<object>;
  /** One for each supported modality. */
  readonly processors: {
    /** Takes files as they came. */
    readonly image?: Processor<Uint8Array>;
    /** Takes samples of one channel at `samplingRate`. */
    readonly audio?: Processor<Float32Array>;
  };
  /** Rate at which the audio processor takes sound, hertz. */
  readonly samplingRate?: number;
  /**
   * Tensors that precomputed rows need beside `{modality}_embeds`, such as `image_grid_thw`. A modality that is absent takes
   * no precomputed rows.
   */
  readonly embeds?: Readonly<Partial<Record<Modality, readonly string[]>>>;
  /** What the items do to the prompt. */
  readonly promptUpdates: (items: readonly ItemInfo[], kwargs: ProcessorKwargs) => ModalityUpdates[];
  /** What the family's own processor does to a whole prompt beside that, on ids, so that text and ids are treated alike. */
  readonly postprocessIds?: (prompt: TokenizedPrompt) => TokenizedPrompt;
  /** Positions and other inputs of the language network. Absent: plain positions. */
  readonly languageInputs?: (prompt: ExpandedPrompt) => LanguageInputs;
  /** Chat template for checkpoints that have none. */
  readonly chatTemplate?: string;
  /** The networks. */
  readonly networks: Networks;
}

/** A model family. */
export interface ModelAdapter<Config = unknown> {
  /** `model_type` in config.json, and the name of the file. */
  readonly modelType: string;
  /** Schema of config.json; what does not fit is reported with its key. */
  readonly config: Schema<Config>;
  /**
   * Other names under which checkpoints store a tensor, best first.
   *
   * @param canonical The name that the family's graphs use.
   */
  readonly tensorNames: (canonical: string) => readonly string[];
  /**
   * Applies the family to a checkpoint.
   *
   * @param config config.json, parsed.
   * @param configs The other files.
   * @throws {CheckpointError} Naming file and key.
   */
  readonly configure: (config: Config, configs: CheckpointConfigs) => Model;
}

/** A family whatever its configuration is. */
// deno-lint-ignore no-explicit-any
export type AnyAdapter = ModelAdapter<any>;
