/**
 * SmolVLM and the pictures of SmolVLM2: {@linkcode idefics3Family} under another name. Video is not supported.
 *
 * Source: transformers `modeling_smolvlm.py`, `processing_smolvlm.py`.
 *
 * @module
 */
import type { AnyAdapter } from "./adapter.ts";
import { idefics3Family } from "./idefics3.ts";

/** The family of `SmolVLMForConditionalGeneration`. */
export const smolvlm: AnyAdapter = idefics3Family("smolvlm");
