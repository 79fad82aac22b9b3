/**
 * The classes whose whole work is to resize, crop, rescale and normalize, with what each takes where a file says nothing.
 *
 * Source: the class attributes in transformers, `image_processing_<model>.py`.
 *
 * @module
 */
import { CLIP_STATISTICS, HALF_STATISTICS, IMAGENET_STATISTICS } from "./levels.ts";
import { isExtent, settingFault, type Settings } from "./settings.ts";

const SQUARE_224: Settings = { height: 224, width: 224 };

const CLIP: Settings = {
  ...CLIP_STATISTICS,
  resample: 3,
  size: { shortest_edge: 224 },
  default_to_square: false,
  crop_size: SQUARE_224,
  do_center_crop: true,
};

/** Defaults by class name. */
export const PLAIN_CLASSES: Readonly<Record<string, Settings>> = {
  BeitImageProcessor: { ...HALF_STATISTICS, resample: 3, size: SQUARE_224, crop_size: SQUARE_224 },
  BitImageProcessor: CLIP,
  BlipImageProcessor: { ...CLIP_STATISTICS, resample: 3, size: { height: 384, width: 384 } },
  CLIPImageProcessor: CLIP,
  ChameleonImageProcessor: {
    image_mean: [1, 1, 1],
    image_std: [1, 1, 1],
    resample: 1,
    size: { shortest_edge: 512 },
    default_to_square: false,
    crop_size: { height: 512, width: 512 },
    do_center_crop: true,
    rescale_factor: 0.0078,
  },
  ChineseCLIPImageProcessor: CLIP,
  ConvNextImageProcessor: {
    ...HALF_STATISTICS,
    resample: 3,
    size: { shortest_edge: 384 },
    default_to_square: false,
    crop_pct: 224 / 256,
  },
  DeiTImageProcessor: {
    ...HALF_STATISTICS,
    resample: 3,
    size: { height: 256, width: 256 },
    crop_size: SQUARE_224,
    do_center_crop: true,
  },
  IdeficsImageProcessor: { ...CLIP_STATISTICS, resample: 3, size: SQUARE_224 },
  LevitImageProcessor: { ...CLIP, ...IMAGENET_STATISTICS },
  LlavaImageProcessor: CLIP,
  MobileNetV1ImageProcessor: {
    ...HALF_STATISTICS,
    resample: 2,
    size: { shortest_edge: 256 },
    default_to_square: false,
    crop_size: SQUARE_224,
    do_center_crop: true,
  },
  PI0ImageProcessor: {
    ...HALF_STATISTICS,
    resample: 3,
    size: { max_height: 224, max_width: 224 },
    default_to_square: false,
    do_pad: true,
    pad_size: SQUARE_224,
  },
  PvtImageProcessor: { ...IMAGENET_STATISTICS, resample: 3, size: SQUARE_224 },
  SiglipImageProcessor: { ...HALF_STATISTICS, resample: 3, size: SQUARE_224, default_to_square: false },
  ViTImageProcessor: { ...HALF_STATISTICS, resample: 2, size: SQUARE_224 },
};

/** Classes of {@linkcode PLAIN_CLASSES} that read `do_pad` as filling a batch up with zeros. */
export function padsBatches(className: string): boolean {
  return !["BeitImageProcessor", "ConvNextImageProcessor", "LlavaImageProcessor"].includes(className);
}

/**
 * Brings the keys that only one class has into the words of all.
 *
 * @param config A file over the defaults of its class.
 * @throws {CheckpointError} If one of them cannot be worked with.
 */
export function inPlainWords(className: string, config: Settings): Settings {
  switch (className) {
    case "CLIPImageProcessor":
      return config["use_square_size"] ? { ...config, size: SQUARE_224 } : config;
    case "IdeficsImageProcessor":
      return config["image_size"] == null ? config : { ...config, size: [config["image_size"], config["image_size"]] };
    case "LevitImageProcessor": {
      const edge = shortestEdge(config);
      return edge === undefined ? config : { ...config, size: { shortest_edge: Math.trunc(256 / 224 * edge) } };
    }
    case "ConvNextImageProcessor":
      return convNextInPlainWords(config);
    default:
      return config;
  }
}

/** Below 384 pixels a larger picture is cropped, from there on the whole one is squashed. */
function convNextInPlainWords(config: Settings): Settings {
  if (config["do_resize"] !== true) return config;
  const edge = shortestEdge(config);
  if (edge === undefined) throw settingFault("size", "a number or {shortest_edge}", config["size"]);
  if (edge >= 384) return { ...config, size: { height: edge, width: edge } };
  const share = config["crop_pct"];
  if (typeof share !== "number" || !(share > 0 && share <= 1)) {
    throw settingFault("crop_pct", "a number above 0, at most 1", share);
  }
  if (config["do_center_crop"]) throw settingFault("do_center_crop", "false for a size below 384", true);
  return {
    ...config,
    size: { shortest_edge: Math.trunc(edge / share) },
    do_center_crop: true,
    crop_size: { height: edge, width: edge },
  };
}

/** The shorter edge that `size` asks for. */
function shortestEdge({ size, default_to_square }: Settings): number | undefined {
  const edge = isExtent(size) && !default_to_square ? size : (size as Settings | null)?.["shortest_edge"];
  return isExtent(edge) ? edge : undefined;
}
