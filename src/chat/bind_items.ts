import { InvalidRequestError } from "../core/errors.ts";
import type { PromptSegment } from "../core/segment.ts";
import type { Piece } from "./pieces.ts";

/** An item that has a placeholder. */
type PlacedItem = Extract<Piece, { kind: "item" }> & { readonly placeholder: string };

/**
 * Finds the placeholders that a template printed and binds them to the items of each modality in order. The order of a
 * modality's items stays that of the request, wherever the template prints them.
 *
 * @param segments Rendered text; only `template` stretches are searched.
 * @param pieces The conversation's pieces.
 * @throws {InvalidRequestError} If the template printed fewer or more placeholders than there are items.
 */
export function bindItems(segments: readonly PromptSegment[], pieces: readonly Piece[]): PromptSegment[] {
  const items = pieces.filter((piece): piece is PlacedItem => piece.kind === "item" && piece.placeholder !== null);
  if (items.length === 0) return [...segments];
  const waiting = items.filter((item) => item.printedBy === "template");
  const spellings = [...new Set(items.map((item) => item.placeholder))].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(spellings.map(RegExp.escape).join("|"), "gu");
  const result = segments.flatMap((segment): PromptSegment[] => {
    if (segment.origin !== "template") return [segment];
    const parts: PromptSegment[] = [];
    let position = 0;
    for (const match of segment.text.matchAll(pattern)) {
      const next = waiting.findIndex((item) => item.placeholder === match[0]);
      if (next < 0) throw mismatch(items.length, "more");
      const [item] = waiting.splice(next, 1);
      parts.push({ origin: "template", text: segment.text.slice(position, match.index) });
      parts.push({ origin: "item", text: match[0], modality: item.modality, index: item.index });
      position = match.index + match[0].length;
    }
    return [...parts, { origin: "template", text: segment.text.slice(position) }];
  });
  const bound = result.flatMap((segment) => segment.origin === "item" ? [`${segment.modality} ${segment.index}`] : []);
  const distinct = new Set(bound).size;
  if (distinct < items.length) throw mismatch(items.length, String(distinct));
  if (bound.length > items.length) throw mismatch(items.length, "more");
  return result;
}

function mismatch(expected: number, found: string): InvalidRequestError {
  return new InvalidRequestError(
    `Expected the model's chat template to print ${expected} placeholder${expected === 1 ? "" : "s"}: found ${found}`,
    {
      code: "placeholder_count",
      param: "messages",
      hint: "Most templates take pictures in messages of the user only",
    },
  );
}
