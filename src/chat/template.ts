/**
 * Chat templates: Jinja in the environment that `transformers` gives them. The only file that imports the renderer.
 *
 * @module
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { CheckpointError, InvalidRequestError } from "../core/errors.ts";
import type { Role } from "../core/message.ts";
import { type ContentFormat, probeContentFormats } from "./content_format.ts";
import { rewriteStrips, strip, STRIP_FUNCTION } from "./python_strip.ts";
import { strftime } from "./strftime.ts";

/** A piece of a message, as templates know it: a text, or the place of a media item. */
export type TemplatePart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image" | "audio" | "video" };

/** A message, as templates know it. */
export interface TemplateMessage {
  /** Who speaks. */
  readonly role: string;
  /** Parts for a template that iterates over them, else one text. */
  readonly content: string | readonly TemplatePart[];
  /** Name of the speaker. */
  readonly name?: string;
}

/** What a template is rendered with beside the messages. */
export interface RenderOptions {
  /** Whether the assistant's turn is opened. */
  readonly addGenerationPrompt: boolean;
  /** What `strftime_now` shows. */
  readonly now: Date;
}

/** A parsed chat template and what was found out about it. */
export interface ChatTemplate {
  /**
   * Renders a conversation.
   *
   * @throws {InvalidRequestError} If the template refuses the messages.
   */
  render(messages: readonly TemplateMessage[], options: RenderOptions): string;
  /** The template itself. */
  readonly source: string;
  /** How content is handed over, for each role. */
  readonly contentFormats: Readonly<Record<Role, ContentFormat>>;
  /** Whether the template speaks of a role `developer`; else such a message is passed as `system`. */
  readonly knowsDeveloper: boolean;
  /** Texts of the tokenizer's added tokens, for the alignment of {@linkcode renderSegments}. */
  readonly specialTokens: readonly string[];
  /** The clock. */
  readonly now: () => Date;
}

/** Settings of {@linkcode createChatTemplate}. */
export interface ChatTemplateOptions {
  /** Name of the file that holds the template, for errors. Default: `chat_template.jinja`. */
  readonly file?: string;
  /** Text that the template sees as `bos_token`. */
  readonly bosToken?: string;
  /** Text that the template sees as `eos_token`. */
  readonly eosToken?: string;
  /** Text that the template sees as `pad_token`. */
  readonly padToken?: string;
  /** Text that the template sees as `unk_token`. */
  readonly unkToken?: string;
  /** Texts of all added tokens of tokenizer.json, special or not. */
  readonly specialTokens: readonly string[];
  /** The clock. Default: the system's. */
  readonly now?: () => Date;
}

/** Raised by a template's own `raise_exception`. */
class TemplateRefusal extends Error {}

/**
 * Parses a chat template and probes which form of content it takes.
 *
 * As in `transformers`: trim_blocks, lstrip_blocks, no trailing newline, loop controls, `{% generation %}` tags without
 * effect, `tojson` that keeps non-ASCII and HTML characters, `raise_exception`, `strftime_now`, `tools` and `documents`
 * that are none.
 *
 * @param source Jinja.
 * @throws {CheckpointError} If the template does not parse.
 */
export function createChatTemplate(source: string, options: ChatTemplateOptions): ChatTemplate {
  const { file = "chat_template.jinja", now = () => new Date(), specialTokens } = options;
  const program = parseTemplate(source, file);
  const tokens = {
    bos_token: options.bosToken,
    eos_token: options.eosToken,
    pad_token: options.padToken,
    unk_token: options.unkToken,
  };
  const render = (messages: readonly TemplateMessage[], { addGenerationPrompt, now }: RenderOptions): string => {
    const environment = newEnvironment(now);
    for (const [name, text] of Object.entries(tokens)) if (text !== undefined) environment.set(name, text);
    environment.set("messages", messages);
    environment.set("add_generation_prompt", addGenerationPrompt);
    environment.set("tools", null);
    environment.set("documents", null);
    try {
      return String(new Interpreter(environment).run(program).value);
    } catch (cause) {
      throw refusal(cause, source);
    }
  };
  return {
    render,
    source,
    contentFormats: probeContentFormats((messages) => render(messages, { addGenerationPrompt: true, now: now() })),
    knowsDeveloper: /\bdeveloper\b/.test(source),
    specialTokens,
    now,
  };
}

/**
 * The error for a conversation sent to a checkpoint that has no chat template; plain prompts need none.
 */
export function noChatTemplate(): InvalidRequestError {
  return new InvalidRequestError("Expected a chat template in the checkpoint: found none", {
    code: "chat_template_missing",
    param: "messages",
    hint: "Put a chat_template.jinja into the checkpoint's folder",
  });
}

function parseTemplate(source: string, file: string): ReturnType<typeof parse> {
  try {
    // Python's Jinja reads every line break as "\n".
    const text = source.replace(/\r\n?/g, "\n");
    return rewriteStrips(parse(tokenize(text, { trim_blocks: true, lstrip_blocks: true })));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : "something else";
    throw new CheckpointError(`Expected a Jinja template in ${file}: ${found}`, { param: file, cause });
  }
}

function newEnvironment(now: Date): Environment {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ true: true, false: false, none: null })) {
    environment.set(name, value);
    environment.set(name[0].toUpperCase() + name.slice(1), value);
  }
  environment.set("range", range);
  environment.set(STRIP_FUNCTION, strip);
  environment.set("strftime_now", (format: string) => strftime(now, format));
  environment.set("raise_exception", (message: string) => {
    throw new TemplateRefusal(message);
  });
  return environment;
}

/** Longest list that a template may count through; more is a template that would not end. */
const MAX_RANGE = 1_000_000;

function range(first: number, last?: number, step = 1): number[] {
  const [start, stop] = last === undefined ? [0, first] : [first, last];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MAX_RANGE)) throw new RangeError(`Expected at most ${MAX_RANGE} numbers in range()`);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

/** A template's own words are shown if they stand in the template; put together, they might hold request data. */
function refusal(cause: unknown, source: string): InvalidRequestError {
  const words = cause instanceof TemplateRefusal && source.includes(cause.message) ? `: ${cause.message}` : "";
  return new InvalidRequestError(
    `Expected messages that the model's chat template accepts: found others${words && ` (${words.slice(2)})`}`,
    { param: "messages", cause },
  );
}
