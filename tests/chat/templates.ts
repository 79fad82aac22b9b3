import type { ChatTemplate } from "../../src/chat/template.ts";
import { createChatTemplate } from "../../src/chat/template.ts";
import type { ChatMessage, ContentPart, Role } from "../../src/core/message.ts";

/** What the templates of the tests print, and what a client may spell. */
export const SPECIAL_TOKENS = [
  "<s>",
  "</s>",
  "<image>",
  "<|image|>",
  "<|image_pad|>",
  "<|vision_start|>",
  "<|vision_end|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eot_id|>",
  "[INST]",
  "[/INST]",
  "[IMG]",
  "<start_of_image>",
  "<start_of_turn>",
  "<end_of_turn>",
  "<think>",
  "</think>",
];

/** The instant at which the goldens were made. */
const NOW = new Date(2026, 2, 7, 4, 5, 6);

/** Loads one of the templates beside the goldens. */
export function loadTemplate(name: string): ChatTemplate {
  const url = new URL(`../testdata/chat/templates/${name}.jinja`, import.meta.url);
  return template(Deno.readTextFileSync(url));
}

/** Makes a template from its source, with the tests' tokens and clock. */
export function template(source: string): ChatTemplate {
  return createChatTemplate(source, {
    bosToken: "<s>",
    eosToken: "</s>",
    specialTokens: SPECIAL_TOKENS,
    now: () => NOW,
  });
}

/** A message of texts and pictures: a string is a text, null a picture. */
export function message(role: Role, ...parts: (string | null)[]): ChatMessage {
  const content = parts.map((part): ContentPart =>
    part === null
      ? { type: "media", modality: "image", source: { kind: "bytes", bytes: new Uint8Array() }, param: "messages" }
      : { type: "text", text: part }
  );
  return { role, content };
}
