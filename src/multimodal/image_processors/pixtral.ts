/**
 * The picture processor of Pixtral and Mistral 3: a picture keeps its size unless it is above the largest one, then both
 * sides grow to whole patches.
 *
 * Source: transformers `image_processing_pixtral.py`, torchvision backend.
 *
 * @module
 */
import { ShapeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits, type ResizeFilter } from "../image.ts";
import {
  extentsOf,
  type ImageSize,
  isExtent,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readLevels,
  readProcessorType,
  readResample,
  settingFault,
  type Settings,
  withDefaults,
} from "./settings.ts";

/** Names of the class. */
export const PIXTRAL_CLASSES = ["PixtralImageProcessor", "PixtralImageProcessorFast"] as const;

const DEFAULTS: Settings = {
  resample: 3,
  do_pad: true,
  size: { longest_edge: 1024 },
  patch_size: { height: 16, width: 16 },
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

/** A processor with the settings of a checkpoint. */
export interface PixtralProcessor {
  /** Largest height and width before they grow to whole patches. */
  readonly largestSize: ImageSize;
  /** Extents of a patch. */
  readonly patchSize: ImageSize;
  /**
   * Size of a picture after its resize: whole patches, unless `do_resize` is off.
   *
   * @param width Pixels, upright.
   * @param height Pixels, upright.
   */
  readonly outputSize: (width: number, height: number) => ImageSize;
  /**
   * `pixel_values`, float32, `[n, 3, height, width]`, pictures filled up with zeros to the right and below to the largest of
   * the batch; and `image_sizes`, int64, `[n, 2]`: height and width of each before that.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes and `do_pad` is off.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

interface PixtralSteps {
  readonly largestSize: ImageSize;
  readonly patchSize: ImageSize;
  readonly resizes: boolean;
  readonly pads: boolean;
  readonly resample: ResizeFilter;
  readonly levels: Float32Array;
}

/**
 * Reads the settings of a Pixtral image processor, as transformers 4 and 5 write them.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If a key that changes pixels is unknown or has an unknown value.
 */
export function readPixtral(file: object): PixtralProcessor {
  const steps = readSteps(file);
  return {
    largestSize: steps.largestSize,
    patchSize: steps.patchSize,
    outputSize: (width, height) => outputSize(steps, width, height),
    process(images, limits) {
      const processed = images.map((bytes) => processPicture(steps, bytes, limits));
      const [height, width] = [
        Math.max(...processed.map((one) => one.height)),
        Math.max(...processed.map((one) => one.width)),
      ];
      const smaller = processed.find((one) => one.height < height || one.width < width);
      if (smaller && !steps.pads) {
        throw new ShapeError("pixel_values", [3, height, width], [3, smaller.height, smaller.width]);
      }
      const dims = [processed.length, 3, height, width];
      const data = processed.length === 1 ? processed[0].values : stack(processed, dims);
      const sizes = BigInt64Array.from(processed.flatMap((one) => [one.height, one.width]), BigInt);
      return {
        pixel_values: { type: "float32", dims, data },
        image_sizes: { type: "int64", dims: [processed.length, 2], data: sizes },
      };
    },
  };
}

function readSteps(file: object): PixtralSteps {
  const given = pictureSettings(file);
  readProcessorType(given, PIXTRAL_CLASSES);
  const config = withDefaults(given, DEFAULTS, ["crop_size", "default_to_square", "do_center_crop"]);
  if (readFlag(config, "do_center_crop")) throw settingFault("do_center_crop", "false for this class", true);
  const patch = config["patch_size"];
  return {
    largestSize: readLargestSize(config["size"]),
    patchSize: isExtent(patch)
      ? { height: patch, width: patch }
      : readHeightAndWidth("patch_size", patch, "a number or {height, width}"),
    resizes: readFlag(config, "do_resize"),
    pads: readFlag(config, "do_pad"),
    resample: readResample(config),
    levels: readLevels(config),
  };
}

function readLargestSize(size: unknown): ImageSize {
  if (isExtent(size)) return { height: size, width: size };
  const longest = extentsOf(size, ["longest_edge"]);
  if (longest) return { height: longest[0], width: longest[0] };
  return readHeightAndWidth("size", size, "a number, {longest_edge} or {height, width}");
}

function outputSize({ largestSize, patchSize, resizes }: PixtralSteps, width: number, height: number): ImageSize {
  if (!resizes) return { height, width };
  const ratio = Math.max(height / largestSize.height, width / largestSize.width);
  const shrunk = (extent: number) => ratio > 1 ? Math.floor(extent / ratio) : extent;
  // A side that shrinks to nothing still has the patch that it is part of.
  const whole = (extent: number, patch: number) => Math.max(1, Math.ceil(shrunk(extent) / patch)) * patch;
  return { height: whole(height, patchSize.height), width: whole(width, patchSize.width) };
}

/** One picture as `[3, height, width]`. */
function processPicture(steps: PixtralSteps, bytes: Uint8Array, limits?: ImageLimits) {
  using image = decodeIntoCore(bytes, limits);
  const { height, width } = outputSize(steps, image.width, image.height);
  using resized = callImageCore(() => image.resize(width, height, steps.resample));
  return { height, width, values: callImageCore(() => resized.normalize(steps.levels)) };
}

/** Pictures `[3, height, width]` of different sizes, one behind the other in `dims`, zeros to the right and below. */
function stack(
  pictures: readonly { height: number; width: number; values: Float32Array }[],
  dims: readonly number[],
): Float32Array {
  const [, channels, height, width] = dims;
  const data = new Float32Array(numElements(dims));
  pictures.forEach((picture, i) => {
    for (let row = 0; row < channels * picture.height; row++) {
      const channel = Math.floor(row / picture.height);
      const to = ((i * channels + channel) * height + row % picture.height) * width;
      data.set(picture.values.subarray(row * picture.width, (row + 1) * picture.width), to);
    }
  });
  return data;
}
