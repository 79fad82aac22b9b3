import { CheckpointError } from "../core/errors.ts";
import { blip2 } from "./blip-2.ts";
import { gemma3 } from "./gemma3.ts";
import { gemma3Text } from "./gemma3_text.ts";
import { idefics3 } from "./idefics3.ts";
import { llama } from "./llama.ts";
import { llava } from "./llava.ts";
import { llavaNext } from "./llava_next.ts";
import { mistral } from "./mistral.ts";
import { mistral3 } from "./mistral3.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen2Audio } from "./qwen2_audio.ts";
import { qwen25Vl } from "./qwen2_5_vl.ts";
import { qwen2Vl } from "./qwen2_vl.ts";
import { qwen3 } from "./qwen3.ts";
import { smolvlm } from "./smolvlm.ts";
import type { AnyAdapter } from "./adapter.ts";

/** The families in this package, sorted by `model_type`. */
export const builtinAdapters: readonly AnyAdapter[] = [
  blip2,
  gemma3,
  gemma3Text,
  idefics3,
  llama,
  llava,
  llavaNext,
  mistral,
  mistral3,
  phi3,
  qwen2,
  qwen25Vl,
  qwen2Audio,
  qwen2Vl,
  qwen3,
  smolvlm,
];

/**
 * Finds the family of a checkpoint.
 *
 * @param adapters Families to choose from.
 * @param modelType `model_type` of config.json.
 * @throws {CheckpointError} If none has this name; the message lists those that are known.
 * @throws {TypeError} If two have the same name.
 */
export function findAdapter(adapters: readonly AnyAdapter[], modelType: unknown): AnyAdapter {
  const byType = new Map<string, AnyAdapter>();
  for (const adapter of adapters) {
    if (byType.has(adapter.modelType)) {
      throw new TypeError(`Expected one adapter for each model_type: found two for "${adapter.modelType}"`);
    }
    byType.set(adapter.modelType, adapter);
  }
  const found = typeof modelType === "string" ? byType.get(modelType) : undefined;
  if (found) return found;
  const known = [...byType.keys()].sort().join(", ");
  throw new CheckpointError(`Expected model_type to be one of ${known}: found ${JSON.stringify(modelType)}`, {
    param: "config.json: model_type",
    hint: "Serve a checkpoint of a known family, or write an adapter for this one",
  });
}
