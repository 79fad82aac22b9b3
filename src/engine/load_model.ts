/**
 * From a checkpoint to a model that is ready to answer.
 *
 * @module
 */
import { type ChatTemplate, createChatTemplate, noChatTemplate } from "../chat/mod.ts";
import { type Checkpoint, openCheckpoint, parseWith } from "../checkpoint/mod.ts";
import type { EmbeddingTable } from "../compute/embedding.ts";
import type { EngineConfig } from "../config.ts";
import { ConfigError, InvalidRequestError } from "../core/errors.ts";
import type { SamplingParams } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import type { AnyAdapter, LanguageSpec, Model } from "../models/adapter.ts";
import { checkModel } from "../models/define_adapter.ts";
import { findAdapter } from "../models/registry.ts";
import type { ProcessOptions } from "../multimodal/item.ts";
import { digestValue } from "../multimodal/item_key.ts";
import { ProcessorCache } from "../multimodal/processor_cache.ts";
import type { Executor } from "../runtime/backend.ts";
import type { GpuProbe } from "../runtime/device.ts";
import type { EncodedPrompt, Tokenizer } from "../tokenizer/tokenizer.ts";
import { loadAdapters } from "./load_adapters.ts";
import { loadEmbeddings, sizeOfEmbeddings } from "./load_embeddings.ts";
import { chooseNetworkDevice, loadNetworks } from "./load_networks.ts";
import { loadTokenizer } from "./load_tokenizer.ts";
import { DEFAULT_MAX_NUM_SEQS, planMemory } from "./memory_plan.ts";
import type { LoadedReport } from "./protocol.ts";
import { Stopwatch } from "./stopwatch.ts";

/** A checkpoint, read, with its networks on a device. */
export interface LoadedModel {
  /** The family applied to the checkpoint. */
  readonly model: Model;
  /** Text to ids and back. */
  readonly tokenizer: Tokenizer;
  /** The chat template; throws {@linkcode InvalidRequestError} if the checkpoint has none. */
  readonly chatTemplate: () => ChatTemplate;
  /** The beginning-of-sequence token as text, if there is one. */
  readonly bosToken?: string;
  /** Texts that stand for items in the template; typed by a user they are text. */
  readonly placeholderTexts: readonly string[];
  /** Text embeddings. */
  readonly embeddings: EmbeddingTable;
  /** Runs the networks. */
  readonly executor: Executor;
  /** Longest prompt and answer together, tokens. */
  readonly maxModelLen: number;
  /** Sequences worked on at the same time. */
  readonly maxNumSeqs: number;
  /** Items per prompt: the model's limit and the server's, whichever is less. */
  readonly limits: Readonly<Partial<Record<Modality, number | null>>>;
  /** Most tokens of one media item. */
  readonly maxItemTokens: number;
  /** What the processors made of earlier items. */
  readonly processorCache: ProcessorCache;
  /** Digest of the checkpoint's configuration. */
  readonly modelDigest: string;
  /** Checked before items are decoded. */
  readonly processLimits: Required<Omit<ProcessOptions, "kwargs">>;
  /** Tokens that end an answer. */
  readonly eosTokenIds: readonly number[];
  /** What the checkpoint's generation config says. */
  readonly samplingDefaults: SamplingParams;
  /**
   * Makes a prompt of raw ids; throws {@linkcode InvalidRequestError} for ids outside the vocabulary. Ids of a `user` (the
   * default) hold no placeholders.
   */
  readonly checkTokenIds: (tokenIds: readonly number[], origin?: "template" | "user", param?: string) => EncodedPrompt;
  /** For `/health`. */
  readonly report: LoadedReport;
}

