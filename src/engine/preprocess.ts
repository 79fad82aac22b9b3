/**
 * From a request to the prompt as the model sees it: stages 3 to 6 of a request's way.
 *
 * @module
 */
import { renderSegments } from "../chat/mod.ts";
import { AdapterError, ContextLengthError } from "../core/errors.ts";
import type { GenerateRequest, Prompt } from "../core/generate.ts";
import type { MediaPart, Modality } from "../core/message.ts";
import type { PromptSegment } from "../core/segment.ts";
import type { LanguageInputs } from "../models/adapter.ts";
import type { ProcessorKwargs } from "../multimodal/item.ts";
import { samplesOf } from "../multimodal/audio_item.ts";
import { checkItemLimits } from "../multimodal/item_limits.ts";
import { processItems } from "../multimodal/process_items.ts";
import { readProcessorKwargs } from "../multimodal/processor_kwargs.ts";
import { type MediaItem, resolveItems } from "../multimodal/resolve_items.ts";
import { type EncodedPrompt, Tokenizer } from "../tokenizer/tokenizer.ts";
import type { LoadedModel } from "./load_model.ts";
import { placeItems, rangesByItem } from "./place_items.ts";
import type { PreparedPrompt } from "./sequence.ts";
import { writeItems } from "./write_items.ts";

/**
 * Prepares a request for its prefill. Whatever can be refused from counts and headers is refused before pixels are decoded.
 *
 * @param fetchMedia Gets the bytes of one media part, within the server's limits.
 * @throws {LimbusError} If the request is at fault; `param` names the input.
 */
export async function preprocess(
  loaded: LoadedModel,
  request: GenerateRequest,
  fetchMedia: (part: MediaPart) => Promise<Uint8Array>,
): Promise<PreparedPrompt> {
  const { model, report: { modelType = "" }, processLimits, processorCache: cache } = loaded;
  const parts = mediaParts(request.prompt);
  checkItemLimits(parts, loaded.limits);
  const modalities = Object.keys(model.limits) as Modality[];
  const kwargs = readProcessorKwargs(model.processorKwargs, modalities, request.mmProcessorKwargs);
  const encoded = encodePrompt(loaded, request.prompt);
  checkContext(loaded, request, encoded.ids.length);

  const { maxPixels, alpha, maxSeconds } = processLimits;
  const { embeds, samplingRate, language: { hiddenSize } } = model;
  const audioRules = { samplingRate, maxSeconds };
  const scope = { model: loaded.modelDigest, tenant: request.tenant ?? "", settings: { kwargs, alpha } };
  const findByUuid = (modality: Modality, uuid: string) => cache.findByUuid(modality, uuid, scope);
  const found = await resolveItems(parts, {
    fetch: fetchMedia,
    maxPixels,
    embeds,
    hiddenSize,
    findByUuid,
    ...audioRules,
  });
  const written = model.itemText && found.length > 0 ? encodePrompt(loaded, request.prompt, found, kwargs) : encoded;
  const applied = placeItems(loaded, request.prompt.kind, written, found, kwargs);
  const { promptTokenIds, placeholders } = applied;
  const maxTokens = checkContext(loaded, request, promptTokenIds.length);

  const options = { ...processLimits, kwargs };
  const process = (modality: Modality, content: Uint8Array | Float32Array) =>
    modality === "audio"
      ? model.processors.audio!([samplesOf(content, audioRules)], options)
      : model.processors.image!([content as Uint8Array], options);
  const items = await processItems(found, { process, fields: model.fields, modelType, cache, scope });
  const rangesOf = rangesByItem(applied);
  const placed = items.map(({ info, tensors }) => ({
    modality: info.modality,
    index: info.index,
    ranges: rangesOf(info),
    tensors,
  }));
  const languageInputs = model.languageInputs?.({ tokenIds: promptTokenIds, items: placed }) ?? {};
  checkLanguageInputs(loaded, languageInputs, promptTokenIds.length);
  return { promptTokenIds, placeholders, items, languageInputs, maxTokens };
}

