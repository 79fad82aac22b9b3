/**
 * From a request to the prompt as the model sees it: stages 3 to 6 of a request's way.
 *
 * @module
 */
import { renderSegments } from "../chat/mod.ts";
import { ContextLengthError } from "../core/errors.ts";
import type { GenerateRequest, Prompt } from "../core/generate.ts";
import type { MediaPart, Modality } from "../core/message.ts";
import type { PromptSegment } from "../core/segment.ts";
import { checkItemLimits, processItems, resolveItems } from "../multimodal/processor.ts";
import { applyPromptUpdates } from "../multimodal/prompt_update.ts";
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
  const encoded = encodePrompt(loaded, request.prompt);
  checkContext(loaded, request, encoded.ids.length);

  const found = await resolveItems(parts, fetchMedia, processLimits.maxPixels);
  const updates = model.promptUpdates(found);
  const { promptTokenIds, placeholders } = applyPromptUpdates(encoded.ids, updates, { origins: encoded.origins });
  const maxTokens = checkContext(loaded, request, promptTokenIds.length);

  const process = (modality: Modality, bytes: Uint8Array) => model.processors[modality]!([bytes], processLimits);
  const items = await processItems(found, process, model.fields);
  return { promptTokenIds, placeholders, items, maxTokens };
}

/**
 * Encodes a prompt, placeholders not yet expanded.
 *
 * @throws {InvalidRequestError} If the template refuses the messages, or a token id is outside the vocabulary.
 */
export function encodePrompt(loaded: LoadedModel, prompt: Prompt): EncodedPrompt {
  const { tokenizer, model } = loaded;
  if (prompt.kind === "tokens") return loaded.checkTokenIds(prompt.tokenIds);
  const segments: PromptSegment[] = prompt.kind === "chat"
    ? renderSegments(loaded.chatTemplate(), prompt.messages, {
      placeholder: model.placeholder,
      addGenerationPrompt: prompt.addGenerationPrompt ?? true,
    })
    : [{ origin: "user", text: prompt.text }];
  // A template that writes the beginning-of-sequence token itself must not get a second one; a user cannot write it.
  const opening = segments[0]?.origin === "template" ? segments[0].text : "";
  const addSpecialTokens = prompt.kind === "chat"
    ? Tokenizer.addsSpecialTokens(opening, loaded.bosToken)
    : prompt.addSpecialTokens ?? true;
  return tokenizer.encodeSegments(segments, { addSpecialTokens, placeholders: loaded.placeholderTexts });
}

function mediaParts(prompt: Prompt): MediaPart[] {
  if (prompt.kind !== "chat") return [];
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
