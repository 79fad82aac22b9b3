/**
 * From a request to the prompt as the model sees it: stages 3 to 6 of a request's way.
 *
 * @module
 */
import { renderSegments } from "../chat/mod.ts";
import { AdapterError, ContextLengthError, InvalidRequestError } from "../core/errors.ts";
import type { GenerateRequest, Prompt } from "../core/generate.ts";
import type { MediaPart } from "../core/message.ts";
import type { PromptSegment } from "../core/segment.ts";
import type { Model } from "../models/adapter.ts";
import { onItem } from "../multimodal/for_item.ts";
import type { ProcessorKwargs } from "../multimodal/item.ts";
import { checkItemLimits } from "../multimodal/item_limits.ts";
import { numEmbeds } from "../multimodal/placeholder.ts";
import { processItems } from "../multimodal/process_items.ts";
import { type AppliedUpdates, applyPromptUpdates } from "../multimodal/prompt_update.ts";
import { type MediaItem, resolveItems } from "../multimodal/resolve_items.ts";
import { type EncodedPrompt, Tokenizer } from "../tokenizer/tokenizer.ts";
import type { LoadedModel } from "./load_model.ts";
import type { PreparedPrompt } from "./sequence.ts";

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
  const { model, processLimits } = loaded;
  const parts = mediaParts(request.prompt);
  checkItemLimits(parts, loaded.limits);
  const kwargs = readProcessorKwargs(model, request.mmProcessorKwargs);
  const encoded = encodePrompt(loaded, request.prompt);
  checkContext(loaded, request, encoded.ids.length);

  const { maxPixels } = processLimits;
  const { embeds, language: { hiddenSize } } = model;
  const found = await resolveItems(parts, { fetch: fetchMedia, maxPixels, embeds, hiddenSize });
  const { promptTokenIds, placeholders } = placeItems(loaded, encoded, found, kwargs);
  const maxTokens = checkContext(loaded, request, promptTokenIds.length);

  const options = { ...processLimits, kwargs };
  const items = await processItems(
    found,
    (modality, content) =>
      modality === "audio"
        ? model.processors.audio!([content as Float32Array], options)
        : model.processors.image!([content as Uint8Array], options),
    model.fields,
  );
  const placed = items.map(({ info: { modality, index }, tensors }) => {
    const ranges = (placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === index);
    return { modality, index, ranges, tensors };
  });
  const languageInputs = model.languageInputs?.({ tokenIds: promptTokenIds, items: placed }) ?? {};
  return { promptTokenIds, placeholders, items, languageInputs, maxTokens };
}

/** Expands the placeholders, and checks that each item gets as many embed positions as its closed form says. */
function placeItems(
  { model, report }: LoadedModel,
  { ids, origins }: EncodedPrompt,
  items: readonly MediaItem[],
  kwargs: ProcessorKwargs,
): AppliedUpdates {
  const wanted = items.map(({ info, param }) => onItem(param, () => model.numTokens(info, kwargs)));
  const updates = items.length === 0 ? [] : model.promptUpdates(items.map(({ info }) => info), kwargs);
  const applied = applyPromptUpdates(ids, updates, { origins });
  items.forEach(({ info: { modality, index } }, i) => {
    const ranges = (applied.placeholders[modality] ?? []).filter(({ itemIndex }) => itemIndex === index);
    const found = ranges.reduce((sum, range) => sum + numEmbeds(range), 0);
    if (found === wanted[i]) return;
    throw new AdapterError(
      `Expected the prompt updates of adapter ${report.modelType} to give ${modality} ${index} its ` +
        `${wanted[i]} embed positions: found ${found}`,
    );
  });
  return applied;
}

/**
 * Encodes a prompt, placeholders not yet expanded.
 *
 * @throws {InvalidRequestError} If the template refuses the messages, or a token id is outside the vocabulary.
 */
export function encodePrompt(loaded: LoadedModel, prompt: Prompt): EncodedPrompt {
  const encoded = prompt.kind === "tokens"
    ? loaded.checkTokenIds(prompt.tokenIds, prompt.media && "template")
    : encodeText(loaded, prompt);
  const processed = loaded.model.postprocessIds?.(encoded);
  return processed ? { ...encoded, ...processed } : encoded;
}

function encodeText(loaded: LoadedModel, prompt: Exclude<Prompt, { kind: "tokens" }>): EncodedPrompt {
  const { tokenizer, model } = loaded;
  const segments: PromptSegment[] = prompt.kind === "chat"
    ? renderSegments(loaded.chatTemplate(), prompt.messages, {
      placeholder: model.placeholder,
      addGenerationPrompt: prompt.addGenerationPrompt ?? true,
    })
    : [{ origin: prompt.media ? "template" : "user", text: prompt.text }];
  // A template that writes the beginning-of-sequence token itself must not get a second one; a user cannot write it.
  const opening = segments[0]?.origin === "template" ? segments[0].text : "";
  const addSpecialTokens = prompt.kind === "chat"
    ? Tokenizer.addsSpecialTokens(opening, loaded.bosToken)
    : prompt.addSpecialTokens ?? true;
  return tokenizer.encodeSegments(segments, { addSpecialTokens, placeholders: loaded.placeholderTexts });
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

/** Checks a request's settings of the media processors against the family's schema. */
function readProcessorKwargs(model: Model, given: GenerateRequest["mmProcessorKwargs"]): ProcessorKwargs {
  const names = Object.keys(given ?? {});
  if (names.length === 0) return {};
  const read = model.processorKwargs?.safeParse(given);
  if (read?.success) return read.data;
  const issue = read?.error.issues[0];
  const path = issue ? issue.path.join(".") : "";
  const param = path === "" ? "mm_processor_kwargs" : `mm_processor_kwargs.${path}`;
  const expected = issue
    ? `${param} to fit the model's processor`
    : "no mm_processor_kwargs, because the model has none";
  throw new InvalidRequestError(`Expected ${expected}: found ${issue?.message ?? `${names.length}`}`, { param });
}
