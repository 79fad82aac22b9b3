/**
 * Reading the settings of image processors: what their classes in transformers have in common.
 *
 * @module
 */
import { CheckpointError } from "../../core/errors.ts";

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
const COMMON_DEFAULTS: Settings = {
  default_to_square: true,
  do_resize: true,
  do_rescale: true,
  do_normalize: true,
  rescale_factor: 1 / 255,
};

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
 * Name of the class in a file: `XFeatureExtractor`, `XImageProcessorFast` and `XImageProcessorPil` all mean
 * `XImageProcessor`, with the backend of transformers 5, torchvision.
 *
 * @param known The plain names.
 * @throws {CheckpointError} If it is none of `known`.
 */
export function readProcessorType(settings: Settings, known: readonly string[]): string {
  const type = settings["image_processor_type"] ?? settings["feature_extractor_type"];
  const plain = typeof type === "string"
    ? type.replace(/Fast$/, "").replace(/Pil$/, "").replace(/FeatureExtractor$/, "ImageProcessor")
    : undefined;
  if (plain !== undefined && known.includes(plain)) return plain;
  throw settingFault("image_processor_type", `one of ${known.join(", ")}`, type);
}

/**
 * Puts the settings of a file over the defaults of its class. A key left out takes the default; `null` stays, as in
 * transformers. Keys that the class does not read change nothing: `do_convert_rgb` (files are always decoded to RGB),
 * `data_format` (channels come first, whatever it says) and those of other classes.
 */
export function withDefaults(settings: Settings, defaults: Settings): Settings {
  return { ...COMMON_DEFAULTS, ...defaults, ...settings };
}

/** A switch; absent and null are false. */
export function readFlag(config: Settings, key: string): boolean {
  const value = config[key] ?? false;
  if (typeof value !== "boolean") throw settingFault(key, "true, false or null", value);
  return value;
}

/** An integer from 1. */
export function readCount(key: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw settingFault(key, "an integer from 1", value);
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
 * A size of two sides: `{height, width}`, a pair of them, or a number for both.
 *
 * @throws {CheckpointError} If it is none of these.
 */
export function readHeightAndWidth(key: string, size: unknown): ImageSize {
  if (isExtent(size)) return { height: size, width: size };
  const pair = Array.isArray(size) ? extentsOf({ ...size }, ["0", "1"]) : extentsOf(size, ["height", "width"]);
  if (pair) return { height: pair[0], width: pair[1] };
  throw settingFault(key, "a number, a pair or {height, width}", size);
}
