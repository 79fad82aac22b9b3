/**
 * A checkpoint, loaded for checks, with what every law needs to ask it.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { openCheckpoint, parseJson } from "../checkpoint/mod.ts";
import type { ItemRows } from "../compute/embedding.ts";
import { type EngineConfig, resolveEngineConfig } from "../config.ts";
import type { Prompt } from "../core/generate.ts";
import type { ContentPart, MediaPart, Modality } from "../core/message.ts";
import { encodeItems } from "../engine/encode_items.ts";
import { fetchMediaWithin } from "../engine/fetch_media.ts";
import { type LoadedModel, loadModel } from "../engine/load_model.ts";
import { LocalEngine } from "../engine/local_engine.ts";
import { preprocess } from "../engine/preprocess.ts";
import type { PreparedPrompt } from "../engine/sequence.ts";
import { ProcessorCache } from "../multimodal/processor_cache.ts";
import { createRandom, type Random } from "./random.ts";
import { randomImage, randomSound, type SampleItem } from "./sample_item.ts";
import type { ConformanceSubject } from "./subject.ts";

/** A piece of a prompt: text that a user writes, or an item. */
export type Piece = string | SampleItem;

/** What is read of a `tokenizer.json` that the tokenizer has taken. */
interface TokenizerFile {
  readonly added_tokens?: readonly { readonly content: string; readonly special?: boolean }[];
  readonly model?: { readonly unk_token?: string };
}

/** A subject, loaded on WASM in f32. */
export class ConformanceSession implements AsyncDisposable {
  /** What is checked. */
  readonly subject: ConformanceSubject;
  /** The model. */
  readonly loaded: LoadedModel;
  /** Answers requests. */
  readonly engine: LocalEngine;
  /** Special tokens and placeholders as texts: what a user must not be able to write. */
  readonly specialTexts: readonly string[];
  readonly #config: EngineConfig;
  #numAnswers = 0;

  private constructor(
    subject: ConformanceSubject,
    config: EngineConfig,
    loaded: LoadedModel,
    specialTexts: readonly string[],
  ) {
    this.subject = subject;
    this.#config = config;
    this.loaded = loaded;
    this.specialTexts = specialTexts;
    this.engine = new LocalEngine(loaded, config, { fetchMedia: fetchMediaWithin(config) });
  }

  /**
   * Loads a subject.
   *
   * @throws {CheckpointError} If the checkpoint cannot be loaded.
   */
  static async open(subject: ConformanceSubject): Promise<ConformanceSession> {
    const model = subject.checkpoint instanceof URL ? fromFileUrl(subject.checkpoint) : subject.checkpoint;
    const config = resolveEngineConfig({ model, device: "wasm", dtype: "f32", numThreads: 1 });
    const loaded = await loadModel(config, subject.adapter && { adapters: [subject.adapter] });
    const { tokenizerJson } = await openCheckpoint(model);
    const file = parseJson(tokenizerJson, "tokenizer.json") as TokenizerFile;
    const added = file.added_tokens ?? [];
    const unknown = file.model?.unk_token; // text that has no token may become it
    const special = added.filter((token) => token.special && token.content !== unknown).map(({ content }) => content);
    return new ConformanceSession(subject, config, loaded, [...new Set([...special, ...loaded.placeholderTexts])]);
  }

  /** The modalities that the model takes. */
  get modalities(): Modality[] {
    return (Object.keys(this.loaded.limits) as Modality[]).filter((modality) => this.loaded.limits[modality] !== 0);
  }

  /** A new source of numbers; laws do not share one, so that each can run alone. */
  random(salt = 0): Random {
    return createRandom((this.subject.seed ?? 1) * 1000 + salt);
  }

  /** Items of random sizes and content, at most as many as a prompt may have. */
  items(random: Random, modality: Modality, count: number): SampleItem[] {
    const { imageSides: [low, high] = [12, 150], audioSeconds: [least, most] = [0.1, 2], samples } = this.subject;
    const rate = this.loaded.model.samplingRate ?? 16_000;
    const make = samples?.[modality] ??
      (modality === "audio"
        ? () => randomSound(random, random.magnitude(least * rate, most * rate), rate)
        : () => randomImage(random, random.integer(low, high), random.integer(low, high)));
    const limit = this.loaded.limits[modality];
    return Array.from({ length: Math.min(count, limit ?? count) }, () => make(random));
  }

  /** Whether there is a chat template, the checkpoint's or the adapter's. */
  get hasTemplate(): boolean {
    try {
      return this.loaded.chatTemplate() !== undefined;
    } catch {
      return false;
    }
  }

  /** A prompt of texts and items: a conversation of one turn; without a chat template a text of the program's own. */
  prompt(pieces: readonly Piece[]): Prompt {
    if (!this.hasTemplate) return this.ownText(pieces);
    const content = pieces.map((piece, at): ContentPart =>
      typeof piece === "string" ? { type: "text", text: piece } : toPart(piece, `messages[0].content[${at}]`)
    );
    return { kind: "chat", messages: [{ role: "user", content }] };
  }

  /** The same as text that a program writes, in which placeholders stand for the items. */
  ownText(pieces: readonly Piece[]): Extract<Prompt, { kind: "text" }> {
    const counts = new Map<Modality, number>();
    const text = pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      const index = counts.get(piece.modality) ?? 0;
      counts.set(piece.modality, index + 1);
      return this.loaded.model.placeholder(piece.modality, index) ?? "";
    }).join("");
    const items = pieces.filter((piece) => typeof piece !== "string");
    return { kind: "text", text, media: items.map((item, at) => toPart(item, `media[${at}]`)) };
  }

  /** Prepares a prompt, whatever its length; nothing is cached unless a cache is given. */
  prepare(prompt: Prompt, options: PrepareOptions = {}): Promise<PreparedPrompt> {
    const { kwargs: mmProcessorKwargs, limits = this.loaded.limits, cache = new ProcessorCache(0) } = options;
    const fetchMedia = fetchMediaWithin(this.#config);
    const anyLength = { maxModelLen: Number.MAX_SAFE_INTEGER, maxItemTokens: Number.MAX_SAFE_INTEGER };
    const loaded = { ...this.loaded, ...anyLength, limits, processorCache: cache };
    const request = { requestId: "prepared", prompt, sampling: { maxTokens: 1 }, mmProcessorKwargs };
    return preprocess(loaded, request, (part) => fetchMedia(part, new AbortController().signal));
  }

  /** Runs towers and connectors over the items of a prompt. */
  encode(prepared: PreparedPrompt): Promise<ItemRows[]> {
    return encodeItems(this.loaded, prepared);
  }

  /** The most likely tokens after a prompt. */
  async answer(prompt: Prompt, maxTokens = 6): Promise<number[]> {
    const request = {
      requestId: `answer-${this.#numAnswers++}`,
      prompt,
      sampling: { temperature: 0, maxTokens, ignoreEos: true },
    };
    const tokenIds: number[] = [];
    for await (const output of this.engine.generate(request)) {
      if (output.type === "delta") tokenIds.push(...output.tokenIds);
    }
    return tokenIds;
  }

  /** Closes the model. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.engine[Symbol.asyncDispose]();
  }
}

/** Options of {@linkcode ConformanceSession.prepare}. */
export interface PrepareOptions {
  /** The request's `mm_processor_kwargs`. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Items per prompt in place of the model's. */
  readonly limits?: LoadedModel["limits"];
  /** Where processed items are kept and found. */
  readonly cache?: ProcessorCache;
}

function toPart(item: SampleItem, param: string): MediaPart {
  return { type: "media", ...item, param };
}
