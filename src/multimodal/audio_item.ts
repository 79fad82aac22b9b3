import { InvalidRequestError, MediaDecodeError } from "../core/errors.ts";
import { decodeAudio, probeAudio, resampleAudio, resampledLength } from "./audio.ts";
import type { AudioInfo } from "./item.ts";

/** What sounds are held against. */
export interface AudioRules {
  /** Rate at which the model takes sound, hertz. Absent: it takes none. */
  readonly samplingRate?: number;
  /** Longest sound, seconds. Default: any. */
  readonly maxSeconds?: number;
}

/** A sound whose length is known and checked. */
export interface ResolvedAudio {
  /** What is known of it. */
  readonly info: AudioInfo;
  /** The file, or samples at the model's rate. */
  readonly content: Uint8Array | Float32Array;
}

/**
 * Reads the header of a sound file; no sample is decoded.
 *
 * @throws {MediaDecodeError} Code `invalid_audio`, `unsupported_audio` or `audio_too_long`.
 */
export function resolveAudioFile(index: number, content: Uint8Array, rules: AudioRules): ResolvedAudio {
  const { numFrames, seconds, samplingRate } = probeAudio(content);
  checkSeconds(seconds, rules);
  const numSamples = resampledLength(numFrames, samplingRate, rateOf(rules));
  return { info: { kind: "audio", modality: "audio", index, numSamples }, content };
}

/**
 * Brings samples to the model's rate.
 *
 * @param samples One channel. Shape `[num_samples]`.
 * @param samplingRate Their rate, hertz.
 * @throws {InvalidRequestError} If the rate is no whole number from 1, or a sample is not finite.
 * @throws {MediaDecodeError} Code `audio_too_long`.
 */
export function resolveSamples(
  index: number,
  { samples, samplingRate }: { readonly samples: Float32Array; readonly samplingRate: number },
  rules: AudioRules,
): ResolvedAudio {
  if (!Number.isInteger(samplingRate) || samplingRate < 1 || samplingRate > 768_000) {
    throw new InvalidRequestError("Expected a sampling rate of 1 to 768000 Hz: found another one");
  }
  checkSeconds(samples.length / samplingRate, rules);
  // A comparison with NaN is false.
  if (!samples.every((sample) => Math.abs(sample) <= LOUDEST)) {
    throw new InvalidRequestError("Expected finite samples: found one that is not finite or far too loud");
  }
  const content = resampleAudio(samples, samplingRate, rateOf(rules));
  return { info: { kind: "audio", modality: "audio", index, numSamples: content.length }, content };
}

/** Largest sample that is taken; full scale is 1. The same bound as for files. */
const LOUDEST = 1e9;

/**
 * The samples of a resolved sound.
 *
 * @throws {MediaDecodeError} If a file is broken behind its header.
 */
export function samplesOf(content: Uint8Array | Float32Array, rules: AudioRules): Float32Array {
  if (content instanceof Float32Array) return content;
  return decodeAudio(content, { samplingRate: rateOf(rules), maxSeconds: rules.maxSeconds ?? Infinity }).samples;
}

function checkSeconds(seconds: number, { maxSeconds = Infinity }: AudioRules): void {
  if (seconds <= maxSeconds) return;
  throw new MediaDecodeError(`Expected a sound of at most ${maxSeconds} seconds: found ${seconds.toFixed(1)}`, {
    code: "audio_too_long",
    hint: "The server's limit is LIMBUS_MAX_AUDIO_SECONDS",
  });
}

function rateOf({ samplingRate }: AudioRules): number {
  if (samplingRate !== undefined) return samplingRate;
  throw new TypeError("Expected an adapter with sounds to have a samplingRate: found none");
}