/** What {@linkcode loadModel} gets from outside. */
export interface LoadOptions {
  /** Families to choose from. Default: those of this package and of the settings. */
  readonly adapters?: readonly AnyAdapter[];
  /** Called while weights are read. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  /** Notes how long each part takes. Default: one that starts now. */
  readonly watch?: Stopwatch;
  /** Takes the place of the networks, in tests. */
  readonly newExecutor?: (language: LanguageSpec, model: Model) => Executor;
  /** `navigator.gpu`. */
  readonly gpu?: GpuProbe;
  /** Memory of the host, bytes. Default: not known, so that only the setting limits it. */
  readonly hostMemoryBytes?: number;
  /** Tokens for which a new sequence gets room on a GPU. Default: 256. */
  readonly initialKvCapacity?: number;
}

/**
 * Loads a checkpoint.
 *
 * @throws {CheckpointError} If a file is missing, broken or of a kind that is not supported.
 * @throws {DeviceError} If the device asked for is not there.
 * @throws {ConfigError} If a setting does not fit the checkpoint, or the model does not fit memory.
 */
export async function loadModel(config: EngineConfig, options: LoadOptions = {}): Promise<LoadedModel> {
  const { watch = new Stopwatch() } = options;
  const checkpoint = await openCheckpoint(config.model);
  const adapter = findAdapter(options.adapters ?? await loadAdapters(config.adapters), checkpoint.modelType);
  watch.lap("checkpoint");
  const { tokenizer, refused: tokenizerNote } = loadTokenizer(checkpoint);
  watch.lap("tokenizer");
  const model = configureModel(adapter, checkpoint, tokenizer);
  const longest = model.language.maxPositionEmbeddings;
  checkMaxModelLen(config.maxModelLen, longest);
  const limits = chooseLimits(model.limits, config.limitMmPerPrompt);
  watch.lap("configuration");

  const fake = options.newExecutor?.(model.language, model);
  const choice = fake ? undefined : await chooseNetworkDevice(config, checkpoint, options.gpu);
  watch.lap("device");
  const memory = choice && planMemory({
    choice,
    weightType: config.dtype === "q8" ? "q8" : undefined,
    executor: config.executor,
    model,
    limits,
    embeddingBytes: sizeOfEmbeddings(checkpoint, adapter, model.language),
    processorCacheBytes: config.processorCacheBytes,
    longest,
    maxModelLen: config.maxModelLen,
    maxNumSeqs: config.maxNumSeqs,
    memoryBytes: config.memoryBytes,
    hostMemoryBytes: options.hostMemoryBytes,
  });
  const { maxModelLen, maxNumSeqs } = memory ??
    { maxModelLen: config.maxModelLen ?? longest, maxNumSeqs: config.maxNumSeqs ?? DEFAULT_MAX_NUM_SEQS };
  watch.lap("plan");
  const embeddings = await loadEmbeddings(checkpoint, adapter, model.language);
  watch.lap("embeddings");
  const parts = { config, checkpoint, adapter, model, maxModelLen, embeddings, watch, options };
  const executor = fake ?? await loadNetworks({ ...parts, choice: choice! });

  const { generation } = checkpoint;
  const { report } = executor;
  return {
    model,
    tokenizer,
    chatTemplate: loadTemplate(checkpoint, model, tokenizer),
    bosToken: checkpoint.tokenizer.bosToken,
    placeholderTexts: (Object.keys(model.limits) as Modality[])
      .map((modality) => model.placeholder(modality, 0)).filter((text) => text !== null),
    embeddings,
    executor,
    maxModelLen,
    maxNumSeqs,
    limits,
    maxItemTokens: config.maxItemTokens ?? maxModelLen,
    processorCache: new ProcessorCache(config.processorCacheBytes),
    modelDigest: digestCheckpoint(checkpoint),
    processLimits: {
      maxPixels: config.maxImagePixels,
      alpha: config.imageAlpha,
      maxSeconds: config.maxAudioSeconds,
    },
    eosTokenIds: generation.eosTokenIds,
    samplingDefaults: {
      temperature: generation.doSample === false ? 0 : generation.temperature,
      topP: generation.topP,
      topK: generation.topK,
      minP: generation.minP,
      repetitionPenalty: generation.repetitionPenalty,
    },
    checkTokenIds: (tokenIds, origin = "user", param = "prompt") =>
      checkTokenIds(tokenIds, origin, model.language.vocabSize, param),
    report: {
      modelType: checkpoint.modelType,
      device: report.device,
      deviceReason: report.reason,
      deviceName: report.name,
      executor: report.executor,
      executorReason: report.executorReason,
      dtype: report.dtype,
      maxModelLen,
      limits: limits as Record<string, number | null>,
      memory,
      tokenizerNote,
      startup: watch.laps,
    },
  };
}

