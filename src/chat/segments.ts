/**
 * Renders a conversation so that the origin of every character is known: the template, the client, or a media item.
 *
 * Client texts are wrapped in marks before rendering and found by them afterwards. Three checks make that safe:
 *
 * 1. without its marks the result is what the template makes of the texts as they are;
 * 2. no mark comes back without its partner;
 * 3. with the texts exchanged for others, the template writes the same around them. So nothing outside the marks can come
 *    from a client.
 *
 * White space at the edges of a text is first kept inside the marks, then outside, for templates that trim. A template that
 * fails the checks both times (one that looks into the texts) goes through {@linkcode alignByTokens}, which knows less about
 * origins but never takes a client's text for the template's.
 *
 * @module
 */
import type { ChatMessage } from "../core/message.ts";
import type { PromptSegment } from "../core/segment.ts";
import { alignByTokens } from "./align_by_tokens.ts";
import { bindItems } from "./bind_items.ts";
import { chooseMarkers, mark, type Markers, splitAtMarks, type Stretch } from "./markers.ts";
import { type Conversation, type Piece, type PlaceholderText, plainText, takeApart } from "./pieces.ts";
import { whitespaceShield } from "./python_whitespace.ts";
import type { ChatTemplate } from "./template.ts";

/** Settings of {@linkcode renderSegments}. */
export interface SegmentOptions {
  /** Text that stands for an item; null if the family's prompts have none. */
  readonly placeholder: PlaceholderText;
  /** Whether the template opens the assistant's turn. */
  readonly addGenerationPrompt: boolean;
}

/** Renders the conversation with its pieces written in some way. */
type Render = (write: (piece: Piece, index: number) => string) => string;

/**
 * Renders a conversation into segments whose texts, put together, are what `transformers` renders.
 *
 * Items are numbered for each modality in the order of the request. In messages whose content the template takes as one
 * text, texts and placeholders are joined by line breaks in the order of the parts.
 *
 * @throws {InvalidRequestError} If the template refuses the messages, or prints another number of placeholders than there
 * are items. `param` is `messages`.
 */
export function renderSegments(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: SegmentOptions,
): PromptSegment[] {
  const conversation = takeApart(template, messages, options.placeholder);
  // One instant for all renderings, or two of them could differ.
  const rendering = { addGenerationPrompt: options.addGenerationPrompt, now: template.now() };
  const shield = whitespaceShield(conversation.pieces.map(plainText), template.source);
  const render: Render = (write) => {
    const written = conversation.build((piece, index) => shield.protect(write(piece, index)));
    return shield.restore(template.render(written, rendering));
  };
  const plain = render(plainText);
  const segments = splitByMarks(conversation, render, plain, template.source) ??
    alignByTokens({ pieces: conversation.pieces, plain, render, specialTokens: template.specialTokens });
  return merge(bindItems(segments, conversation.pieces));
}

function splitByMarks(
  { pieces }: Conversation,
  render: Render,
  plain: string,
  source: string,
): PromptSegment[] | undefined {
  const markers = chooseMarkers([source, plain, ...pieces.map(plainText)]);
  if (markers === undefined) return undefined;
  for (const edges of ["inside", "outside"] as const) {
    const real = tryMarks(markers, render, edges, (core) => core);
    if (real === undefined || real.map(({ text }) => text).join("") !== plain) continue;
    const neutral = tryMarks(markers, render, edges, () => "x");
    if (neutral === undefined || skeleton(real) !== skeleton(neutral)) continue;
    return real.map((stretch) => toSegment(stretch, pieces));
  }
  return undefined;
}

/** Renders with marks; undefined if one of them lost its partner, or the template refuses marked texts. */
function tryMarks(
  markers: Markers,
  render: Render,
  edges: "inside" | "outside",
  exchange: (core: string) => string,
): Stretch[] | undefined {
  const marked = (index: number, text: string) => text === "" ? "" : mark(markers, index, text);
  let rendered: string;
  try {
    rendered = render((piece, index) => {
      if (piece.kind === "item") return marked(index, plainText(piece));
      const core = piece.core === "" ? "" : exchange(piece.core);
      if (edges === "inside") return marked(index, piece.lead + core + piece.trail);
      return piece.lead + marked(index, core) + piece.trail;
    });
  } catch {
    return undefined;
  }
  return splitAtMarks(markers, rendered);
}

/** What the template wrote, and which pieces it put where: white space at the edges of a piece counts as the piece. */
function skeleton(stretches: readonly Stretch[]): string {
  return JSON.stringify(stretches.map(({ index, text }) => index ?? text));
}

function toSegment({ index, text }: Stretch, pieces: readonly Piece[]): PromptSegment {
  if (index === undefined) return { origin: "template", text };
  const piece = pieces[index];
  if (piece.kind === "text") return { origin: "user", text };
  return { origin: "item", text, modality: piece.modality, index: piece.index };
}

/** Joins neighbours of one origin and drops empty ones; items stay as they are. */
function merge(segments: readonly PromptSegment[]): PromptSegment[] {
  const merged: PromptSegment[] = [];
  for (const segment of segments) {
    if (segment.text === "") continue;
    const last = merged.at(-1);
    if (last !== undefined && last.origin === segment.origin && last.origin !== "item") {
      merged[merged.length - 1] = { origin: last.origin, text: last.text + segment.text };
    } else {
      merged.push(segment);
    }
  }
  return merged;
}
