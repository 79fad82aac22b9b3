import type { ChatMessage, MediaPart, Modality } from "./message.ts";

/** What the answer continues. */
export type Prompt =
  /** A conversation, rendered with the checkpoint's chat template. */
  | {
    readonly kind: "chat";
    readonly messages: readonly ChatMessage[];
    /** Whether the template opens the assistant's turn. Default: true. */
    readonly addGenerationPrompt?: boolean;
  }
  /**
   * Plain text; special tokens in it stay text, those of the tokenizer's post-processor are added. With `media`, even an
   * empty list, the text is the program's own: the model's placeholders in it stand for the items, in order.
   */
  | {
    readonly kind: "text";
    readonly text: string;
    readonly addSpecialTokens?: boolean;
    readonly media?: readonly MediaPart[];
  }
  /** Token ids, taken as they are. With `media`, placeholders among them stand for the items, in order. */
  | { readonly kind: "tokens"; readonly tokenIds: readonly number[]; readonly media?: readonly MediaPart[] };

/** How the next token is chosen. A field left out takes the checkpoint's generation config, then the default. */
export interface SamplingParams {
  /** 0 (greedy) to 2. Default: 1. */
  readonly temperature?: number;
  /** Probability mass kept, in (0, 1]. Default: 1. */
  readonly topP?: number;
  /** Number of tokens kept; 0 keeps all. Default: 0. */
  readonly topK?: number;
  /** Least probability kept, relative to the best token's, 0 to 1. Default: 0. */
  readonly minP?: number;
  /** Above 1 makes tokens seen in prompt or answer less likely; (0, 2]. Default: 1. */
  readonly repetitionPenalty?: number;
  /** -2 to 2, once for each token already in the answer. Default: 0. */
  readonly presencePenalty?: number;
  /** -2 to 2, for each time a token already is in the answer. Default: 0. */
  readonly frequencyPenalty?: number;
  /** Added to the logits of tokens, by id, before the penalties; -Infinity forbids one. Default: none. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** Same seed, same answer; a 32-bit unsigned integer. Default: drawn afresh. */
  readonly seed?: number;
  /** Most tokens in the answer, at least 1. Default: what the context leaves. */
  readonly maxTokens?: number;
  /** Least tokens before an end or stop is taken. Default: 0. */
  readonly minTokens?: number;
  /** Texts that end the answer and are not part of it. */
  readonly stop?: readonly string[];
  /** Tokens that end the answer, beside the checkpoint's end-of-sequence tokens. */
  readonly stopTokenIds?: readonly number[];
  /** Whether the checkpoint's end-of-sequence tokens are generated through. Default: false. */
  readonly ignoreEos?: boolean;
  /** Whether special tokens are left out of the text. Default: true. */
  readonly skipSpecialTokens?: boolean;
  /** Number of most likely tokens reported at each position, 0 to 20; undefined reports nothing. */
  readonly logprobs?: number;
}

/** A checked request to the engine. */
export interface GenerateRequest {
  /** Unique among the requests in flight. */
  readonly requestId: string;
  /** What the answer continues. */
  readonly prompt: Prompt;
  /** How tokens are chosen and when the answer ends. */
  readonly sampling: SamplingParams;
  /** Settings of the model's media processors for this request; which there are, the family says. */
  readonly mmProcessorKwargs?: Readonly<Record<string, unknown>>;
  /** Whose request this is: what is kept of its items serves nobody else. Default: everybody's. */
  readonly tenant?: string;
}

/** Why the answer ended. */
export type FinishReason = "stop" | "length" | "abort";

/** One token with its log-probability (natural logarithm of the model's own distribution, before temperature). */
export interface TokenLogprob {
  /** The token. */
  readonly tokenId: number;
  /** The token alone, decoded; special tokens by name. */
  readonly token: string;
  /** UTF-8 bytes of the token; a token may hold part of a character. */
  readonly bytes: readonly number[];
  /** Natural logarithm of its probability, at most 0. */
  readonly logprob: number;
}

/** What is reported for one position of the answer. */
export interface PositionLogprobs extends TokenLogprob {
  /** The most likely tokens, best first, as many as asked for. */
  readonly top: readonly TokenLogprob[];
}

/** Where an item's rows go in the expanded prompt. */
export interface PlaceholderRange {
  /** Index of the item among those of its modality, in the order of the request. */
  readonly itemIndex: number;
  /** First token of the range in the expanded prompt. */
  readonly offset: number;
  /** Number of tokens of the range. */
  readonly length: number;
  /** 1 where a token takes an encoder row; undefined: all do. Shape `[length]`. */
  readonly isEmbed?: Uint8Array;
}

/** The prompt as the model sees it. Comes first, once. */
export interface PromptOutput {
  /** Says that this is the prompt. */
  readonly type: "prompt";
  /** After expansion of the placeholders. */
  readonly promptTokenIds: Uint32Array;
  /** Ranges by modality, in the order of the prompt. */
  readonly placeholders: Partial<Record<Modality, readonly PlaceholderRange[]>>;
}

/** A piece of the answer. The texts of all deltas, put together, are the answer. */
export interface DeltaOutput {
  /** Says that this is a piece of the answer. */
  readonly type: "delta";
  /** Never half a character; may be empty. */
  readonly text: string;
  /** Tokens that this piece accounts for. */
  readonly tokenIds: readonly number[];
  /** One for each token, if asked for. */
  readonly logprobs?: readonly PositionLogprobs[];
}

/** The end of the answer. Comes last, once. */
export interface FinishOutput {
  /** Says that this is the end. */
  readonly type: "finish";
  /** Why the answer ended. */
  readonly finishReason: FinishReason;
  /** The stop text or token that ended it, where one did. */
  readonly stopReason?: string | number;
  /** Token counts. */
  readonly usage: Usage;
}

/** Token counts of a request. */
export interface Usage {
  /** Of the prompt, after expansion. */
  readonly promptTokens: number;
  /** Of the answer, a token that ended it included. */
  readonly completionTokens: number;
  /** Prompt tokens that stand for media, by modality. */
  readonly mediaTokens: Partial<Record<Modality, number>>;
}

/** What the engine yields for one request, in order: prompt, deltas, finish. */
export type GenerateOutput = PromptOutput | DeltaOutput | FinishOutput;
