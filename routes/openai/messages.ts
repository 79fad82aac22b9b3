import * as z from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { ChatMessage, ContentPart } from "../../src/core/message.ts";

/** Text that survives the way to UTF-8 and back. */
export const wellFormedText: z.ZodType<string> = z.string().refine((text) => text.isWellFormed(), {
  message: "Expected well-formed Unicode: found half of a surrogate pair",
});

const nonEmptyText = z.string().min(1);

const contentPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: wellFormedText }),
  z.strictObject({
    type: z.literal("image_url"),
    image_url: z.union([
      nonEmptyText,
      z.strictObject({ url: nonEmptyText, detail: z.enum(["auto", "low", "high"]).nullish() }),
    ]),
  }),
]);

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
export const UNSUPPORTED_MESSAGE_FIELDS: readonly string[] = ["reasoning", "reasoning_content", "uuid"];

/**
 * Turns messages of the wire into those of the engine.
 *
 * @throws {InvalidRequestError} If a message that is not the user's holds a picture.
 */
export function toChatMessages(messages: readonly WireMessage[]): ChatMessage[] {
  return messages.map(({ role, content, name }, index) => ({
    role,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content.map((part, at): ContentPart => {
      if (part.type === "text") return part;
      const param = `messages[${index}].content[${at}].image_url`;
      if (role !== "user") {
        throw new InvalidRequestError("Expected pictures in messages of the user only: found one elsewhere", { param });
      }
      const url = typeof part.image_url === "string" ? part.image_url : part.image_url.url;
      return { type: "media", modality: "image", source: { kind: "url", url }, param };
    }),
    ...(name != null && { name }),
  }));
}
