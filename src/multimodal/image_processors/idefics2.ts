/**
 * The picture processor of Idefics2: sides within bounds, on demand four quarters beside the whole picture, filled up with
 * zeros.
 *
 * Source: transformers `image_processing_idefics2.py`, torchvision backend.
 *
 * @module
 */
import type { CoreImage } from "../../compute/core.ts";
import { MediaDecodeError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { callImageCore, decodeIntoCore, type ImageLimits } from "../image.ts";
import { HALF_STATISTICS } from "./levels.ts";
import { type ProcessedImage, processPicture, readPictureSteps } from "./picture_steps.ts";
import { readResample } from "./resize_picture.ts";
import {
  extentsOf,
  type ImageSize,
  pictureSettings,
  readFlag,
  readHeightAndWidth,
  readProcessorType,
  type Settings,
  withDefaults,
} from "./settings.ts";
import { padPictures, stackPictures } from "./stack.ts";

/** Names of the classes that {@linkcode readIdefics2} reads. */
export const IDEFICS2_CLASSES = ["Idefics2ImageProcessor"] as const;

const DEFAULTS: Settings = {
  ...HALF_STATISTICS,
  resample: 2,
  size: { shortest_edge: 378, longest_edge: 980 },
  default_to_square: false,
  do_pad: true,
  do_image_splitting: false,
};

/** A processor of this class. */
export interface Idefics2Processor {
  /**
   * Of the pictures of one prompt: `pixel_values`, float32, `[1, pictures and quarters, 3, height, width]`, zeros to the right
   * and below, the quarters of a picture before itself; and `pixel_attention_mask`, int64, `[1, pictures and quarters, height,
   * width]`, 1 where the picture is, unless `do_pad` is off.
   *
   * @throws {MediaDecodeError} If a file is broken, not supported, over the limit, or too small to be split.
   * @throws {ShapeError} If pictures come out in different sizes and `do_pad` is off.
   */
  readonly process: (images: readonly Uint8Array[], limits?: ImageLimits) => Record<string, Tensor>;
}

/**
 * Reads the settings of an Idefics2 image processor.
 *
 * @param file The parsed `preprocessor_config.json`, or `processor_config.json` with it under `image_processor`.
 * @throws {CheckpointError} If the class is unknown, or a key that changes pixels has an unknown value.
 */
export function readIdefics2(file: object): Idefics2Processor {
  const given = pictureSettings(file);
  readProcessorType(given, IDEFICS2_CLASSES);
  const config = withDefaults(given, DEFAULTS);
  const isSplit = readFlag(config, "do_image_splitting");
  const pads = readFlag(config, "do_pad");
  const sizeOf = readFlag(config, "do_resize") ? readSizes(config["size"]) : undefined;
  const steps = {
    ...readPictureSteps({ ...config, do_resize: false, do_center_crop: false }),
    resample: readResample(config),
  };
  return {
    process(images, limits): Record<string, Tensor> {
      const pictures: ProcessedImage[] = [];
      const take = (part: CoreImage) => void pictures.push(processPicture({ ...steps, size: sizeOf?.(part) }, part));
      for (const bytes of images) {
        using image = decodeIntoCore(bytes, limits);
        for (const { x, y, width, height } of isSplit ? quartersOf(image) : []) {
          if (width === 0 || height === 0) {
            pictures.push(emptyPicture(width, height, sizeOf !== undefined));
            continue;
          }
          using part = callImageCore(() => image.crop(x, y, width, height));
          take(part);
        }
        take(image);
      }
      if (!pads) return { pixel_values: withPrompt(stackPictures(pictures)) };
      const pixelValues = padPictures(pictures);
      return { pixel_values: withPrompt(pixelValues), pixel_attention_mask: withPrompt(maskOf(pictures, pixelValues)) };
    },
  };
}

/** Size of a picture: just so, or with its longer side shrunk to a bound and both at least at another. */
function readSizes(size: unknown): (picture: ImageSize) => ImageSize {
  const bounds = extentsOf(size, ["shortest_edge", "longest_edge"]);
  if (!bounds) {
    const fixed = readHeightAndWidth("size", size);
    return () => fixed;
  }
  const [least, most] = bounds;
  return ({ width, height }) => {
    const ratio = width / height;
    if (width >= height && width > most) [width, height] = [most, Math.trunc(most / ratio)];
    else if (height > width && height > most) [width, height] = [Math.trunc(most * ratio), most];
    return { width: Math.max(width, least), height: Math.max(height, least) };
  };
}

/** Top left, top right, bottom left, bottom right; an odd row or column belongs to the latter ones. */
function quartersOf({ width, height }: ImageSize): { x: number; y: number; width: number; height: number }[] {
  const [x, y] = [Math.floor(width / 2), Math.floor(height / 2)];
  return [[0, y], [y, height - y]].flatMap(([top, rows]) =>
    [[0, x], [x, width - x]].map(([left, columns]) => ({ x: left, y: top, width: columns, height: rows }))
  );
}

/** A quarter of a line: nothing, which is filled up, but cannot be resized. */
function emptyPicture(width: number, height: number, isResized: boolean): ProcessedImage {
  if (!isResized) return { width, height, pixelValues: new Float32Array(0) };
  throw new MediaDecodeError("Expected a picture of at least 2 x 2 pixels to split: found a line", {
    code: "unsupported_image",
  });
}

/** Ones where pictures are, zeros where they were filled up. */
function maskOf(pictures: readonly ImageSize[], { dims: [count, , height, width] }: Tensor): Tensor {
  const data = new BigInt64Array(count * height * width);
  pictures.forEach((picture, i) => {
    for (let row = 0; row < picture.height; row++) {
      const start = (i * height + row) * width;
      data.fill(1n, start, start + picture.width);
    }
  });
  return { type: "int64", dims: [count, height, width], data };
}

/** With the dimension of prompts in front. */
function withPrompt(tensor: Tensor): Tensor {
  return { ...tensor, dims: [1, ...tensor.dims] };
}
