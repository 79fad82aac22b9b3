import type { GenerateOutput, PlaceholderRange, Usage } from "../core/generate.ts";
import type { Modality } from "../core/message.ts";
import type { LanguageInputs } from "../models/adapter.ts";
import type { ProcessedItem } from "../multimodal/process_items.ts";
import type { KvCache } from "../runtime/backend.ts";
import type { Sampler } from "../sampling/sampler.ts";
import type { AnswerText } from "./answer_text.ts";

/** What `preprocess()` makes of a request. */
export interface PreparedPrompt {
  /** After expansion of the placeholders. */
  readonly promptTokenIds: Uint32Array;
  /** Ranges by modality, in the order of the prompt; each knows its item. */
  readonly placeholders: Partial<Record<Modality, readonly PlaceholderRange[]>>;
  /** In the order of the request. */
  readonly items: readonly ProcessedItem[];
  /** Positions and other inputs of the language network. */
  readonly languageInputs: LanguageInputs;
  /** Most tokens in the answer. */
  readonly maxTokens: number;
}

/** One request's tokens and state, from its prefill to its end. */
export interface Sequence {
  /** The request's id. */
  readonly id: string;
  /** The prompt and its items; the items are let go after the prefill. */
  prompt: PreparedPrompt;
  /** Tokens chosen so far. */
  readonly outputTokenIds: number[];
  /** Chooses tokens. */
  readonly sampler: Sampler;
  /** Makes text of tokens and finds the end. */
  readonly answer: AnswerText;
  /** Room for prompt and answer; another one if they are run again. */
  cache: KvCache;
  /** Rows of the prompt, kept where prompt and answer may have to be run again. Shape `[num_tokens, hidden_size]`. */
  promptEmbeds?: Float32Array;
  /** Takes what the client gets. */
  readonly emit: (output: GenerateOutput) => void;
  /** Ends the sequence with an error. */
  readonly fail: (error: unknown) => void;
}

/** Counts the tokens of a request. */
export function countUsage(prompt: PreparedPrompt, completionTokens: number): Usage {
  const mediaTokens: Usage["mediaTokens"] = {};
  for (const [modality, ranges] of Object.entries(prompt.placeholders)) {
    mediaTokens[modality as Modality] = ranges.reduce((sum, range) => sum + range.length, 0);
  }
  return { promptTokens: prompt.promptTokenIds.length, completionTokens, mediaTokens };
}
