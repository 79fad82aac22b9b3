/**
 * Chat: from messages to a prompt whose every stretch has a known origin.
 *
 * @module
 */
export type { ContentFormat } from "./content_format.ts";
export type { PlaceholderText } from "./pieces.ts";
export { renderSegments, type SegmentOptions } from "./segments.ts";
export { type ChatTemplate, type ChatTemplateOptions, createChatTemplate, noChatTemplate } from "./template.ts";
