import type { Modality } from "./message.ts";

/** Who wrote a stretch of the prompt. */
export type Origin = "template" | "user" | "item";

/**
 * A stretch of the rendered prompt whose origin is known.
 *
 * - `template`: written by the checkpoint's chat template; special tokens in it are special.
 * - `user`: written by somebody else; nothing in it is special.
 * - `item`: the placeholder of one media item, written by the template or by us on the item's behalf.
 */
export type PromptSegment =
  | { readonly origin: "template" | "user"; readonly text: string }
  | {
    readonly origin: "item";
    readonly text: string;
    readonly modality: Modality;
    /** Index among the items of its modality, in the order of the request. */
    readonly index: number;
  };
