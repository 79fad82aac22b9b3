/**
 * Putting the pictures of a batch into one tensor.
 *
 * @module
 */
import { ShapeError } from "../../core/errors.ts";
import { numElements, type Tensor } from "../../core/tensor.ts";
import type { ProcessedImage } from "./picture_steps.ts";
import type { ImageSize } from "./settings.ts";

/** A tensor of integers. */
export function int64(dims: readonly number[], values: Iterable<number>): Tensor {
  return { type: "int64", dims, data: BigInt64Array.from(values, BigInt) };
}

/**
 * Pictures of one size one behind the other: float32, `[n, 3, height, width]`, or with `dims` in the place of `n`.
 *
 * @throws {ShapeError} If sizes differ.
 */
export function stackPictures(
  pictures: readonly ProcessedImage[],
  dims: readonly number[] = [pictures.length],
): Tensor {
  const [{ height, width, pixelValues }] = pictures;
  const other = pictures.find((picture) => picture.height !== height || picture.width !== width);
  if (other) throw new ShapeError("pixel_values", [3, height, width], [3, other.height, other.width]);
  const shape = [...dims, 3, height, width];
  const room = roomOf(pictures);
  if (room?.length === numElements(shape)) return { type: "float32", dims: shape, data: room };
  const data = new Float32Array(numElements(shape));
  pictures.forEach((picture, i) => data.set(picture.pixelValues, i * pixelValues.length));
  return { type: "float32", dims: shape, data };
}

/** All values of pictures that lie one behind the other and fill what they lie in; see `roomFor`. */
function roomOf(pictures: readonly ProcessedImage[]): Float32Array<ArrayBuffer> | undefined {
  const { buffer } = pictures[0].pixelValues;
  let end = 0;
  for (const { pixelValues } of pictures) {
    if (pixelValues.buffer !== buffer || pixelValues.byteOffset !== end) return undefined;
    end += pixelValues.byteLength;
  }
  return end === buffer.byteLength ? new Float32Array(buffer) : undefined;
}

/**
 * Pictures of any size, each filled up with zeros to the right and below: float32, `[n, 3, height, width]`.
 *
 * @param size Default: the largest height and width of the batch.
 * @throws {ShapeError} If a picture is larger than `size`.
 */
export function padPictures(pictures: readonly ProcessedImage[], size: ImageSize = largest(pictures)): Tensor {
  const { height, width } = size;
  const larger = pictures.find((picture) => picture.height > height || picture.width > width);
  if (larger) throw new ShapeError("pixel_values", [3, height, width], [3, larger.height, larger.width]);
  const isWhole = pictures.every((picture) => picture.height === height && picture.width === width);
  if (isWhole) return stackPictures(pictures);
  const dims = [pictures.length, 3, height, width];
  const data = new Float32Array(numElements(dims));
  pictures.forEach((picture, i) => {
    for (let row = 0; row < 3 * picture.height; row++) {
      const channel = Math.floor(row / picture.height);
      const to = ((i * 3 + channel) * height + row % picture.height) * width;
      data.set(picture.pixelValues.subarray(row * picture.width, (row + 1) * picture.width), to);
    }
  });
  return { type: "float32", dims, data };
}

function largest(pictures: readonly ImageSize[]): ImageSize {
  return {
    height: Math.max(...pictures.map(({ height }) => height)),
    width: Math.max(...pictures.map(({ width }) => width)),
  };
}
