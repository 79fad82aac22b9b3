/**
 * Every built-in family keeps the laws that are published for all adapters.
 *
 * @module
 */
import { testConformance } from "../../src/testing/mod.ts";

const DATA = new URL("../testdata/", import.meta.url);

testConformance({ name: "llava", checkpoint: new URL("llava/clip-llama", DATA) });
testConformance({ name: "llava with SigLIP and Qwen2", checkpoint: new URL("llava/siglip-qwen2-bf16-sharded", DATA) });

const QWEN_KWARGS = [{ min_pixels: 4096, max_pixels: 16384 }, { size: { shortest_edge: 3000, longest_edge: 9000 } }];
for (const family of ["qwen2_vl", "qwen2_5_vl"]) {
  const checkpoint = new URL(`${family}/nested-tied`, DATA);
  testConformance({ name: family, checkpoint, processorKwargs: QWEN_KWARGS });
}
