import type { CoreImage } from "../compute/core.ts";
import { MediaDecodeError, ShapeError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { callImageCore, decodeIntoCore, DEFAULT_MAX_IMAGE_PIXELS, type ImageLimits } from "./image.ts";
import { type ImageSteps, readImageSteps } from "./image_processor_config.ts";

/** A picture as its encoder takes it. */
export interface ProcessedImage {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
  /** `[3, height, width]`. */
  readonly pixelValues: Float32Array<ArrayBuffer>;
}

/** Height and width, pixels. */
export interface ImageSize {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
}

/**
 * Turns picture files into `pixel_values`, as the image processor of a checkpoint does in transformers, torchvision
 * backend: pad, resize (8-bit, byte for byte), centre crop, rescale and normalize (float32, same operations).
 *
 * @example
 * ```ts
 * import { ImageProcessor } from "./image_processor.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const processor = ImageProcessor.fromConfig({ image_processor_type: "CLIPImageProcessor", size: 336, crop_size: 336 });
 * assertEquals(processor.outputSize(640, 480), { height: 336, width: 336 });
 * ```
 */
export class ImageProcessor {
  readonly #steps: ImageSteps;

  private constructor(steps: ImageSteps) {
    this.#steps = steps;
  }

  /**
   * Reads a checkpoint's configuration: classes CLIP, SigLIP and LLaVA image processor, of transformers 4 and 5.
   *
   * @param preprocessorConfig The parsed `preprocessor_config.json`.
   * @throws {CheckpointError} If the class or an option that changes pixels is not supported; `param` names it.
   */
  static fromConfig(preprocessorConfig: object): ImageProcessor {
    return new ImageProcessor(readImageSteps(preprocessorConfig));
  }

  /**
   * Size of `pixel_values` for a picture of this size.
   *
   * @param width Pixels, upright.
   * @param height Pixels, upright.
   */
  outputSize(width: number, height: number): ImageSize {
    return this.#steps.cropSize ?? this.#resizedSize(width, height);
  }

  /**
   * Decodes and transforms picture files.
   *
   * @param images Encoded files; at least one.
   * @param limits How files are decoded.
   * @returns `pixel_values`, float32, `[n, 3, height, width]`.
   * @throws {MediaDecodeError} If a file is broken, not supported or over the limit.
   * @throws {ShapeError} If pictures come out in different sizes, which only a processor without crop lets happen.
   */
  // deno-lint-ignore require-await
  async process(images: readonly Uint8Array[], limits: ImageLimits = {}): Promise<Record<string, Tensor>> {
    const processed = images.map((bytes) => this.processImage(bytes, limits));
    const [{ height, width }] = processed;
    const other = processed.find((image) => image.height !== height || image.width !== width);
    if (other) throw new ShapeError("pixel_values", [3, height, width], [3, other.height, other.width]);
    const dims = [processed.length, 3, height, width];
    if (processed.length === 1) {
      return { pixel_values: { type: "float32", dims, data: processed[0].pixelValues } };
    }
    const data = new Float32Array(dims.reduce((product, dim) => product * dim));
    processed.forEach(({ pixelValues }, i) => data.set(pixelValues, i * pixelValues.length));
    return { pixel_values: { type: "float32", dims, data } };
  }

  /**
   * Decodes and transforms one picture file.
   *
   * @throws {MediaDecodeError} As {@linkcode process}.
   */
  processImage(bytes: Uint8Array, limits: ImageLimits = {}): ProcessedImage {
    let image = decodeIntoCore(bytes, limits);
    try {
      const { padColor } = this.#steps;
      if (padColor) image = replace(image, callImageCore(() => image.padToSquare(...padColor)));
      const resized = this.#resizedSize(image.width, image.height);
      const { height, width } = this.#steps.cropSize ?? resized;
      checkOutput(width, height);
      if (this.#steps.size) {
        const isBicubic = this.#steps.resample === "bicubic";
        // Only the part that the crop keeps is computed.
        const next = callImageCore(() => image.resizeCenter(resized.width, resized.height, width, height, isBicubic));
        image = replace(image, next);
      }
      const pixelValues = callImageCore(() => image.cropAndNormalize(height, width, this.#steps.levels));
      return { height, width, pixelValues: pixelValues as Float32Array<ArrayBuffer> };
    } finally {
      image.free();
    }
  }

  #resizedSize(width: number, height: number): ImageSize {
    const { size, padColor } = this.#steps;
    if (padColor) width = height = Math.max(width, height);
    if (!size) return { height, width };
    if ("height" in size) return size;
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    const longEdge = Math.trunc(size.shortestEdge * long / short);
    return width <= height
      ? { height: longEdge, width: size.shortestEdge }
      : { height: size.shortestEdge, width: longEdge };
  }
}

/** Frees the picture that a step has used up. */
function replace(old: CoreImage, next: CoreImage): CoreImage {
  old.free();
  return next;
}

/** A processor without crop can make a long, narrow picture huge. */
function checkOutput(width: number, height: number): void {
  if (width * height > DEFAULT_MAX_IMAGE_PIXELS) {
    throw new MediaDecodeError(
      `Expected a picture of at most ${DEFAULT_MAX_IMAGE_PIXELS} pixels after resizing: found ${width} x ${height}`,
      { code: "image_too_large" },
    );
  }
}