/** Names what the items of a model are made with: its configuration and its processors' settings. */
function digestCheckpoint(checkpoint: Checkpoint): string {
  const { location, modelType, config, imageProcessor, audioProcessor, processor } = checkpoint;
  return digestValue([location, modelType, config, imageProcessor, audioProcessor, processor]);
}

/** Applies the family to the checkpoint. */
function configureModel(adapter: AnyAdapter, checkpoint: Checkpoint, tokenizer: Tokenizer): Model {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).ids;
  const tokenToId = (token: string) => tokenizer.tokenToId(token);
  const config = parseWith(adapter.config, checkpoint.config, "config.json");
  const model = adapter.configure(config, { ...checkpoint, tokenizer: { encode, tokenToId } });
  checkModel(adapter.modelType, model);
  return model;
}

/** A checkpoint without a template serves plain prompts; a conversation is refused. */
function loadTemplate(
  { chatTemplate: own, tokenizer: config }: Checkpoint,
  model: Model,
  tokenizer: Tokenizer,
): () => ChatTemplate {
  const chatTemplate = own ?? (model.chatTemplate && { source: model.chatTemplate, file: "the adapter's template" });
  if (!chatTemplate) {
    return () => {
      throw noChatTemplate();
    };
  }
  const specialTokens = tokenizer.addedTokens();
  const template = createChatTemplate(chatTemplate.source, { file: chatTemplate.file, ...config, specialTokens });
  return () => template;
}

function checkMaxModelLen(asked: number | undefined, most: number): void {
  if (asked === undefined || asked <= most) return;
  throw new ConfigError(`Expected at most ${most} tokens, the checkpoint's max_position_embeddings: found ${asked}`, {
    param: "LIMBUS_MAX_MODEL_LEN",
  });
}

function chooseLimits(
  own: Model["limits"],
  asked: Readonly<Partial<Record<string, number>>> = {},
): Partial<Record<Modality, number | null>> {
  const unknown = Object.keys(asked).find((modality) => !Object.hasOwn(own, modality) && asked[modality] !== 0);
  if (unknown !== undefined) {
    throw new ConfigError(`Expected limits for ${Object.keys(own).join(", ") || "no modality"}: found ${unknown}`, {
      param: "LIMBUS_LIMIT_MM_PER_PROMPT",
    });
  }
  return Object.fromEntries(
    Object.entries(own).map(([modality, limit]) => {
      const cap = asked[modality];
      return [modality, cap === undefined ? limit : limit === null ? cap : Math.min(cap, limit)];
    }),
  );
}

function checkTokenIds(
  tokenIds: readonly number[],
  origin: "template" | "user",
  vocabSize: number,
  param: string,
): EncodedPrompt {
  const wrong = tokenIds.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (wrong >= 0) {
    throw new InvalidRequestError(`Expected token ids from 0 to ${vocabSize - 1}: found another at index ${wrong}`, {
      param: `${param}[${wrong}]`,
    });
  }
  const ids = Uint32Array.from(tokenIds);
  return {
    ids,
    segmentIndex: new Int32Array(ids.length),
    origins: new Uint8Array(ids.length).fill(origin === "user" ? 1 : 0),
  };
}
