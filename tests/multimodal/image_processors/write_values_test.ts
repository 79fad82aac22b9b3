import { assert, assertEquals } from "@std/assert";
import { CoreImage } from "../../../src/compute/core.ts";
import { writePlanes } from "../../../src/multimodal/image_processors/write_values.ts";
import { generator } from "../../kit/mutation.ts";

Deno.test("the part that is seen is the centre, and what lies beyond the picture counts as level 0", () => {
  const below = generator(2);
  const levels = Float32Array.from({ length: 768 }, (_, i) => 1000 * (i >> 8) + (i & 255) + 0.5);
  // torchvision's `center_crop`: the smaller half is lost, or padded, in front.
  const firstOf = (extent: number, seen: number) => Math.trunc((extent - seen) / 2);
  let padded = 0;
  for (let round = 0; round < 300; round++) {
    const [rows, columns, height, width] = [1 + below(9), 1 + below(9), 1 + below(9), 1 + below(9)];
    const pixels = Uint8Array.from({ length: rows * columns * 3 }, () => [0, 255, below(256)][below(3)]);
    const want: number[] = [];
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const [y, x] = [row + firstOf(rows, height), column + firstOf(columns, width)];
          const isInside = y >= 0 && y < rows && x >= 0 && x < columns;
          if (!isInside) padded++;
          const level = isInside ? pixels[(y * columns + x) * 3 + channel] : 0;
          want.push(1000 * channel + level + 0.5);
        }
      }
    }
    using image = CoreImage.fromPixels(pixels, columns, rows);
    const size = { height: rows, width: columns };
    for (const resample of ["bilinear", "nearest-exact"] as const) {
      const out = new Float32Array(want.length + 2).fill(NaN);
      writePlanes(image, { size, resample, levels, out, offset: 1 }, { height, width });
      assertEquals([...out], [NaN, ...want, NaN]);
    }
  }
  assert(padded > 1000);
});
