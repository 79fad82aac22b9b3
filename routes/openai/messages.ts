import * as z from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { ChatMessage } from "../../src/core/message.ts";
import { contentPart, type PartOptions, toContentPart, wellFormedText } from "./content_parts.ts";

/** One entry of `messages`, with the fields that clients send back from an earlier answer. */
const chatMessage = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([wellFormedText, z.array(contentPart).min(1)]),
  name: wellFormedText.nullish(),
  tool_call_id: z.string().nullish(),
  refusal: z.null().optional(),
  audio: z.null().optional(),
  function_call: z.null().optional(),
  tool_calls: z.array(z.unknown()).max(0, "Expected no tool calls: found some, which this server does not support")
    .nullish(),
  annotations: z.array(z.unknown()).nullish(),
});

/** OpenAI's `messages`, unchecked beyond their form. */
export const chatMessages: z.ZodType<WireMessage[]> = z.array(chatMessage).min(1);

/** A message as it comes over the wire. */
export type WireMessage = z.infer<typeof chatMessage>;

/** Fields of messages and parts that exist elsewhere and are not supported here. */
export const UNSUPPORTED_MESSAGE_FIELDS: readonly string[] = ["reasoning", "reasoning_content"];

/**
 * Turns messages of the wire into those of the engine.
 *
 * @throws {InvalidRequestError} If a message that is not the user's holds media, or a part is at fault.
 */
export function toChatMessages(messages: readonly WireMessage[], options: PartOptions = {}): ChatMessage[] {
  return messages.map(({ role, content, name }, index) => ({
    role,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content.map((part, at) => {
      const path = `messages[${index}].content[${at}]`;
      if (part.type !== "text" && role !== "user") {
        throw new InvalidRequestError("Expected media in messages of the user only: found some elsewhere", {
          param: `${path}.${part.type}`,
        });
      }
      return toContentPart(part, path, options);
    }),
    ...(name != null && { name }),
  }));
}
