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
 * has there, `feature_attention_mask`.
 *
 * Features are within 1e-5 of those of transformers, but for a few beside the floor, 80 dB below the loudest, where a pure
 * tone's leakage meets the rounding of a 32-bit transform: there they differ by up to 6e-5, and the two implementations in
 * transformers (torch, NumPy) from each other by up to 7e-5.
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

  /** Samples to which every sound is cut or filled. */
  get numSamples(): number {
    return this.#settings.numSamples;
  }

  /** Frames of the features, whatever the sound's length. */
  get numFrames(): number {
    return Math.floor(this.#settings.numSamples / this.#settings.hopLength);
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
   * @returns `input_features`, float32, `[n, num_mel_bins, num_frames]`; where asked for, `attention_mask` (or
   * `feature_attention_mask`), int32, `[n, num_frames]`. As in transformers, a mask that the configuration and not the call
   * asks for is one of samples, `[n, num_samples]`.
   * @throws {RangeError} If the samples have another rate.
   */
  // deno-lint-ignore require-await
  async process(samples: readonly Float32Array[], options: ProcessAudioOptions): Promise<Record<string, Tensor>> {
    const { samplingRate, numSamples, numMelBins, paddingValue, maskName, masksFrames, masksSamples } = this.#settings;
    if (options.samplingRate !== samplingRate) {
      throw new RangeError(`Expected samples at ${samplingRate} Hz: found ${options.samplingRate}`);
    }
    const { numFrames } = this;
    const size = numMelBins * numFrames;
    const features = new Float32Array(samples.length * size);
    samples.forEach((sound, i) => {
      features.set(this.#logMel.features(sound.subarray(0, numSamples), numSamples, paddingValue), i * size);
    });
    const outputs: Record<string, Tensor> = {
      input_features: { type: "float32", dims: [samples.length, numMelBins, numFrames], data: features },
    };
    if (options.returnAttentionMask ?? masksFrames) {
      outputs[maskName] = mask(samples.map((sound) => this.numMarkedFrames(sound.length)), numFrames);
    } else if (masksSamples) {
      outputs[maskName] = mask(samples.map((sound) => Math.min(sound.length, numSamples)), numSamples);
    }
    return outputs;
  }
}

/** Ones, then zeros, in each row. */
function mask(lengths: readonly number[], width: number): Tensor {
  const data = new Int32Array(lengths.length * width);
  lengths.forEach((length, row) => data.fill(1, row * width, row * width + length));
  return { type: "int32", dims: [lengths.length, width], data };
}
