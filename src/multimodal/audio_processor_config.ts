import { CheckpointError } from "../core/errors.ts";

/** What becomes of samples: filled or cut to a length, log-mel features, mask. */
export interface AudioSettings {
  /** Rate at which samples are taken, hertz. */
  readonly samplingRate: number;
  /** Length to which every sound is brought, samples; if {@linkcode isSplit}, to the next multiple of it. */
  readonly numSamples: number;
  /** Whether a longer sound becomes several rows instead of being cut. */
  readonly isSplit: boolean;
  /** What is put behind a shorter sound. */
  readonly paddingValue: number;
  /** Filters on the mel scale. */
  readonly numMelBins: number;
  /** Samples of a window. */
  readonly windowLength: number;
  /** Samples from a window to the next. */
  readonly hopLength: number;
  /** Name of the mask among the outputs. */
  readonly maskName: "attention_mask" | "feature_attention_mask";
  /** Whether a call that does not say gets a mask of frames. */
  readonly masksFrames: boolean;
  /** Whether a call that does not ask for one gets a mask of samples. */
  readonly masksSamples: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Defaults of `WhisperFeatureExtractor`. */
const DEFAULTS: Json = {
  feature_size: 80,
  sampling_rate: 16000,
  hop_length: 160,
  chunk_length: 30,
  n_fft: 400,
  padding_value: 0,
  padding_side: "right",
  dither: 0,
  return_attention_mask: false,
};

/** Keys that change nothing, or that follow from others. */
const IGNORED_KEYS = [
  "_processor_class",
  "auto_map",
  "do_normalize",
  "feature_extractor_type",
  "mel_filters",
  "n_samples",
  "nb_max_frames",
  "processor_class",
  "return_tensors",
];

const CLASS = "WhisperFeatureExtractor";

/** What `VoxtralProcessor` fills a sound to, samples, and the frames of its rows, whatever the configuration says. */
const VOXTRAL_CHUNK = { samples: 480_000, frames: 3000 };

function fault(key: string, expected: string, found: unknown): CheckpointError {
  return new CheckpointError(`Expected ${key} to be ${expected}: found ${JSON.stringify(found)}`, {
    param: `preprocessor_config.json: ${key}`,
  });
}

/**
 * Reads the settings of an audio processor. A key left out takes the default of its class.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `feature_extractor`.
 * @throws {CheckpointError} If the class is another one, or a key that changes features is unknown or has an unknown value.
 */
export function readAudioSettings(file: object): AudioSettings {
  const nested = (file as Json)["feature_extractor"];
  const given = (typeof nested === "object" && nested !== null ? nested : file) as Json;
  // The class may be left out where the processor's own class implies it.
  const processorClass = given["processor_class"] ?? (file as Json)["processor_class"];
  const type = given["feature_extractor_type"] ?? (processorClass === undefined ? undefined : CLASS);
  if (type !== CLASS) throw fault("feature_extractor_type", CLASS, type);
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, key) && !IGNORED_KEYS.includes(key) && value !== null) {
      throw fault(key, "no option of this audio processor", value);
    }
  }
  const config: Json = { ...DEFAULTS, ...given };
  if (config["padding_side"] !== "right") throw fault("padding_side", "right", config["padding_side"]);
  if (config["dither"] !== 0) throw fault("dither", "0, because other values are random", config["dither"]);
  const paddingValue = config["padding_value"];
  if (typeof paddingValue !== "number" || !Number.isFinite(paddingValue)) {
    throw fault("padding_value", "a number", paddingValue);
  }
  const marks = config["return_attention_mask"];
  if (typeof marks !== "boolean") throw fault("return_attention_mask", "true or false", marks);

  const samplingRate = readCount(config, "sampling_rate", 768_000);
  const numSamples = readCount(config, "chunk_length", 3600) * samplingRate;
  const windowLength = readCount(config, "n_fft", 65_536);
  if (windowLength % 2 !== 0) throw fault("n_fft", "an even number", windowLength);
  if (numSamples <= windowLength / 2) throw fault("chunk_length", "longer than half of n_fft", config["chunk_length"]);
  const isQwen2Audio = processorClass === "Qwen2AudioProcessor";
  const isVoxtral = processorClass === "VoxtralProcessor";
  const hopLength = readCount(config, "hop_length", numSamples);
  if (isVoxtral && hopLength * VOXTRAL_CHUNK.frames !== VOXTRAL_CHUNK.samples) {
    throw fault("hop_length", "160, because VoxtralProcessor's rows have 3000 frames", hopLength);
  }
  return {
    samplingRate,
    numSamples: isVoxtral ? VOXTRAL_CHUNK.samples : numSamples,
    isSplit: isVoxtral,
    paddingValue,
    numMelBins: readCount(config, "feature_size", 1024),
    windowLength,
    hopLength,
    maskName: isQwen2Audio ? "feature_attention_mask" : "attention_mask",
    masksFrames: isQwen2Audio,
    masksSamples: !isQwen2Audio && !isVoxtral && marks,
  };
}

function readCount(config: Json, key: string, most: number): number {
  const value = config[key];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw fault(key, `a whole number from 1 to ${most}`, value);
}
