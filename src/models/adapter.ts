/**
 * What a model family says about itself: data and pure functions, no base class. One family, one file.
 *
 * @module
 */
import type { JsonFile, JsonObject } from "../checkpoint/mod.ts";
import type { Modality } from "../core/message.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Graph } from "../graph/mod.ts";
import type { MultiModalField } from "../multimodal/field.ts";
import type { ModalityUpdates } from "../multimodal/prompt_update.ts";

/** The parts of a checkpoint that an adapter looks at. */
export interface CheckpointConfigs {
  /** config.json. */
  readonly config: JsonObject;
  /** Settings of the picture processor, if there are any. */
  readonly imageProcessor?: JsonFile;
  /** processor_config.json, if there is one. */
  readonly processor?: JsonFile;
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

/** What is known of a media item from its header, before its content is decoded. */
export interface ItemInfo {
  /** Kind of media. */
  readonly modality: Modality;
  /** Index among the items of its modality, in the order of the request. */
  readonly index: number;
  /** Width of the picture, pixels. */
  readonly width: number;
  /** Height of the picture, pixels. */
  readonly height: number;
}

/** Limits that a processor checks before it decodes. */
export interface ProcessLimits {
  /** Most pixels of one picture, from its header. */
  readonly maxPixels: number;
  /** What becomes of transparent pictures: composited on white, or alpha dropped. */
  readonly alpha: "white" | "drop";
}

/**
 * Turns the encoded items of one modality into named tensors, as the checkpoint's own processor would.
 *
 * @param items Files as they came: PNG, JPEG, ...
 * @returns The tensors, named as in `transformers` (`pixel_values`); `fields` says how they belong to the items.
 */
export type Processor = (
  items: readonly Uint8Array[],
  limits: ProcessLimits,
) => Promise<Record<string, Tensor>>;

/** Networks of a family, as graphs. Each is built only when it is needed. */
export interface Networks {
  /**
   * Tower and connector of a modality: item tensors to rows in the language network's width.
   *
   * Inputs are named as the fields; the output `rows` has shape `[num_rows, hidden_size]`.
   */
  readonly encoders: Partial<Record<Modality, () => Graph>>;
  /**
   * The language network: `inputs_embeds [batch, num_tokens, hidden_size]` and `position_ids [batch, num_tokens]`, with
   * the KV cache, to `logits [batch, 1, vocab_size]` of the last token.
   *
   * @param maxPositions Longest sequence that will be run, tokens: the length of tables of positions.
   */
  readonly language: (maxPositions: number) => Graph;
}

/** A family applied to one checkpoint's configuration. */
export interface Model {
  /** Width, vocabulary, context of the language network. */
  readonly language: LanguageSpec;
  /** Items per prompt: absent = unsupported, null = unlimited. */
  readonly limits: Readonly<Partial<Record<Modality, number | null>>>;
  /** Text that a chat template shows for an item, and that a string-format prompt gets; null = none. */
  readonly placeholder: (modality: Modality, index: number) => string | null;
  /** Closed form of the number of prompt tokens that take rows of this item. */
  readonly numTokens: (item: ItemInfo) => number;
  /** How the processor's tensors belong to the items. */
  readonly fields: Readonly<Record<string, MultiModalField>>;
  /** One for each supported modality. */
  readonly processors: Readonly<Partial<Record<Modality, Processor>>>;
  /** What the items do to the prompt. */
  readonly promptUpdates: (items: readonly ItemInfo[]) => ModalityUpdates[];
  /** The networks. */
  readonly networks: Networks;
}

/** A model family. */
export interface ModelAdapter {
  /** `model_type` in config.json, and the name of the file. */
  readonly modelType: string;
  /**
   * Other names under which checkpoints store a tensor, best first.
   *
   * @param canonical The name that the family's graphs use.
   */
  readonly tensorNames: (canonical: string) => readonly string[];
  /**
   * Checks the configuration and applies the family to it.
   *
   * @throws {CheckpointError} Naming file and key.
   */
  readonly configure: (configs: CheckpointConfigs) => Model;
}

/**
 * Checks an adapter when it is defined, so that a mistake shows at import and not at the first request.
 *
 * @throws {TypeError} Naming what is missing.
 */
export function defineAdapter(adapter: ModelAdapter): ModelAdapter {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(adapter.modelType)) {
    throw new TypeError(
      `Expected modelType to be a model_type such as "llava": found ${JSON.stringify(adapter.modelType)}`,
    );
  }
  for (const name of ["tensorNames", "configure"] as const) {
    if (typeof adapter[name] !== "function") {
      throw new TypeError(
        `Expected adapter ${adapter.modelType} to have a function ${name}: found ${typeof adapter[name]}`,
      );
    }
  }
  return adapter;
}
