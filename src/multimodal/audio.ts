import { decodeAudioMono, probeAudioHeader, resampleMono } from "../compute/core.ts";
import { readCoreError } from "../compute/core_error.ts";
import { LimbusError, MediaDecodeError } from "../core/errors.ts";

/** Longest sound that is decoded if no limit is given, seconds. */
export const DEFAULT_MAX_AUDIO_SECONDS = 600;

/** What the header of a sound file says. */
export interface AudioHeader {
  /** File format, whatever the file is called; `ogg` is Vorbis in Ogg. */
  readonly format: "wav" | "flac" | "mp3" | "ogg";
  /** Samples of a second in each channel, hertz. */
  readonly samplingRate: number;
  /** Channels, at least 1. */
  readonly channels: number;
  /** Samples of each channel that decoding gives. */
  readonly numFrames: number;
  /** Length, `numFrames / samplingRate`. */
  readonly seconds: number;
}

/** Sound of one channel. */
export interface MonoAudio {
  /** Samples of a second, hertz. */
  readonly samplingRate: number;
  /** Full scale is -1 to 1. Shape `[num_samples]`. */
  readonly samples: Float32Array;
}

/** How a file is decoded. */
export interface DecodeAudioOptions {
  /** Rate wanted, hertz, a whole number from 1. Default: the file's own. */
  readonly samplingRate?: number;
  /** Longest sound, seconds: held against the header before anything is decoded, and kept while decoding. Default: {@linkcode DEFAULT_MAX_AUDIO_SECONDS}. */
  readonly maxSeconds?: number;
}

/**
 * Reads the header of a sound file; no sample is decoded. MP3 and Ogg do not have their length there: such files are walked
 * from frame to frame, a few milliseconds for an hour.
 *
 * @throws {MediaDecodeError} Code `invalid_audio` or `unsupported_audio`.
 */
export function probeAudio(bytes: Uint8Array): AudioHeader {
  return callAudioCore(() => {
    using header = probeAudioHeader(bytes);
    const { samplingRate, channels, numFrames } = header;
    return {
      format: header.format as AudioHeader["format"],
      samplingRate,
      channels,
      numFrames,
      seconds: numFrames / samplingRate,
    };
  });
}

/**
 * Decodes a sound file; several channels become their mean, as in `load_audio` of transformers; another rate is made by
 * {@linkcode resampleAudio}.
 *
 * | format | codings | samples |
 * |---|---|---|
 * | WAV, RF64 | PCM of 8 to 32 bits, 32-bit and 64-bit float, A-law, mu-law | those of libsndfile |
 * | FLAC | 4 to 32 bits, up to 8 channels | those of libsndfile |
 * | MP3 | MPEG-1, 2 and 2.5, layer III | within 1e-5 of libsndfile's (mpg123's), as many: LAME's delay and padding cut off |
 * | Ogg | Vorbis of one or two channels | within 1e-5 of libsndfile's (libvorbis'), as many |
 *
 * A file of FLAC that is cut or damaged is refused. MP3 and Ogg are streams: what there is of a cut one is decoded.
 *
 * @example
 * ```ts
 * import { decodeAudio } from "./audio.ts";
 * import { assertEquals } from "@std/assert";
 *
 * // 8 bits, 8000 Hz, one channel, two samples.
 * const file = Uint8Array.fromBase64("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAABAwA==");
 * assertEquals(decodeAudio(file), { samplingRate: 8000, samples: Float32Array.of(-0.5, 0.5) });
 * ```
 *
 * @throws {MediaDecodeError} Code `invalid_audio`, `unsupported_audio` or `audio_too_long`.
 * @throws {RangeError} If the rate wanted is no whole number from 1.
 */
export function decodeAudio(bytes: Uint8Array, options: DecodeAudioOptions = {}): MonoAudio {
  const samplingRate = options.samplingRate ?? probeAudio(bytes).samplingRate;
  checkRate(samplingRate);
  const maxSeconds = options.maxSeconds ?? DEFAULT_MAX_AUDIO_SECONDS;
  return { samplingRate, samples: callAudioCore(() => decodeAudioMono(bytes, samplingRate, maxSeconds)) };
}

/**
 * Brings samples to another rate with a band-limited filter (windowed sinc, "kaiser best"), without delay; within 1e-5 of
 * torchaudio's `resample` with the same filter. Source: J. O. Smith, "Digital Audio Resampling".
 *
 * @param samples One channel. Shape `[num_samples]`.
 * @param from Their rate, hertz.
 * @param to Rate wanted, hertz.
 * @returns Shape `[resampledLength(num_samples, from, to)]`.
 * @throws {RangeError} If a rate is no whole number from 1.
 * @throws {MediaDecodeError} Code `audio_too_long` if the result would not fit the core's memory.
 */
export function resampleAudio(samples: Float32Array, from: number, to: number): Float32Array {
  [from, to].forEach(checkRate);
  return callAudioCore(() => resampleMono(samples, from, to));
}

/**
 * Number of samples after {@linkcode resampleAudio}: `ceil(numSamples * to / from)`.
 *
 * @param numSamples Before.
 * @param from Rate before, hertz.
 * @param to Rate after, hertz.
 */
export function resampledLength(numSamples: number, from: number, to: number): number {
  const product = BigInt(numSamples) * BigInt(to);
  return Number((product + BigInt(from) - 1n) / BigInt(from));
}

function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < 1 || rate > 0xffff_ffff) {
    throw new RangeError(`Expected a sampling rate in whole hertz, at least 1: found ${rate}`);
  }
}

/** Calls an audio function of the core and gives its errors their class. */
function callAudioCore<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = readCoreError(error);
    if (code.includes("audio")) throw new MediaDecodeError(message, { code });
    throw new LimbusError(code, message, { cause: error });
  }
}
