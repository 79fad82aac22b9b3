import { CheckpointError } from "../core/errors.ts";

/** What becomes of a picture, in this order: pad, resize, crop, rescale and normalize. */
export interface ImageSteps {
  /** Name of the class in the file. */
  readonly processorType: string;
  /** Colour of the square that the picture is centred in; undefined: no padding. */
  readonly padColor?: readonly [number, number, number];
  /** Size to resize to; undefined: no resize. */
  readonly size?: { readonly shortestEdge: number } | { readonly height: number; readonly width: number };
  /** Filter of the resize. */
  readonly resample: "bilinear" | "bicubic";
  /** Size of the centre to keep; undefined: everything. */
  readonly cropSize?: { readonly height: number; readonly width: number };
  /** Value of each 8-bit level, channel after channel, `[3 * 256]`. */
  readonly levels: Float32Array;
}

type Json = Readonly<Record<string, unknown>>;

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];

/** What the class takes where the file says nothing. */
const COMMON: Json = { do_resize: true, do_rescale: true, do_normalize: true, rescale_factor: 1 / 255, resample: 3 };
const CLIP: Json = {
  ...COMMON,
  do_center_crop: true,
  size: { shortest_edge: 224 },
  crop_size: { height: 224, width: 224 },
  image_mean: CLIP_MEAN,
  image_std: CLIP_STD,
};
const SIGLIP: Json = {
  ...COMMON,
  size: { height: 224, width: 224 },
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** Defaults by class name. The `Fast` classes of transformers 4 are the plain ones of 5. */
const CLASSES: Readonly<Record<string, Json>> = {
  CLIPImageProcessor: CLIP,
  CLIPImageProcessorFast: CLIP,
  CLIPFeatureExtractor: CLIP,
  LlavaImageProcessor: CLIP,
  LlavaImageProcessorFast: CLIP,
  SiglipImageProcessor: SIGLIP,
  SiglipImageProcessorFast: SIGLIP,
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

/** Keys that are read. */
const KNOWN_KEYS = [
  "crop_size",
  "data_format",
  "default_to_square",
  "do_center_crop",
  "do_normalize",
  "do_pad",
  "do_rescale",
  "do_resize",
  "image_mean",
  "image_std",
  "input_data_format",
  "resample",
  "rescale_factor",
  "size",
];

const FILE = "preprocessor_config.json";

function fault(key: string, expected: string, found: unknown): CheckpointError {
  return new CheckpointError(`Expected ${key} to be ${expected}: found ${JSON.stringify(found)}`, {
    param: `${FILE}: ${key}`,
  });
}

/**
 * Reads the preprocessor configuration of a checkpoint, as transformers 4 and 5 write it.
 *
 * A key left out takes the default of its class; `null` turns a step off, as in transformers.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels is unknown or has an unknown value.
 */
export function readImageSteps(file: object): ImageSteps {
  const nested = (file as Json)["image_processor"];
  const given = (typeof nested === "object" && nested !== null ? nested : file) as Json;
  const processorType = given["image_processor_type"] ?? given["feature_extractor_type"];
  const isKnown = typeof processorType === "string" && Object.hasOwn(CLASSES, processorType);
  if (!isKnown) {
    throw fault("image_processor_type", `one of ${Object.keys(CLASSES).join(", ")}`, processorType);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!KNOWN_KEYS.includes(key) && !IGNORED_KEYS.includes(key) && value !== null) {
      throw fault(key, "no option of this image processor", value);
    }
  }
  const config: Json = { ...CLASSES[processorType], ...given };
  requireOneOf(config, "data_format", ["channels_first", null, undefined]);
  requireOneOf(config, "input_data_format", ["channels_first", "channels_last", null, undefined]);
  return {
    processorType,
    padColor: readFlag(config, "do_pad") ? readPadColor(config, processorType) : undefined,
    size: readFlag(config, "do_resize") ? readSize(config) : undefined,
    resample: readResample(config["resample"]),
    cropSize: readFlag(config, "do_center_crop") ? readCropSize(config["crop_size"]) : undefined,
    levels: readLevels(config),
  };
}

function requireOneOf(config: Json, key: string, allowed: readonly unknown[]): void {
  if (!allowed.includes(config[key])) throw fault(key, "channels_first", config[key]);
}

function readFlag(config: Json, key: string): boolean {
  const value = config[key] ?? false;
  if (typeof value !== "boolean") throw fault(key, "true, false or null", value);
  return value;
}

function isExtent(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_536;
}

/** Values of an object that has just these keys (others may be null); undefined if it has not. */
function extents(value: unknown, keys: readonly string[]): number[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const present = Object.entries(value).filter(([, extent]) => extent !== null);
  const found = keys.map((key) => (value as Json)[key]);
  return present.length === keys.length && found.every(isExtent) ? found : undefined;
}

function readSize(config: Json): ImageSteps["size"] {
  const size = config["size"];
  if (isExtent(size)) return config["default_to_square"] ? { height: size, width: size } : { shortestEdge: size };
  const shortest = extents(size, ["shortest_edge"]);
  if (shortest) return { shortestEdge: shortest[0] };
  return readHeightAndWidth("size", size);
}

function readCropSize(size: unknown): { height: number; width: number } {
  if (isExtent(size)) return { height: size, width: size };
  return readHeightAndWidth("crop_size", size);
}

function readHeightAndWidth(key: string, size: unknown): { height: number; width: number } {
  const pair = Array.isArray(size) ? extents({ ...size }, ["0", "1"]) : extents(size, ["height", "width"]);
  if (pair) return { height: pair[0], width: pair[1] };
  const expected = key === "size" ? "a number, {shortest_edge} or {height, width}" : "a number or {height, width}";
  throw fault(key, expected, size);
}

function readResample(value: unknown): "bilinear" | "bicubic" {
  // Pillow's numbers; null is torchvision's own default.
  if (value === null || value === 2) return "bilinear";
  if (value === 3) return "bicubic";
  throw fault("resample", "2 (bilinear) or 3 (bicubic)", value);
}

function readChannels(config: Json, key: string): number[] {
  const value = config[key];
  const channels = typeof value === "number" ? [value, value, value] : value;
  const isNumbers = Array.isArray(channels) && channels.length === 3 && channels.every(Number.isFinite);
  if (!isNumbers || (key === "image_std" && channels.includes(0))) throw fault(key, "three numbers", value);
  return channels;
}

/** LLaVA's square is filled with the mean colour. */
function readPadColor(config: Json, processorType: string): [number, number, number] {
  if (!processorType.startsWith("Llava")) throw fault("do_pad", "false for this class", true);
  const [red, green, blue] = readChannels(config, "image_mean").map((mean) => Math.trunc(mean * 255));
  if ([red, green, blue].some((level) => level < 0 || level > 255)) {
    throw fault("image_mean", "three numbers from 0 to 1", config["image_mean"]);
  }
  return [red, green, blue];
}

/**
 * Rescaling and normalizing, worked out for each level in the order of float32 operations of transformers' torchvision
 * backend: mean and deviation times 1 / factor, then `(level - mean) / deviation`.
 */
function readLevels(config: Json): Float32Array {
  const [rescales, normalizes] = [readFlag(config, "do_rescale"), readFlag(config, "do_normalize")];
  const factor = config["rescale_factor"];
  if (rescales && !(typeof factor === "number" && factor > 0 && factor < Infinity)) {
    throw fault("rescale_factor", "a number above 0", factor);
  }
  if (!rescales && !normalizes) throw fault("do_rescale", "true where do_normalize is not", config["do_rescale"]);
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
