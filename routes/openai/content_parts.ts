/**
 * The parts of a message's content, from the wire to the engine. One entry of the union and one case for each type.
 *
 * @module
 */
import * as z from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { ContentPart, MediaSource, Modality } from "../../src/core/message.ts";
import { readEmbedsFile } from "./embeds_file.ts";

/** Text that survives the way to UTF-8 and back. */
export const wellFormedText: z.ZodType<string> = z.string().refine((text) => text.isWellFormed(), {
  message: "Expected well-formed Unicode: found half of a surrogate pair",
});

const nonEmptyText = z.string().min(1);

/** The client's own name for an item; with it the payload may be null once the item has been sent. */
const uuid = z.string().min(1).max(256).nullish();

/** OpenAI's parts and vLLM's, unchecked beyond their form. */
export const contentPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: wellFormedText }),
  z.strictObject({
    type: z.literal("image_url"),
    image_url: z.union([
      nonEmptyText,
      z.strictObject({ url: nonEmptyText, detail: z.enum(["auto", "low", "high"]).nullish() }),
    ]).nullish(),
    uuid,
  }),
  // The file's own bytes say what it is; the format is there because OpenAI asks for it.
  z.strictObject({
    type: z.literal("input_audio"),
    input_audio: z.strictObject({ data: nonEmptyText, format: z.enum(["wav", "mp3", "flac", "ogg"]) }).nullish(),
    uuid,
  }),
  z.strictObject({
    type: z.literal("audio_url"),
    audio_url: z.union([nonEmptyText, z.strictObject({ url: nonEmptyText })]).nullish(),
    uuid,
  }),
  z.strictObject({ type: z.literal("image_embeds"), image_embeds: nonEmptyText.nullish(), uuid }),
  z.strictObject({ type: z.literal("audio_embeds"), audio_embeds: nonEmptyText.nullish(), uuid }),
]);

/** A part as it comes over the wire. */
export type WirePart = z.infer<typeof contentPart>;

/** What a server takes. */
export interface PartOptions {
  /** Whether precomputed embeddings are taken. Default: false. */
  readonly enableMmEmbeds?: boolean;
}

/**
 * Turns a part of the wire into one of the engine.
 *
 * @param at Path of the part, such as `messages[2].content[1]`.
 * @throws {InvalidRequestError} If there is neither a payload nor a uuid, or embeddings are not taken or broken.
 */
export function toContentPart(part: WirePart, at: string, { enableMmEmbeds = false }: PartOptions): ContentPart {
  if (part.type === "text") return part;
  const param = `${at}.${part.type}`;
  const media = (modality: Modality, source: MediaSource | undefined): ContentPart => ({
    type: "media",
    modality,
    source: source ?? withoutPayload(part.uuid, param),
    param,
    ...(part.uuid != null && { uuid: part.uuid }),
  });
  const embeds = (modality: Modality, file: string | null | undefined) => {
    if (!enableMmEmbeds) refuseEmbeds(param);
    return media(modality, file == null ? undefined : { kind: "embeds", tensors: readEmbedsFile(file, param) });
  };
  switch (part.type) {
    case "image_url": {
      const url = typeof part.image_url === "string" ? part.image_url : part.image_url?.url;
      return media("image", url === undefined ? undefined : { kind: "url", url });
    }
    case "audio_url": {
      const url = typeof part.audio_url === "string" ? part.audio_url : part.audio_url?.url;
      return media("audio", url === undefined ? undefined : { kind: "url", url });
    }
    case "input_audio": {
      const { data, format } = part.input_audio ?? {};
      // Decoded where all media are fetched, within the same limits.
      return media(
        "audio",
        data === undefined ? undefined : { kind: "url", url: `data:audio/${format};base64,${data}` },
      );
    }
    case "image_embeds":
      return embeds("image", part.image_embeds);
    case "audio_embeds":
      return embeds("audio", part.audio_embeds);
  }
}

/** A part without a payload names an item that was sent before. */
function withoutPayload(uuid: string | null | undefined, param: string): MediaSource {
  if (uuid != null) return { kind: "cached" };
  throw new InvalidRequestError("Expected a payload, or the uuid of an item that was sent before: found neither", {
    param,
    code: "missing_required_parameter",
  });
}

function refuseEmbeds(param: string): never {
  throw new InvalidRequestError("Expected no precomputed embeddings, which this server does not take: found some", {
    param,
    code: "embeddings_disabled",
    hint: "LIMBUS_ENABLE_MM_EMBEDS=1 allows them",
  });
}
