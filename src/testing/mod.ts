/**
 * The conformance kit: the laws that hold for every adapter, tried on a tiny checkpoint of yours. For tests; nothing of the
 * product imports it.
 *
 * {@linkcode testConformance} registers them with `Deno.test`; {@linkcode checkConformance} is for every other runner.
 *
 * @module
 */
export { checkConformance, testConformance } from "./conformance.ts";
export { encodePng } from "./png.ts";
export { createRandom, type Random } from "./random.ts";
export { randomImage, randomSound, type SampleItem, type SampleSizes } from "./sample_item.ts";
export type { ConformanceSubject } from "./subject.ts";
export { encodeWav } from "./wav.ts";
