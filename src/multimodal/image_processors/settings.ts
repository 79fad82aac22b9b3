/**
 * Reading the settings of image processors: what their classes in transformers have in common.
 *
 * @module
 */
import { CheckpointError } from "../../core/errors.ts";
import type { ResizeFilter } from "../image.ts";

/** A parsed JSON object. */
export type Settings = Readonly<Record<string, unknown>>;

/** Height and width, pixels. */
export interface ImageSize {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
}

/** What every class takes where the file says nothing. */
export const COMMON_DEFAULTS: Settings = {
  do_resize: true,
  do_rescale: true,
  do_normalize: true,
  rescale_factor: 1 / 255,
};

/** Keys that change no pixel, whatever their value. */
const IGNORED_KEYS = [
  "_processor_class",
  "_valid_processor_keys",
  "auto_map",
  "device",
  "disable_grouping",
  "do_convert_rgb",
  "feature_extractor_type",
  "image_processor_type",
  "image_seq_length",
  "processor_class",
  "return_tensors",
];

/** Keys that every class reads. */
const COMMON_KEYS = [
  ...Object.keys(COMMON_DEFAULTS),
  "data_format",
  "image_mean",
  "image_std",
  "input_data_format",
  "resample",
];

const FILE = "preprocessor_config.json";

/**
 * An error about one setting.
 *
 * @param key The setting.
 * @param expected What it may be.
 * @param found What it is.
 */
export function settingFault(key: string, expected: string, found: unknown): CheckpointError {
  return new CheckpointError(`Expected ${key} to be ${expected}: found ${JSON.stringify(found)}`, {
    param: `${FILE}: ${key}`,
  });
}

/**
 * The settings of a picture processor in a file.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 */
export function pictureSettings(file: object): Settings {
  const nested = (file as Settings)["image_processor"];
  return (typeof nested === "object" && nested !== null ? nested : file) as Settings;
}

/**
 * Name of the class in a file, older spelling included.
 *
 * @throws {CheckpointError} If it is none of `known`.
 */
export function readProcessorType(settings: Settings, known: readonly string[]): string {
  const type = settings["image_processor_type"] ?? settings["feature_extractor_type"];
  if (typeof type === "string" && known.includes(type)) return type;
  throw settingFault("image_processor_type", `one of ${known.join(", ")}`, type);
}

/**
 * Puts the settings of a file over the defaults of its class. A key left out takes the default; `null` stays, as in
 * transformers.
 *
 * @param settings The file's.
 * @param defaults The class's; its keys are those that are known, with those that every class has.
 * @param furtherKeys Keys that are known and have no default.
 * @throws {CheckpointError} If a key is unknown that could change pixels, or the layout of the result is not channels first.
 */
export function withDefaults(settings: Settings, defaults: Settings, furtherKeys: readonly string[] = []): Settings {
  for (const [key, value] of Object.entries(settings)) {
    const isKnown = Object.hasOwn(defaults, key) ||
      [IGNORED_KEYS, COMMON_KEYS, furtherKeys].some((keys) => keys.includes(key));
    if (!isKnown && value !== null) throw settingFault(key, "no option of this image processor", value);
  }
  const config = { ...COMMON_DEFAULTS, ...defaults, ...settings };
  requireOneOf(config, "data_format", ["channels_first", null, undefined]);
  requireOneOf(config, "input_data_format", ["channels_first", "channels_last", null, undefined]);
  return config;
}

function requireOneOf(config: Settings, key: string, allowed: readonly unknown[]): void {
  if (!allowed.includes(config[key])) throw settingFault(key, "channels_first", config[key]);
}

/** A switch; absent and null are false. */
export function readFlag(config: Settings, key: string): boolean {
  const value = config[key] ?? false;
  if (typeof value !== "boolean") throw settingFault(key, "true, false or null", value);
  return value;
}

/** Whether a value is an extent in pixels: an integer from 1 to 65536. */
export function isExtent(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_536;
}

/** Extents of an object that has just these keys (others may be null); undefined if it has not. */
export function extentsOf(value: unknown, keys: readonly string[]): number[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const present = Object.entries(value).filter(([, extent]) => extent !== null);
  const found = keys.map((key) => (value as Settings)[key]);
  return present.length === keys.length && found.every(isExtent) ? found : undefined;
}

/**
 * A size of two sides: `{height, width}`, or a pair of them.
 *
 * @param expected For the error.
 */
export function readHeightAndWidth(key: string, size: unknown, expected = "{height, width}"): ImageSize {
  const pair = Array.isArray(size) ? extentsOf({ ...size }, ["0", "1"]) : extentsOf(size, ["height", "width"]);
  if (pair) return { height: pair[0], width: pair[1] };
  throw settingFault(key, expected, size);
}

/** The filter of a resize, by Pillow's number; null is torchvision's own default. */
export function readResample(config: Settings): ResizeFilter {
  const value = config["resample"];
  if (value === null || value === 2) return "bilinear";
  if (value === 3) return "bicubic";
  if (value === 1) return "lanczos";
  throw settingFault("resample", "1 (lanczos), 2 (bilinear) or 3 (bicubic)", value);
}

/** Three numbers, one for each channel; one number counts for all. */
export function readChannels(config: Settings, key: string): number[] {
  const value = config[key];
  const channels = typeof value === "number" ? [value, value, value] : value;
  const isNumbers = Array.isArray(channels) && channels.length === 3 && channels.every(Number.isFinite);
  if (!isNumbers || (key === "image_std" && channels.includes(0))) throw settingFault(key, "three numbers", value);
  return channels;
}

/**
 * Value of each 8-bit level, channel after channel, `[3 * 256]`: rescaling and normalizing, worked out in the order of
 * float32 operations of transformers' torchvision backend: mean and deviation times 1 / factor, then
 * `(level - mean) / deviation`.
 */
export function readLevels(config: Settings): Float32Array {
  const [rescales, normalizes] = [readFlag(config, "do_rescale"), readFlag(config, "do_normalize")];
  const factor = config["rescale_factor"];
  if (rescales && !(typeof factor === "number" && factor > 0 && factor < Infinity)) {
    throw settingFault("rescale_factor", "a number above 0", factor);
  }
  if (!rescales && !normalizes) {
    throw settingFault("do_rescale", "true where do_normalize is not", config["do_rescale"]);
  }
  if (!normalizes) {
    return Float32Array.from({ length: 768 }, (_, i) => Math.fround(factor as number) * (i % 256));
  }
  const scale = rescales ? Math.fround(1 / (factor as number)) : 1;
  const [means, deviations] = ["image_mean", "image_std"].map((key) =>
    readChannels(config, key).map((value) => Math.fround(Math.fround(value) * scale))
  );
  return Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8;
    return Math.fround((i & 255) - means[channel]) / deviations[channel];
  });
}
