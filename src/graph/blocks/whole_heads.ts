/**
 * Attention heads share the hidden size evenly.
 *
 * @module
 */
import type { z } from "zod";

/** The keys of a `config.json` that have to fit each other. */
interface HeadKeys {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
}

/**
 * Whether the hidden size is a multiple of the number of heads; otherwise the problem is noted under `hidden_size`.
 *
 * @param context The schema's, from `transform`.
 */
export function hasWholeHeads(config: HeadKeys, context: z.RefinementCtx): boolean {
  if (config.hidden_size % config.num_attention_heads === 0) return true;
  const message = `a multiple of num_attention_heads (${config.num_attention_heads})`;
  context.addIssue({ code: "custom", path: ["hidden_size"], message });
  return false;
}
