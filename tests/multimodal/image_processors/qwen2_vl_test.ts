import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, MediaDecodeError } from "../../../src/core/errors.ts";
import { ImageProcessor } from "../../../src/multimodal/image_processor.ts";
import { readQwen2Vl } from "../../../src/multimodal/image_processors/qwen2_vl.ts";
import { smartResize } from "../../../src/multimodal/image_processors/smart_resize.ts";
import { readFamily } from "../../kit/family_goldens.ts";

const DATA = new URL("../../testdata/qwen2_vl/", import.meta.url);
const readJson = (path: string) => JSON.parse(Deno.readTextFileSync(new URL(path, DATA)));
const readPicture = (name: string) => Deno.readFileSync(new URL(name, DATA));
const CONFIG = readJson("hub-form-bf16/preprocessor_config.json");

Deno.test("sizes are those of transformers' smart_resize", () => {
  for (const [width, height, factor, minPixels, maxPixels, w, h] of readJson("sizes.json") as number[][]) {
    const found = smartResize(width, height, { factor, minPixels, maxPixels });
    assertEquals(found, { width: w, height: h }, `${width} x ${height}, ${minPixels} to ${maxPixels}`);
  }
});

Deno.test("half a factor is rounded to the even number, as by Python", () => {
  const bounds = { factor: 28, minPixels: 1, maxPixels: 1e9 };
  assertEquals(smartResize(14 + 28, 14 + 56, bounds), { width: 56, height: 56 });
});

Deno.test("every tensor of a batch is that of transformers", async () => {
  for (const { folder, cases } of readFamily("qwen2_vl")) {
    const file = folder.startsWith("hub") ? "preprocessor_config.json" : "processor_config.json";
    const config = readJson(`${folder}/${file}`);
    for (const { title, files, tensors, processorKwargs } of cases) {
      if (!tensors) continue;
      const images = files.map(readPicture);
      const outputs = processorKwargs
        ? readQwen2Vl(config).process(images, { kwargs: processorKwargs })
        : await ImageProcessor.fromConfig(config).process(images);
      assertEquals(Object.keys(outputs).sort(), Object.keys(tensors).sort());
      for (const [name, { dims, sum, stride, head }] of Object.entries(tensors)) {
        const { dims: found, data } = outputs[name];
        assertEquals(found, dims, `${title}: ${name}`);
        head.forEach((want, i) => assertAlmostEquals(Number(data[i * stride]), want, 1e-5, `${name} at ${i * stride}`));
        const total = Array.from(data as Float32Array, Number).reduce((a, b) => a + b, 0);
        assertAlmostEquals(total, sum, 1e-6 * data.length + 1e-6, `${title}: sum of ${name}`);
      }
    }
  }
});

Deno.test("a cell's patches lie together, each with its frame twice", () => {
  const { pixel_values, image_grid_thw } = readQwen2Vl(CONFIG).process([readPicture("photo.jpg")]);
  const [frames, rows, columns] = Array.from(image_grid_thw.data as BigInt64Array, Number);
  assertEquals([frames, pixel_values.dims], [1, [rows * columns, 3 * 2 * 14 * 14]]);
  const channel = (patch: number, frame: number) => {
    const start = patch * 1176 + frame * 196;
    return pixel_values.data.slice(start, start + 196) as Float32Array;
  };
  assertEquals(channel(5, 0), channel(5, 1));
  // The right column of patch 0 touches the left one of patch 1, the bottom row of patch 0 the top one of patch 2.
  const gap = (a: Float32Array, b: Float32Array, at: (i: number) => [number, number]) =>
    Array.from({ length: 14 }, (_, i) => Math.abs(a[at(i)[0]] - b[at(i)[1]])).reduce((x, y) => x + y) / 14;
  const across = (patch: number) => gap(channel(0, 0), channel(patch, 0), (i) => [i * 14 + 13, i * 14]);
  const down = (patch: number) => gap(channel(0, 0), channel(patch, 0), (i) => [13 * 14 + i, i]);
  assert(across(1) < across(4) && down(2) < down(8));
});

Deno.test("bounds of a request go before the file's, min_pixels before size", () => {
  const grid = (kwargs: object) => readQwen2Vl(CONFIG).gridOf(1000, 600, kwargs);
  assertEquals(grid({}), { width: 10, height: 6 });
  assertEquals(grid({ max_pixels: 28 * 28 * 4 }), grid({ size: { longest_edge: 28 * 28 * 4 } }));
  assertEquals(grid({ max_pixels: 28 * 28 * 4, size: { longest_edge: 28 } }), grid({ max_pixels: 28 * 28 * 4 }));
  const enlarged = { min_pixels: 28 * 28 * 12, max_pixels: 28 * 28 * 40 };
  assertEquals(readQwen2Vl(CONFIG).gridOf(10, 10, enlarged), { width: 8, height: 8 });
});

Deno.test("no picture gets more patches than the largest", () => {
  let state = 1;
  const random = (most: number) => 1 + (state = state * 48271 % 2147483647) % most;
  for (const [least, most] of [[4, 16], [4, 1280], [256, 256], [250, 300], [1, 3]]) {
    const bounds = { min_pixels: 28 * 28 * least, max_pixels: 28 * 28 * most };
    const processor = readQwen2Vl({ ...CONFIG, ...bounds });
    const patches = ({ width, height }: { width: number; height: number }) => {
      const grid = processor.gridOf(width, height);
      return grid.width * grid.height;
    };
    const limit = patches(processor.largestPicture);
    for (let i = 0; i < 2000; i++) {
      const height = random(random(200));
      const width = Math.min(200 * height, height * random(200) + random(height));
      const found = patches({ width, height });
      assert(found <= limit, `${width} x ${height}, ${least} to ${most} cells: ${found} patches, at most ${limit}`);
    }
  }
});

Deno.test("what cannot become a grid is refused", () => {
  const processor = readQwen2Vl(CONFIG);
  assertThrows(() => processor.gridOf(2010, 10), MediaDecodeError, "at most 200 times: found 2010 x 10");
  const huge = { min_pixels: 1e9, max_pixels: 1e10 };
  assertThrows(() => processor.gridOf(100, 100, huge), MediaDecodeError, "after resizing");
  const fixed = readQwen2Vl({ ...CONFIG, do_resize: false });
  assertEquals(fixed.gridOf(56, 84), { width: 4, height: 6 });
  assertThrows(() => fixed.gridOf(57, 84), MediaDecodeError, "multiples of 28");
  assertThrows(() => readQwen2Vl({ ...CONFIG, patch_size: 0 }), CheckpointError, "patch_size to be an integer from 1");
  assertThrows(() => readQwen2Vl({ ...CONFIG, min_pixels: null, size: {} }), CheckpointError, "size.shortest_edge");
});
