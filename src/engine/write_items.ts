import type { PromptSegment } from "../core/segment.ts";
import type { Model } from "../models/adapter.ts";
import { onItem } from "../multimodal/for_item.ts";
import type { ProcessorKwargs } from "../multimodal/item.ts";
import type { MediaItem } from "../multimodal/resolve_items.ts";

/**
 * Writes around placeholders what the family's own processor writes there before it tokenizes.
 *
 * @param segments The prompt; placeholders are segments of their own, or spelled in text that a program wrote.
 * @param model The family; without `itemText` nothing changes.
 * @param items The prompt's items, in the order of the request.
 * @param kwargs The request's settings of the media processors.
 * @throws {MediaDecodeError} If an item of this size cannot be represented; `param` is the item's.
 */
export function writeItems(
  segments: readonly PromptSegment[],
  { placeholder, itemText }: Pick<Model, "placeholder" | "itemText">,
  items: readonly MediaItem[],
  kwargs: ProcessorKwargs,
): readonly PromptSegment[] {
  if (!itemText || items.length === 0) return segments;
  const write = ({ info, param }: MediaItem): PromptSegment[] => {
    const { before, placeholder: text, after } = onItem(param, () => itemText(info, kwargs));
    const { modality, index } = info;
    return [
      { origin: "template", text: before },
      { origin: "item", text, modality, index },
      { origin: "template", text: after },
    ];
  };
  if (segments.some(({ origin }) => origin === "item")) {
    const byName = new Map(items.map((item) => [`${item.info.modality} ${item.info.index}`, item]));
    return segments.flatMap((segment) => {
      const own = segment.origin === "item" ? byName.get(`${segment.modality} ${segment.index}`) : undefined;
      return own ? write(own) : [segment];
    });
  }
  const waiting = new Map<string, MediaItem[]>();
  for (const item of items) {
    const text = placeholder(item.info.modality, item.info.index);
    if (!text) continue;
    const queue = waiting.get(text);
    if (queue) queue.push(item);
    else waiting.set(text, [item]);
  }
  const spellings = [...waiting.keys()].sort((a, b) => b.length - a.length).map(RegExp.escape);
  if (spellings.length === 0) return segments;
  const pattern = new RegExp(`(${spellings.join("|")})`, "u");
  return segments.flatMap((segment) => {
    if (segment.origin !== "template") return [segment];
    return segment.text.split(pattern).flatMap((text): PromptSegment[] => {
      const next = waiting.get(text)?.shift();
      return next ? write(next) : [{ origin: "template", text }];
    });
  });
}
