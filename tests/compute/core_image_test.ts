import { assertEquals, assertThrows } from "@std/assert";
import { CoreImage } from "../../src/compute/core.ts";
import { readCoreError } from "../../src/compute/core_error.ts";

/** Level 10 * y + x, plus 100 for each further channel. */
function picture(width: number, height: number): CoreImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return 100 * (i % 3) + 10 * Math.floor(pixel / width) + pixel % width;
  });
  return CoreImage.fromPixels(data, width, height);
}

const reds = (image: CoreImage) => [...image.pixels()].filter((_, i) => i % 3 === 0);

Deno.test("a crop is the part asked for", () => {
  using image = picture(4, 3);
  using part = image.crop(1, 1, 3, 2);
  assertEquals([part.width, part.height], [3, 2]);
  assertEquals(reds(part), [11, 12, 13, 21, 22, 23]);
});

Deno.test("a border has its own width on each side and one colour", () => {
  using image = picture(2, 1);
  using padded = image.pad(1, 0, 2, 1, Uint8Array.of(7, 8, 9));
  assertEquals([padded.width, padded.height], [5, 2]);
  assertEquals(reds(padded), [7, 0, 1, 7, 7, 7, 7, 7, 7, 7]);
  assertEquals([...padded.pixels().subarray(0, 6)], [7, 8, 9, 0, 100, 200]);
});

Deno.test("normalizing looks each level up and parts the channels", () => {
  using image = picture(2, 1);
  const levels = Float32Array.from({ length: 768 }, (_, i) => 1000 * (i >> 8) + (i & 255));
  const values = new Float32Array(6);
  image.writePlanes(2, 1, 0, 0, 2, 1, "bilinear", levels, values, 0);
  assertEquals([...values], [0, 1, 1100, 1101, 2200, 2201]);
});

Deno.test("patches of a cell follow each other, each as often as there are frames", () => {
  using image = picture(4, 2);
  const levels = Float32Array.from({ length: 768 }, (_, i) => i & 255);
  const patches = new Float32Array(4 * 2 * 3 * 2);
  const write = (size: number, merge: number, frames: number, out: Float32Array) =>
    image.writePatches(4, 2, "bilinear", size, merge, frames, levels, out, 0);
  write(1, 2, 2, patches);
  const reds = [...patches].filter((_, i) => i % 6 === 0);
  assertEquals(reds, [0, 1, 10, 11, 2, 3, 12, 13]);
  assertEquals([...patches.subarray(0, 6)], [0, 0, 100, 100, 200, 200]);
  const refused = [[3, 1, 1, patches], [0, 1, 1, patches], [1, 2, 3, patches]] as const;
  for (const [size, merge, frames, out] of refused) {
    assertEquals(readCoreError(assertThrows(() => write(size, merge, frames, out))).code, "invalid_length");
  }
});

Deno.test("every filter resizes the whole picture", () => {
  using image = picture(9, 9);
  for (const filter of ["bilinear", "bicubic", "lanczos"] as const) {
    using resized = image.resize(4, 5, filter);
    assertEquals([resized.width, resized.height, resized.pixels().length], [4, 5, 60]);
  }
});

Deno.test("what does not lie in the picture is refused, and the picture stays", () => {
  using image = picture(4, 3);
  const refused: [() => CoreImage, string][] = [
    [() => image.crop(2, 0, 3, 1), "invalid_length"],
    [() => image.crop(0, 0, 0, 1), "invalid_length"],
    [() => image.crop(0xffff_ffff, 0, 2, 1), "invalid_length"],
    [() => image.pad(0, 0, 1 << 30, 0, Uint8Array.of(0, 0, 0)), "image_too_large"],
    [() => image.pad(0, 0, 1, 0, Uint8Array.of(0, 0)), "invalid_length"],
    [() => image.resize(0, 5, "lanczos"), "image_too_large"],
    [() => image.resize(3, 5, "box" as "lanczos"), "invalid_filter"],
  ];
  for (const [call, code] of refused) assertEquals(readCoreError(assertThrows(call)).code, code);
  assertEquals(image.width, 4);
});
