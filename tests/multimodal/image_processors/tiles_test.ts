/**
 * The processors that make several tiles or crops of one picture, against transformers.
 *
 * @module
 */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError, MediaDecodeError } from "../../../src/core/errors.ts";
import { ImageProcessor } from "../../../src/multimodal/image_processor.ts";
import { readGemma3 } from "../../../src/multimodal/image_processors/gemma3.ts";
import { readIdefics3 } from "../../../src/multimodal/image_processors/idefics3.ts";
import { drawnPicture } from "../../kit/drawn_picture.ts";
import { sha256 } from "../../testdata/image/goldens.ts";

interface Goldens {
  processors: {
    config: Record<string, unknown>;
    cases: { sizes: [number, number][]; outputs: Record<string, { dims: number[]; type: string; sha256: string }> }[];
  }[];
  grids: { config: object; cases: [width: number, height: number, rows: number, columns: number][] }[];
}

const goldens: Goldens = JSON.parse(
  Deno.readTextFileSync(new URL("../../testdata/tiles/goldens.json", import.meta.url)),
);

for (const { config, cases } of goldens.processors) {
  const { image_processor_type, image_mean: _mean, image_std: _std, ...shown } = config;
  Deno.test(`${image_processor_type} gives transformers' tensors, bit for bit: ${JSON.stringify(shown)}`, async () => {
    const processor = ImageProcessor.fromConfig(config);
    for (const { sizes, outputs } of cases) {
      const images = await Promise.all(sizes.map((size) => drawnPicture(...size)));
      const found = await processor.process(images);
      const about = JSON.stringify(sizes);
      assertEquals(Object.keys(found).sort(), Object.keys(outputs).sort(), about);
      for (const [key, { dims, type, sha256: digest }] of Object.entries(outputs)) {
        assertEquals([found[key].type, found[key].dims], [type, dims], `${about} ${key}`);
        assertEquals(await sha256(found[key].data), digest, `${about} ${key}`);
      }
    }
  });
}

Deno.test("grids of tiles are those of transformers", () => {
  for (const { config, cases } of goldens.grids) {
    const processor = readIdefics3(config);
    for (const [width, height, rows, columns] of cases) {
      assertEquals(
        processor.gridOf(width, height),
        { rows, columns },
        `${width} x ${height} ${JSON.stringify(config)}`,
      );
    }
  }
});

Deno.test("the closed form of tiles and crops is what is made", async () => {
  const tiles = readIdefics3(goldens.processors[0].config);
  const crops = readGemma3(goldens.processors[6].config);
  for (const [width, height] of [[1, 1], [200, 9], [9, 200], [33, 70], [70, 33], [28, 28], [57, 56]]) {
    const picture = [await drawnPicture(width, height)];
    const { rows, columns } = tiles.gridOf(width, height);
    assertEquals(tiles.process(picture).pixel_values.dims[1], rows * columns + 1);
    assertEquals(crops.process(picture).pixel_values.dims[0], crops.numCrops(width, height) + 1);
  }
});

Deno.test("a crop that would be empty is refused, where transformers fails", async () => {
  const config = { ...goldens.processors[6].config, pan_and_scan_min_crop_size: 2 };
  const picture = await drawnPicture(9, 2);
  await assertRejects(
    () => ImageProcessor.fromConfig(config).process([picture]),
    MediaDecodeError,
    "for 4 crops: found 9",
  );
});

Deno.test("a line that would be filled up to huge tiles is refused", async () => {
  const config = {
    image_processor_type: "Idefics3ImageProcessor",
    do_resize: false,
    max_image_size: { longest_edge: 4000 },
  };
  const picture = await drawnPicture(20_000, 1);
  await assertRejects(() => ImageProcessor.fromConfig(config).process([picture]), MediaDecodeError, "after resizing");
});

Deno.test("what is not known is refused by name", () => {
  const idefics = { image_processor_type: "Idefics3ImageProcessor" };
  const gemma = { image_processor_type: "Gemma3ImageProcessor" };
  const bad: [object, string][] = [
    [{ ...idefics, size: { shortest_edge: 30 } }, "size"],
    [{ ...idefics, max_image_size: 364 }, "max_image_size"],
    [{ ...idefics, do_image_splitting: 1 }, "do_image_splitting"],
    [{ ...gemma, size: { longest_edge: 30 } }, "size"],
    [{ ...gemma, do_pan_and_scan: true }, "pan_and_scan_min_crop_size"],
    [{ ...gemma, do_pan_and_scan: "yes" }, "do_pan_and_scan"],
  ];
  for (const [config, key] of bad) {
    const error = assertThrows(() => ImageProcessor.fromConfig(config), CheckpointError, `Expected ${key} to be`);
    assertEquals(error.param, `preprocessor_config.json: ${key}`);
  }
});
