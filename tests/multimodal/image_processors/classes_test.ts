/**
 * Every class, with many settings and pictures, against transformers.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { ImageProcessor } from "../../../src/multimodal/image_processor.ts";
import { readGotOcr2 } from "../../../src/multimodal/image_processors/got_ocr2.ts";
import { readMllama } from "../../../src/multimodal/image_processors/mllama.ts";
import { IMAGE_PROCESSOR_CLASSES } from "../../../src/multimodal/image_processors/mod.ts";
import { readSiglip2 } from "../../../src/multimodal/image_processors/siglip2.ts";
import type { TileGrid } from "../../../src/multimodal/image_processors/tile_grids.ts";
import { drawnPicture } from "../../kit/drawn_picture.ts";
import { readPicture, sha256 } from "../../testdata/image/goldens.ts";

type Golden = [type: string, dims: number[], digest: string];

interface Case {
  /** Width and height of a drawn picture, or the name of a file. */
  pictures: ([number, number] | string)[];
  alpha?: "white" | "drop";
  outputs: Record<string, Golden>;
}

const { processors }: { processors: { config: Record<string, unknown>; cases: Case[] }[] } = JSON.parse(
  Deno.readTextFileSync(new URL("../../testdata/image_processors/goldens.json", import.meta.url)),
);

const classOf = ({ image_processor_type: type, feature_extractor_type: older }: Record<string, unknown>) =>
  String(type ?? older).replace(/(Fast|Pil)$/, "").replace("FeatureExtractor", "ImageProcessor");

for (const [name, ofClass] of Object.entries(Object.groupBy(processors, ({ config }) => classOf(config)))) {
  const numCases = ofClass!.reduce((sum, { cases }) => sum + cases.length, 0);
  Deno.test(`${name} gives transformers' tensors, bit for bit, in ${numCases} cases`, async () => {
    for (const { config, cases } of ofClass!) {
      const processor = ImageProcessor.fromConfig(config);
      for (const { pictures, alpha, outputs } of cases) {
        const images = await Promise.all(
          pictures.map((picture) => typeof picture === "string" ? readPicture(picture) : drawnPicture(...picture)),
        );
        const about = `${JSON.stringify(pictures)} ${alpha ?? ""} ${JSON.stringify(config)}`;
        const found = await processor.process(images, { alpha });
        assertEquals(Object.keys(found).sort(), Object.keys(outputs).sort(), about);
        for (const [key, [type, dims, digest]] of Object.entries(outputs)) {
          assertEquals([found[key].type, found[key].dims], [type, dims], `${key}: ${about}`);
          assertEquals((await sha256(found[key].data)).slice(0, 16), digest, `${key}: ${about}`);
        }
      }
    }
  });
}

Deno.test("every class that is listed has its cases", () => {
  const tested = new Set(processors.map(({ config }) => classOf(config)));
  // Older names of classes that have theirs.
  const older = ["Ernie4_5_VL_MoeImageProcessor", "Qwen2_5_VLImageProcessor"];
  const listed = IMAGE_PROCESSOR_CLASSES.filter((name) => !older.includes(name));
  assertEquals([...tested].sort(), [...listed].sort());
});

Deno.test("grids told from a size alone are those of what is made", async () => {
  const [got, mllama, siglip2] = [
    readGotOcr2({ image_processor_type: "GotOcr2ImageProcessor", crop_to_patches: true, size: 20, max_patches: 6 }),
    readMllama({ image_processor_type: "MllamaImageProcessor", size: 20, max_image_tiles: 6 }),
    readSiglip2({ image_processor_type: "Siglip2ImageProcessor", patch_size: 5, max_num_patches: 30 }),
  ];
  for (const [width, height] of [[1, 1], [200, 9], [9, 200], [33, 70], [70, 33], [20, 20], [57, 56]]) {
    const picture = [await drawnPicture(width, height)];
    const numTiles = ({ rows, columns }: TileGrid) => rows * columns;
    const cut = numTiles(got.gridOf(width, height));
    assertEquals(got.process(picture).pixel_values.dims[0], cut === 1 ? 1 : cut + 1);
    assertEquals([...mllama.process(picture).num_tiles.data].map(Number), [numTiles(mllama.gridOf(width, height))]);
    const grid = siglip2.gridOf(width, height);
    assertEquals([...siglip2.process(picture).spatial_shapes.data].map(Number), [grid.height, grid.width]);
  }
});

Deno.test("a class that is not known, or a value that cannot be worked with, is refused by name", () => {
  const bad: [object, string][] = [
    [{ image_processor_type: "DetrImageProcessor" }, "image_processor_type"],
    [{ feature_extractor_type: "WhisperFeatureExtractor" }, "image_processor_type"],
    [{ image_processor_type: "GotOcr2ImageProcessor", crop_to_patches: true, size: { shortest_edge: 9 } }, "size"],
    [{ image_processor_type: "GotOcr2ImageProcessor", crop_to_patches: true, max_patches: 0 }, "max_patches"],
    [{ image_processor_type: "GotOcr2ImageProcessor", crop_to_patches: true, max_patches: 1e6 }, "max_patches"],
    [{ image_processor_type: "Siglip2ImageProcessor", patch_size: "16" }, "patch_size"],
    [{ image_processor_type: "Siglip2ImageProcessor", max_num_patches: null }, "max_num_patches"],
    [{ image_processor_type: "MllamaImageProcessor", do_pad: false }, "do_pad"],
    [{ image_processor_type: "MllamaImageProcessor", do_resize: null }, "do_resize"],
    [{ image_processor_type: "MllamaImageProcessor", size: [224, 448] }, "size"],
    [{ image_processor_type: "MllamaImageProcessor", max_image_tiles: 0 }, "max_image_tiles"],
    [{ image_processor_type: "LlavaOnevisionImageProcessor", image_grid_pinpoints: "auto" }, "image_grid_pinpoints"],
    [{ image_processor_type: "ViTImageProcessor", resample: null }, "resample"],
    [{ image_processor_type: "Idefics2ImageProcessor", size: { longest_edge: 9 } }, "size"],
    [{ image_processor_type: "Lfm2VlImageProcessor", tile_size: 100 }, "tile_size"],
    [{ image_processor_type: "Lfm2VlImageProcessor", min_tiles: 11 }, "max_tiles"],
    [{ image_processor_type: "Lfm2VlImageProcessor", do_pad: false }, "do_pad"],
    [{ image_processor_type: "Gemma4ImageProcessor", max_soft_tokens: 100 }, "max_soft_tokens"],
    [{ image_processor_type: "Gemma4ImageProcessor", resample: 0 }, "resample"],
    [{ image_processor_type: "JanusImageProcessor", size: [30, 40] }, "size"],
    [{ image_processor_type: "JanusImageProcessor", image_mean: 2 }, "image_mean"],
    [{ image_processor_type: "Glm4vImageProcessor", size: { shortest_edge: 9 } }, "size.longest_edge"],
    [{ image_processor_type: "ViTImageProcessor", size: { longest_edge: 9 } }, "size"],
  ];
  for (const [config, key] of bad) {
    const error = assertThrows(() => ImageProcessor.fromConfig(config), CheckpointError, `Expected ${key} to be`);
    assert(error.param?.endsWith(`: ${key}`));
  }
});
