import { InvalidRequestError } from "../core/errors.ts";
import type { PromptSegment } from "../core/segment.ts";
import { type Piece, plainText } from "./pieces.ts";

/** What {@linkcode alignByTokens} works on. */
export interface Alignment {
  /** The conversation's pieces. */
  readonly pieces: readonly Piece[];
  /** The conversation as the template renders it. */
  readonly plain: string;
  /** Renders the conversation with its pieces written in another way. */
  readonly render: (write: (piece: Piece, index: number) => string) => string;
  /** Texts of the tokenizer's added tokens. */
  readonly specialTokens: readonly string[];
}

/**
 * Finds origins in the text of a template that looks into the client's texts, such as one that cuts a model's reasoning out
 * of earlier answers.
 *
 * Only special tokens and placeholders need an origin, for nothing else has rights. One of them is the template's if no
 * client text holds it (not even all of them put together, which covers tokens made of two neighbours) and if the template
 * prints it as often around other texts. Everything else is taken for the client's. So a client who types a special token
 * may make the template's own tokens of that kind plain text, in this one request; the other way round never happens.
 *
 * @returns Segments; placeholders that the template prints are in `template` stretches.
 * @throws {InvalidRequestError} If a client's text spells a placeholder that an item needs.
 */
export function alignByTokens({ pieces, plain, render, specialTokens }: Alignment): PromptSegment[] {
  const items = pieces.filter((piece) => piece.kind === "item");
  const placeholders = new Set(items.map(plainText).filter((text) => text !== ""));
  const guarded = [...new Set([...specialTokens, ...placeholders])]
    .filter((text) => text !== "")
    .sort((a, b) => b.length - a.length);
  if (guarded.length === 0) return [{ origin: "user", text: plain }];
  const neutral = renderNeutral(render);
  const written = pieces.filter((piece) => piece.kind === "text").map(plainText).join("");
  const ofTemplate = (text: string) =>
    !(written.includes(text) || squeeze(written).includes(squeeze(text))) &&
    (neutral === undefined || count(neutral, text) === count(plain, text));
  const trusted = new Map<string, boolean>();
  const segments: PromptSegment[] = [];
  const unbound = items.filter((item) => item.kind === "item" && item.printedBy === "us");
  let position = 0;
  for (const match of plain.matchAll(new RegExp(guarded.map(RegExp.escape).join("|"), "gu"))) {
    const [text] = match;
    if (!trusted.has(text)) trusted.set(text, ofTemplate(text));
    if (!trusted.get(text)) {
      if (placeholders.has(text)) throw ambiguous();
      continue;
    }
    segments.push({ origin: "user", text: plain.slice(position, match.index) });
    const next = unbound.findIndex((item) => plainText(item) === text);
    const [item] = next < 0 ? [] : unbound.splice(next, 1);
    segments.push(
      item?.kind === "item"
        ? { origin: "item", text, modality: item.modality, index: item.index }
        : { origin: "template", text },
    );
    position = match.index + text.length;
  }
  return [...segments, { origin: "user", text: plain.slice(position) }];
}

/** The conversation with every text exchanged; undefined if the template refuses that one. */
function renderNeutral(render: Alignment["render"]): string | undefined {
  try {
    return render((piece) => piece.kind === "text" && piece.core !== "" ? "x" : plainText(piece));
  } catch {
    return undefined;
  }
}

/** Without white space, which a template may cut between two texts; a text of nothing else stays. */
function squeeze(text: string): string {
  return text.replace(/\s+/gu, "") || text;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function ambiguous(): InvalidRequestError {
  return new InvalidRequestError(
    "Expected no text that spells a placeholder in a conversation that the chat template rewrites: found one",
    { code: "placeholder_in_text", param: "messages" },
  );
}
