/**
 * Rescaling and normalizing 8-bit levels.
 *
 * Source: `rescale_and_normalize` of transformers' torchvision backend.
 *
 * @module
 */
import { readFlag, settingFault, type Settings } from "./settings.ts";

/** Mean and deviation of the pictures that CLIP was trained on. */
export const CLIP_STATISTICS: Settings = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

/** Mean and deviation of ImageNet. */
export const IMAGENET_STATISTICS: Settings = {
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
};

/** Mean and deviation that bring levels to -1 to 1. */
export const HALF_STATISTICS: Settings = {
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/**
 * Three numbers, one for each channel; one number counts for all.
 *
 * @throws {CheckpointError} If it is neither, or a deviation is 0.
 */
export function readChannels(config: Settings, key: "image_mean" | "image_std"): number[] {
  const value = config[key];
  const given = Array.isArray(value) ? value : [value];
  const channels = given.length === 1 ? [given[0], given[0], given[0]] : given;
  const isNumbers = channels.length === 3 && channels.every(Number.isFinite);
  if (!isNumbers || (key === "image_std" && channels.includes(0))) throw settingFault(key, "three numbers", value);
  return channels;
}

/**
 * The mean as a colour, with which squares are filled up.
 *
 * @throws {CheckpointError} If it is none.
 */
export function readMeanColor(config: Settings): [red: number, green: number, blue: number] {
  const [red, green, blue] = readChannels(config, "image_mean").map((mean) => Math.trunc(mean * 255));
  if ([red, green, blue].some((level) => level < 0 || level > 255)) {
    throw settingFault("image_mean", "three numbers from 0 to 1", config["image_mean"]);
  }
  return [red, green, blue];
}

/**
 * Value of each 8-bit level, channel after channel, `[3 * 256]`, worked out in the order of float32 operations of the
 * source: mean and deviation times 1 / factor, then `(level - mean) / deviation`.
 *
 * @throws {CheckpointError} If a value is none that can be worked with, or levels would stay integers.
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
  const [means, deviations] = (["image_mean", "image_std"] as const).map((key) =>
    readChannels(config, key).map((value) => Math.fround(Math.fround(value) * scale))
  );
  return Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8;
    return Math.fround((i & 255) - means[channel]) / deviations[channel];
  });
}
