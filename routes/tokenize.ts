import type { Handler } from "hono";
import * as z from "zod";
import { InvalidRequestError } from "../src/core/errors.ts";
import type { Prompt } from "../src/core/generate.ts";
import type { Engine } from "../src/engine/interface.ts";
import { readJson } from "./body.ts";
import type { RouteContext } from "./mod.ts";
import { type PartOptions, wellFormedText } from "./openai/content_parts.ts";
import { chatMessages, toChatMessages } from "./openai/messages.ts";
import { checkModel, parseWith } from "./openai/parse.ts";

/** vLLM's body: a text or a conversation. */
const tokenizeBody = z.strictObject({
  model: z.string().nullish(),
  prompt: wellFormedText.nullish(),
  add_special_tokens: z.boolean().nullish(),
  messages: chatMessages.nullish(),
  add_generation_prompt: z.boolean().nullish(),
});

/** `POST /tokenize`: the ids of a prompt, each media item as its placeholder; in vLLM's form. */
export function tokenize(engine: Engine, { limits, enableMmEmbeds }: RouteContext): Handler {
  return async function tokenize(c) {
    const prompt = toPrompt(await readJson(c.req.raw, limits), engine.servedModelName, { enableMmEmbeds });
    const { tokenIds, maxModelLen } = await engine.tokenize(prompt, { signal: c.req.raw.signal });
    return c.json({ tokens: [...tokenIds], count: tokenIds.length, max_model_len: maxModelLen });
  };
}

function toPrompt(body: unknown, servedModelName: string, options: PartOptions): Prompt {
  const fields = parseWith(tokenizeBody, body);
  checkModel(fields.model ?? servedModelName, servedModelName);
  if ((fields.prompt == null) === (fields.messages == null)) {
    throw new InvalidRequestError("Expected either prompt or messages: found both or none", { param: "prompt" });
  }
  if (fields.prompt != null) {
    if (fields.add_generation_prompt != null) refuseBeside("add_generation_prompt", "messages");
    return { kind: "text", text: fields.prompt, addSpecialTokens: fields.add_special_tokens ?? true };
  }
  if (fields.add_special_tokens) refuseBeside("add_special_tokens", "prompt");
  return {
    kind: "chat",
    messages: toChatMessages(fields.messages!, options),
    addGenerationPrompt: fields.add_generation_prompt ?? true,
  };
}

function refuseBeside(param: string, other: string): never {
  throw new InvalidRequestError(`Expected ${param} only together with ${other}: found it without`, { param });
}
