import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { ImageProcessor } from "../../src/multimodal/image_processor.ts";
import { readClip } from "../../src/multimodal/image_processors/clip.ts";
import { MediaDecodeError, ShapeError } from "../../src/core/errors.ts";
import { goldens, readPicture, sha256 } from "../testdata/image/goldens.ts";

Deno.test("pixel_values are those of transformers, bit for bit", async () => {
  for (const { config, outputs } of goldens.processors) {
    const processor = ImageProcessor.fromConfig(config);
    for (const [name, golden] of Object.entries(outputs)) {
      const { pixel_values } = await processor.process([readPicture(name)]);
      const [channels, height, width] = golden.shape;
      assertEquals([pixel_values.type, ...pixel_values.dims], ["float32", 1, channels, height, width], name);
      const file = goldens.files[name];
      assertEquals(readClip(config).outputSize(file.width, file.height), { height, width });
      const data = pixel_values.data as Float32Array;
      const rows = new Float32Array(Uint8Array.fromBase64(golden.middle_rows).buffer);
      const columns = rows.length / channels;
      rows.forEach((want, i) => {
        const start = (Math.floor(i / columns) * height + (height >> 1)) * width;
        assertAlmostEquals(data[start + i % columns], want, 1e-5, name);
      });
      assertEquals(await sha256(data), golden.sha256, `${name}: ${JSON.stringify(config)}`);
    }
  }
});

Deno.test("several pictures are stacked, each as it comes alone", async () => {
  const processor = ImageProcessor.fromConfig(goldens.processors[0].config);
  const files = ["rgba.png", "rgb_420.jpg", "grey_1.png"].map(readPicture);
  const { pixel_values } = await processor.process(files);
  assertEquals(pixel_values.dims, [3, 3, 28, 28]);
  files.forEach((bytes, i) => {
    const { height, width, pixelValues } = readClip(goldens.processors[0].config).processImage(bytes);
    assertEquals([height, width], [28, 28]);
    assertEquals(pixel_values.data.subarray(i * 3 * 28 * 28, (i + 1) * 3 * 28 * 28), pixelValues);
  });
});

Deno.test("transparency is the caller's choice", async () => {
  const processor = ImageProcessor.fromConfig(goldens.processors[0].config);
  const bytes = readPicture("rgba.png");
  const white = await processor.process([bytes]);
  const dropped = await processor.process([bytes], { alpha: "drop" });
  assert(white.pixel_values.data.some((value, i) => value !== dropped.pixel_values.data[i]));
});

Deno.test("what cannot be processed is refused and the next picture works", async () => {
  const config = { image_processor_type: "CLIPImageProcessor", size: { shortest_edge: 20 }, do_center_crop: false };
  const processor = ImageProcessor.fromConfig(config);
  const good = readPicture("rgb.png");
  await assertRejects(() => processor.process([good, new Uint8Array(9)]), MediaDecodeError, "signature of none");
  await assertRejects(() => processor.process([good], { maxPixels: 100 }), MediaDecodeError, "at most 100 pixels");
  await assertRejects(() => processor.process([good, readPicture("rgba.png")]), ShapeError, "[3, 20, 25]");
  const huge = ImageProcessor.fromConfig({ ...config, size: { shortest_edge: 60_000 } });
  await assertRejects(() => huge.process([good]), MediaDecodeError, "after resizing");
  assertEquals((await processor.process([good])).pixel_values.dims, [1, 3, 20, 25]);
});
