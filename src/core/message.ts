import type { Tensor } from "./tensor.ts";

/** Kinds of media that a prompt can hold beside text. */
export type Modality = "image" | "audio" | "video";

/** Where the bytes of a media item come from. */
export type MediaSource =
  /** An `http:`, `https:` or base64 `data:` URL, as the client sent it; not yet checked. */
  | { readonly kind: "url"; readonly url: string }
  /** Bytes of a file, in hand. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Sound that is decoded already: one channel, -1 to 1, at `samplingRate` hertz. Shape `[num_samples]`. */
  | { readonly kind: "samples"; readonly samples: Float32Array; readonly samplingRate: number }
  /**
   * Precomputed rows of one item, float32 `[num_rows, hidden_size]` (or `[1, num_rows, hidden_size]`), under the name
   * `{modality}_embeds`, with whatever else the family needs, such as `image_grid_thw`.
   */
  | { readonly kind: "embeds"; readonly tensors: Readonly<Record<string, Tensor>> }
  /** Nothing: the item was sent before under the part's `uuid`. */
  | { readonly kind: "cached" };

/** A source that is a file. */
export type FileSource = Extract<MediaSource, { readonly kind: "url" | "bytes" }>;

/** Plain text that somebody wrote. Never becomes a special token or a placeholder. */
export interface TextPart {
  /** Says that this is text. */
  readonly type: "text";
  /** The text, as it was written. */
  readonly text: string;
}

/** One media item, at its place between the texts. */
export interface MediaPart {
  /** Says that this is a media item. */
  readonly type: "media";
  /** Kind of media. */
  readonly modality: Modality;
  /** Where its bytes are. */
  readonly source: MediaSource;
  /** Path of the item in the request, for errors: `messages[2].content[1].image_url`. */
  readonly param: string;
  /** The client's own name for the item: sent again with it, the item is taken from the processor cache. */
  readonly uuid?: string;
}

/** A piece of a message. */
export type ContentPart = TextPart | MediaPart;

/** Who speaks. */
export type Role = "system" | "developer" | "user" | "assistant" | "tool";

/** One turn of a conversation, checked. */
export interface ChatMessage {
  /** Who speaks. */
  readonly role: Role;
  /** In the order in which they were written. */
  readonly content: readonly ContentPart[];
  /** Name of the speaker, where the client gave one. */
  readonly name?: string;
}
