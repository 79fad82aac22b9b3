/**
 * What a conversation is made of: texts that the client sent and media items, each of which can be written in several ways
 * into the messages that a template gets.
 *
 * @module
 */
import type { ChatMessage, Modality, Role } from "../core/message.ts";
import { splitEdges } from "./python_whitespace.ts";
import type { ChatTemplate, TemplateMessage, TemplatePart } from "./template.ts";

/** A text or an item of the conversation. */
export type Piece =
  | {
    readonly kind: "text";
    /** White space before, text, white space after. Of a text that is all white space, `core` is empty. */
    readonly lead: string;
    readonly core: string;
    readonly trail: string;
  }
  | {
    readonly kind: "item";
    readonly modality: Modality;
    /** Index among the items of its modality, in the order of the request. */
    readonly index: number;
    /** Text that stands for it; null = none. */
    readonly placeholder: string | null;
    /** Whether the template prints the placeholder, or this package puts it into the text. */
    readonly printedBy: "template" | "us";
  };

/** The messages with holes where the pieces go. */
export interface Conversation {
  /** In the order of the request. */
  readonly pieces: readonly Piece[];
  /**
   * Fills the holes.
   *
   * @param write Text of a piece; called for texts and for items that the template does not print.
   */
  build(write: (piece: Piece, index: number) => string): TemplateMessage[];
}

/** Gives the text that stands for an item; null = none. */
export type PlaceholderText = (modality: Modality, index: number) => string | null;

/** A message whose holes are indices of pieces. */
interface Outline {
  readonly role: string;
  readonly format: "openai" | "string";
  readonly parts: readonly number[];
  readonly name?: number;
}

/** Takes a conversation apart. Items are numbered for each modality in the order of the request. */
export function takeApart(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  placeholder: PlaceholderText,
): Conversation {
  const pieces: Piece[] = [];
  const counts: Partial<Record<Modality, number>> = {};
  const addText = (text: string) => {
    const [lead, core, trail] = splitEdges(text);
    return pieces.push({ kind: "text", lead, core, trail }) - 1;
  };
  const outlines = messages.map((message): Outline => {
    const role: Role = message.role === "developer" && !template.knowsDeveloper ? "system" : message.role;
    const format = template.contentFormats[role];
    const parts = message.content.map((part) => {
      if (part.type === "text") return addText(part.text);
      const index = counts[part.modality] ?? 0;
      counts[part.modality] = index + 1;
      const printedBy = format === "openai" ? "template" : "us";
      const text = placeholder(part.modality, index);
      return pieces.push({ kind: "item", modality: part.modality, index, placeholder: text, printedBy }) - 1;
    });
    return { role, format, parts, name: message.name === undefined ? undefined : addText(message.name) };
  });
  return { pieces, build: (write) => outlines.map((outline) => fill(outline, pieces, write)) };
}

function fill(
  { role, format, parts, name }: Outline,
  pieces: readonly Piece[],
  write: (piece: Piece, index: number) => string,
): TemplateMessage {
  const content = format === "openai"
    ? parts.map((index): TemplatePart => {
      const piece = pieces[index];
      return piece.kind === "text" ? { type: "text", text: write(piece, index) } : { type: piece.modality };
    })
    : parts
      .filter((index) => !isSilent(pieces[index]))
      .map((index) => write(pieces[index], index))
      .join("\n");
  return name === undefined ? { role, content } : { role, content, name: write(pieces[name], name) };
}

/** An item without placeholder leaves no trace in a text. */
function isSilent(piece: Piece): boolean {
  return piece.kind === "item" && piece.placeholder === null;
}

/** A piece as the client wrote it, or as its placeholder. */
export function plainText(piece: Piece): string {
  return piece.kind === "text" ? piece.lead + piece.core + piece.trail : piece.placeholder ?? "";
}
