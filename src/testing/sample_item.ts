/**
 * Items that checks make for themselves.
 *
 * @module
 */
import type { MediaSource, Modality } from "../core/message.ts";
import type { ItemInfo } from "../multimodal/item.ts";
import { encodePng } from "./png.ts";
import type { Random } from "./random.ts";
import { encodeWav } from "./wav.ts";

/** A media item to put into a prompt. */
export interface SampleItem {
  /** Kind of media. */
  readonly modality: Modality;
  /** Its content. */
  readonly source: MediaSource;
  /** A client's name for it. */
  readonly uuid?: string;
}

/** How large the samples are. */
export interface SampleSizes {
  /** Least and most pixels of a side. */
  readonly imageSides: readonly [number, number];
  /** Least and most seconds of a sound. */
  readonly audioSeconds: readonly [number, number];
}

/**
 * A picture of random pixels.
 *
 * @param random Chooses the pixels.
 * @param width Pixels.
 * @param height Pixels.
 */
export function randomImage(random: Random, width: number, height: number): SampleItem {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = random.integer(0, 255);
  return { modality: "image", source: { kind: "bytes", bytes: encodePng({ width, height, data }) } };
}

/**
 * A sound of three tones and noise.
 *
 * @param random Chooses tones and noise.
 * @param numSamples Length.
 * @param samplingRate Hertz.
 */
export function randomSound(random: Random, numSamples: number, samplingRate: number): SampleItem {
  const tones = [0, 1, 2].map(() => random.magnitude(80, samplingRate / 3) * 2 * Math.PI / samplingRate);
  const samples = Float32Array.from(
    { length: numSamples },
    (_, at) => tones.reduce((sum, tone) => sum + Math.sin(tone * at) / 5, (random.next() - 0.5) / 5),
  );
  return { modality: "audio", source: { kind: "bytes", bytes: encodeWav(samples, samplingRate) } };
}

/** What the header of an item of random size says; sides and lengths of all orders of magnitude. */
export function randomInfo(random: Random, modality: Modality, index: number, most: SizeRange): ItemInfo {
  if (modality === "audio") {
    return { kind: "audio", modality, index, numSamples: random.magnitude(1, most.numSamples) };
  }
  return {
    kind: "image",
    modality,
    index,
    width: random.magnitude(1, most.side),
    height: random.magnitude(1, most.side),
  };
}

/** Largest sizes of {@linkcode randomInfo}. */
export interface SizeRange {
  /** Pixels. */
  readonly side: number;
  /** Samples of sound. */
  readonly numSamples: number;
}