/**
 * Encodes a prompt, placeholders not yet expanded.
 *
 * @param items Items around whose placeholders the family writes text, if it does so; absent: placeholders stay alone.
 * @param kwargs The request's settings of the media processors.
 * @throws {InvalidRequestError} If the template refuses the messages, or a token id is outside the vocabulary.
 * @throws {AdapterError} If the family's `postprocessIds` gives ids and origins of different lengths.
 */
export function encodePrompt(
  loaded: LoadedModel,
  prompt: Prompt,
  items: readonly MediaItem[] = [],
  kwargs: ProcessorKwargs = {},
): EncodedPrompt {
  const encoded = prompt.kind === "tokens"
    ? loaded.checkTokenIds(prompt.tokenIds, prompt.media && "template")
    : encodeText(loaded, prompt, items, kwargs);
  const { ids, origins } = loaded.model.postprocessIds?.(encoded) ?? encoded;
  if (ids.length !== origins.length) {
    throw new AdapterError(
      `Expected postprocessIds of adapter ${loaded.report.modelType} to give as many origins as ids: found ` +
        `${origins.length} and ${ids.length}`,
    );
  }
  return { ...encoded, ids, origins };
}

function encodeText(
  loaded: LoadedModel,
  prompt: Exclude<Prompt, { kind: "tokens" }>,
  items: readonly MediaItem[],
  kwargs: ProcessorKwargs,
): EncodedPrompt {
  const { tokenizer, model } = loaded;
  const segments: PromptSegment[] = prompt.kind === "chat"
    ? renderSegments(loaded.chatTemplate(), prompt.messages, {
      placeholder: model.placeholder,
      addGenerationPrompt: prompt.addGenerationPrompt ?? true,
    })
    : [{ origin: prompt.media ? "template" : "user", text: prompt.text }];
  // A template that writes the beginning-of-sequence token itself must not get a second one; a user cannot write it. Without
  // a processor of media, whose tokenizer is called on the rendered text, a template writes everything.
  const opening = segments[0]?.origin === "template" ? segments[0].text : "";
  const addSpecialTokens = prompt.kind === "chat"
    ? Object.keys(model.limits).length > 0 && Tokenizer.addsSpecialTokens(opening, loaded.bosToken)
    : prompt.addSpecialTokens ?? true;
  const written = writeItems(segments, model, items, kwargs);
  return tokenizer.encodeSegments(written, { addSpecialTokens, placeholders: loaded.placeholderTexts });
}

function mediaParts(prompt: Prompt): MediaPart[] {
  if (prompt.kind !== "chat") return [...prompt.media ?? []];
  return prompt.messages.flatMap(({ content }) => content.filter((part) => part.type === "media"));
}

/** Checks the length of a prompt and returns how many tokens the answer may have. */
function checkContext({ maxModelLen }: LoadedModel, { prompt, sampling }: GenerateRequest, numTokens: number): number {
  const room = maxModelLen - numTokens;
  const param = prompt.kind === "chat" ? "messages" : "prompt";
  if (numTokens === 0) throw new ContextLengthError("Expected at least 1 token in the prompt: found 0", { param });
  if (room < 1) {
    throw new ContextLengthError(
      `Expected a prompt of at most ${maxModelLen - 1} tokens, media included: found ${numTokens}`,
      { param },
    );
  }
  if (sampling.maxTokens !== undefined && sampling.maxTokens > room) {
    throw new ContextLengthError(
      `Expected prompt and answer to fit ${maxModelLen} tokens together: found ${numTokens} and max_tokens ${sampling.maxTokens}`,
      { param: "max_tokens" },
    );
  }
  return sampling.maxTokens ?? room;
}

/** Checks that positions and further inputs are as long as the prompt. */
function checkLanguageInputs(
  { report }: LoadedModel,
  { positionIds, perToken = {} }: LanguageInputs,
  numTokens: number,
): void {
  const about = `of adapter ${report.modelType}`;
  if (positionIds && (positionIds.length === 0 || positionIds.length % numTokens !== 0)) {
    throw new AdapterError(
      `Expected positionIds ${about} to hold ${numTokens} positions on each axis: found ${positionIds.length}`,
    );
  }
  for (const [name, values] of Object.entries(perToken)) {
    if (values.length === numTokens) continue;
    throw new AdapterError(`Expected ${name} ${about} to hold ${numTokens} values: found ${values.length}`);
  }
}
