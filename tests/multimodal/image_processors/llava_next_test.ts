import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, MediaDecodeError, ShapeError } from "../../../src/core/errors.ts";
import { readLlavaNext } from "../../../src/multimodal/image_processors/llava_next.ts";
import { drawnPicture } from "../../kit/drawn_picture.ts";
import { checkBatches, checkProcessed } from "../../kit/picture_goldens.ts";

const TYPE = { image_processor_type: "LlavaNextImageProcessor" };

Deno.test("every tensor of a batch is that of transformers", () => checkBatches("llava_next"));

Deno.test("pixel_values for many settings and sizes are those of transformers, bit for bit", () =>
  checkProcessed("llava_next", "LlavaNextImageProcessorFast"));

Deno.test("the resolution with most pixels of the picture is taken, then the smallest, then the first", () => {
  const { bestResolution } = readLlavaNext({ ...TYPE, image_grid_pinpoints: [[20, 40], [40, 20], [40, 40], [20, 20]] });
  assertEquals(bestResolution(30, 15), { height: 20, width: 40 });
  assertEquals(bestResolution(15, 30), { height: 40, width: 20 });
  assertEquals(bestResolution(90, 90), { height: 40, width: 40 });
  assertEquals(bestResolution(9, 9), { height: 20, width: 20 });
  // Neither is better for a square: the first wins.
  const tie = readLlavaNext({ ...TYPE, image_grid_pinpoints: [[20, 40], [40, 20]] });
  assertEquals(tie.bestResolution(9, 9), { height: 20, width: 40 });
});

Deno.test("pictures of different numbers of tiles are not stacked where do_pad is off", async () => {
  const config = { ...TYPE, image_grid_pinpoints: [[224, 448], [448, 448]], do_pad: false };
  const [wide, square] = [await drawnPicture(400, 180), await drawnPicture(448, 440)];
  const { process } = readLlavaNext(config);
  assertThrows(() => process([wide, square]), ShapeError, "[5, 3, 224, 224]: found [3, 3, 224, 224]");
  assertEquals(process([wide, wide]).pixel_values.dims, [2, 3, 3, 224, 224]);
});

Deno.test("tiles of different sizes are not stacked", async () => {
  const config = { ...TYPE, do_resize: false, do_center_crop: false, image_grid_pinpoints: [[300, 224]] };
  const picture = await drawnPicture(20, 20);
  assertThrows(() => readLlavaNext(config).process([picture]), ShapeError, "[3, 76, 224]");
});

Deno.test("settings that are not understood are refused", () => {
  const cases: [object, string][] = [
    [{ image_grid_pinpoints: [] }, "image_grid_pinpoints"],
    [{ image_grid_pinpoints: [[336]] }, "image_grid_pinpoints"],
    [{ image_grid_pinpoints: [[336, 0]] }, "image_grid_pinpoints"],
    [{ size: { longest_edge: 336 } }, "size"],
    [{ crop_size: null }, "crop_size"],
    [{ size: { max_height: 9, max_width: 9 } }, "size"],
    [{ resample: 4 }, "resample"],
  ];
  for (const [config, key] of cases) {
    const error = assertThrows(() => readLlavaNext({ ...TYPE, ...config }), CheckpointError);
    assertEquals(error.param, `preprocessor_config.json: ${key}`);
  }
});

Deno.test("a broken file is refused", () => {
  assertThrows(() => readLlavaNext(TYPE).process([new Uint8Array(9)]), MediaDecodeError);
});
