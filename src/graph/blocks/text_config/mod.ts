/**
 * The kinds of text decoders: what `text_config` of any family may be. A new kind is one file here and one line below.
 *
 * @module
 */

import { z } from "zod";
import type { DecoderConfig } from "../decoder_config.ts";
import { gemma3Text } from "./gemma3_text.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen25VlText, qwen2VlText } from "./qwen2_vl_text.ts";
import { qwen3 } from "./qwen3.ts";
import type { TextConfigKind } from "./define_text_config.ts";

/** Every kind, sorted by `model_type`. */
export const TEXT_CONFIGS: readonly TextConfigKind[] = [
  gemma3Text,
  llama,
  mistral,
  phi3,
  qwen25VlText,
  qwen2VlText,
  qwen2,
  qwen3,
];

/**
 * Checks the text configuration of a decoder of any kind, in the spelling of transformers 4 or 5, and fills in what the
 * configuration classes of transformers assume. Without a `model_type` it is a Llama.
 */
export const decoderSchema: z.ZodType<DecoderConfig> = z.looseObject({}).transform((config, context): DecoderConfig => {
  const modelType = config.model_type ?? "llama";
  const kind = TEXT_CONFIGS.find((known) => known.modelType === modelType);
  if (!kind) {
    const known = TEXT_CONFIGS.map((each) => each.modelType).join(", ");
    context.addIssue({ code: "custom", path: ["model_type"], message: `one of ${known}` });
    return z.NEVER;
  }
  const result = kind.schema.safeParse(config);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push(issue as never);
  return z.NEVER;
});
