import { CoreLogMel } from "../compute/core.ts";
import type { Tensor } from "../core/tensor.ts";
import { type AudioSettings, readAudioSettings } from "./audio_processor_config.ts";

/** What a call of {@linkcode AudioProcessor.process} says about its input and output. */
export interface ProcessAudioOptions {
  /** Rate of the samples, hertz; must be the processor's. */
  readonly samplingRate: number;
  /** Whether frames that hold sound are marked. Default: as the checkpoint's processor in transformers does. */
  readonly returnAttentionMask?: boolean;
}

/**
 * Turns samples into log-mel features, as `WhisperFeatureExtractor` does in transformers: cut or filled with silence to a
 * fixed length (30 s), then a log-mel spectrogram. For a checkpoint of `Qwen2AudioProcessor` the mask has the name that it
 * has there, `feature_attention_mask`. For one of `VoxtralProcessor` a sound is filled to a multiple of 30 s, and its
 * spectrogram cut into rows of 30 s; the loudest place of the whole sound counts for all of them.
 *
 * Features are within 1e-6 of those of transformers' NumPy implementation, which computes in 64 bits. Its other one, with
 * torch in 32 bits, is within 1e-5 of both but for places beside the floor, 80 dB below the loudest, where the leakage of a
 * pure tone meets the rounding of its transform: there it is up to 6e-5 off.
 *
 * @example
 * ```ts
 * import { AudioProcessor } from "./audio_processor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const processor = AudioProcessor.fromConfig({ feature_extractor_type: "WhisperFeatureExtractor", feature_size: 128 });
 * const second = Float32Array.from({ length: 16000 }, (_, i) => Math.sin(i / 5));
 * const { input_features } = await processor.process([second], { samplingRate: 16000 });
 * assertEquals(input_features.dims, [1, 128, 3000]);
 * ```
 */
export class AudioProcessor {
  readonly #settings: AudioSettings;
  readonly #logMel: CoreLogMel;

  private constructor(settings: AudioSettings) {
    this.#settings = settings;
    const { numMelBins, samplingRate, windowLength, hopLength } = settings;
    this.#logMel = new CoreLogMel(numMelBins, samplingRate, windowLength, hopLength);
  }

  /**
   * Reads a checkpoint's configuration: class `WhisperFeatureExtractor`, as transformers 4 and 5 write it.
   *
   * @param preprocessorConfig The parsed `preprocessor_config.json`, or `processor_config.json` with it under
   * `feature_extractor`.
   * @throws {CheckpointError} If the class or an option that changes features is not supported; `param` names it.
   */
  static fromConfig(preprocessorConfig: object): AudioProcessor {
    return new AudioProcessor(readAudioSettings(preprocessorConfig));
  }

  /** Rate at which samples are taken, hertz. */
  get samplingRate(): number {
    return this.#settings.samplingRate;
  }

  /** Rows of the features. */
  get numMelBins(): number {
    return this.#settings.numMelBins;
  }

  /** Samples to which every sound is cut or filled; for Voxtral, filled to a multiple. */
  get numSamples(): number {
    return this.#settings.numSamples;
  }

  /** Frames of a row of the features, whatever the sound's length. */
  get numFrames(): number {
    return Math.floor(this.#settings.numSamples / this.#settings.hopLength);
  }

  /**
   * Rows that a sound becomes: one, but for Voxtral one for each 30 s that it has begun.
   *
   * @param numSamples Length of the sound.
   */
  numRows(numSamples: number): number {
    return this.#settings.isSplit ? Math.max(1, Math.ceil(numSamples / this.#settings.numSamples)) : 1;
  }

  /**
   * Frames that the mask marks for a sound: those that begin inside it.
   *
   * @param numSamples Length of the sound.
   */
  numMarkedFrames(numSamples: number): number {
    return Math.min(Math.ceil(numSamples / this.#settings.hopLength), this.numFrames);
  }

  /**
   * Makes the features of sounds.
   *
   * @param samples One channel each, at {@linkcode samplingRate}. At least one sound.
   * @returns `input_features`, float32, `[n, num_mel_bins, num_frames]`, for Voxtral `[rows of all sounds, ...]` and nothing
   * else; where asked for, `attention_mask` (or
   * `feature_attention_mask`), int32, `[n, num_frames]`. As in transformers, a mask that the configuration and not the call
   * asks for is one of samples, `[n, num_samples]`.
   * @throws {RangeError} If the samples have another rate.
   */
  // deno-lint-ignore require-await
  async process(samples: readonly Float32Array[], options: ProcessAudioOptions): Promise<Record<string, Tensor>> {
    const { samplingRate, numSamples, numMelBins, paddingValue, isSplit } = this.#settings;
    const { maskName, masksFrames, masksSamples } = this.#settings;
    if (options.samplingRate !== samplingRate) {
      throw new RangeError(`Expected samples at ${samplingRate} Hz: found ${options.samplingRate}`);
    }
    const { numFrames } = this;
    const size = numMelBins * numFrames;
    const parts = samples.flatMap((sound) => {
      const length = this.numRows(sound.length) * numSamples;
      const features = this.#logMel.features(sound.subarray(0, length), length, paddingValue);
      return isSplit ? rowsOf(features, numMelBins, numFrames) : [features];
    });
    const features = parts.length === 1 ? parts[0] : new Float32Array(parts.length * size);
    if (parts.length > 1) parts.forEach((part, i) => features.set(part, i * size));
    const outputs: Record<string, Tensor> = {
      input_features: { type: "float32", dims: [parts.length, numMelBins, numFrames], data: features },
    };
    if (isSplit) return outputs;
    if (options.returnAttentionMask ?? masksFrames) {
      outputs[maskName] = mask(samples.map((sound) => this.numMarkedFrames(sound.length)), numFrames);
    } else if (masksSamples) {
      outputs[maskName] = mask(samples.map((sound) => Math.min(sound.length, numSamples)), numSamples);
    }
    return outputs;
  }
}

/** Cuts features `[num_mel_bins, rows * num_frames]` into rows of `[num_mel_bins, num_frames]`. */
function rowsOf(features: Float32Array, numMelBins: number, numFrames: number): Float32Array[] {
  const width = features.length / numMelBins;
  return Array.from({ length: width / numFrames }, (_, row) => {
    const part = new Float32Array(numMelBins * numFrames);
    for (let mel = 0; mel < numMelBins; mel++) {
      const start = mel * width + row * numFrames;
      part.set(features.subarray(start, start + numFrames), mel * numFrames);
    }
    return part;
  });
}

/** Ones, then zeros, in each row. */
function mask(lengths: readonly number[], width: number): Tensor {
  const data = new Int32Array(lengths.length * width);
  lengths.forEach((length, row) => data.fill(1, row * width, row * width + length));
  return { type: "int32", dims: [lengths.length, width], data };
}
