import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, MediaDecodeError, ShapeError } from "../../../src/core/errors.ts";
import { readPixtral } from "../../../src/multimodal/image_processors/pixtral.ts";
import { drawnPicture } from "../../kit/drawn_picture.ts";
import { checkBatches, checkProcessed } from "../../kit/picture_goldens.ts";

const TYPE = { image_processor_type: "PixtralImageProcessor" };

Deno.test("pixel_values for many settings and sizes are those of transformers, bit for bit", () =>
  checkProcessed("mistral3", "PixtralImageProcessorFast"));

Deno.test("pictures are never scaled up, and cover whole patches", () => {
  const { outputSize } = readPixtral({ ...TYPE, size: { longest_edge: 100 }, patch_size: { height: 16, width: 10 } });
  assertEquals(outputSize(16, 16), { height: 16, width: 20 });
  assertEquals(outputSize(100, 100), { height: 112, width: 100 });
  assertEquals(outputSize(101, 50), { height: 64, width: 100 });
  assertEquals(outputSize(400, 200), { height: 64, width: 100 });
  // A side that would shrink to nothing keeps one patch.
  assertEquals(outputSize(4000, 3), { height: 16, width: 100 });
});

Deno.test("a batch is filled up with zeros to the right and below", async () => {
  const { process } = readPixtral({ ...TYPE, patch_size: 4 });
  const [wide, tall] = [await drawnPicture(8, 4), await drawnPicture(4, 12)];
  const { pixel_values, image_sizes } = process([wide, tall]);
  assertEquals(pixel_values.dims, [2, 3, 12, 8]);
  assertEquals([...image_sizes.data as BigInt64Array], [4n, 8n, 12n, 4n]);
  const alone = [process([wide]), process([tall])].map((outputs) => outputs.pixel_values);
  for (let i = 0; i < pixel_values.data.length; i++) {
    const [x, y, channel, picture] = [i % 8, Math.floor(i / 8) % 12, Math.floor(i / 96) % 3, Math.floor(i / 288)];
    const { dims: [, , height, width], data } = alone[picture];
    const want = x < width && y < height ? data[(channel * height + y) * width + x] : 0;
    assertEquals(pixel_values.data[i], want);
  }
  const unpadded = readPixtral({ ...TYPE, patch_size: 4, do_pad: false });
  assertThrows(() => unpadded.process([wide, tall]), ShapeError, "[3, 4, 8]: found [3, 12, 4]");
});

Deno.test("every tensor of a batch is that of transformers", async () => {
  // The processor of the family multiplies the patch by the merger's side; alone it has the file's own.
  await checkBatches(
    "mistral3",
    (folder) => ({ patch_size: { merge2: 14, merge3: 15, pixtral: 8 }[folder.split("-")[0]] }),
  );
});

Deno.test("settings that are not understood are refused", () => {
  const cases: [object, string][] = [
    [{ size: { shortest_edge: 336 } }, "size"],
    [{ patch_size: 0 }, "patch_size"],
    [{ patch_size: { height: 4 } }, "patch_size"],
    [{ do_center_crop: true }, "do_center_crop"],
  ];
  for (const [config, key] of cases) {
    const error = assertThrows(() => readPixtral({ ...TYPE, ...config }), CheckpointError);
    assertEquals(error.param, `preprocessor_config.json: ${key}`);
  }
});

Deno.test("a broken file is refused", () => {
  assertThrows(() => readPixtral(TYPE).process([new Uint8Array(9)]), MediaDecodeError);
});
