/**
 * Every built-in family keeps the laws that are published for all adapters.
 *
 * @module
 */
import { testConformance } from "../../src/testing/mod.ts";

const DATA = new URL("../testdata/", import.meta.url);

testConformance({ name: "llava", checkpoint: new URL("llava/clip-llama", DATA) });
testConformance({ name: "llava with SigLIP and Qwen2", checkpoint: new URL("llava/siglip-qwen2-bf16-sharded", DATA) });
