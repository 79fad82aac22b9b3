import { assertEquals, assertRejects } from "@std/assert";
import { AdapterError, MediaDecodeError } from "../../src/core/errors.ts";
import type { Tensor } from "../../src/core/tensor.ts";
import { customProcessor } from "../../src/multimodal/custom_processor.ts";
import { decodeImage } from "../../src/multimodal/image.ts";
import { ImageProcessor } from "../../src/multimodal/image_processor.ts";

const [WIDE, TALL] = ["wide.png", "tall.png"].map((name) =>
  Deno.readFileSync(new URL(`../testdata/llava/${name}`, import.meta.url))
);

/** Channels first, from 0 to 1. */
function channelsFirst(pixels: Uint8Array, height: number, width: number): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [channel, place] = [Math.floor(i / (height * width)), i % (height * width)];
    return pixels[3 * place + channel] / 255;
  });
}

const plain = customProcessor("image", {
  outputs: { pixel_values: { type: "float32", dims: [3, "height", "width"] } },
  process: ({ width, height, data }) => ({
    pixel_values: { type: "float32", dims: [3, height, width], data: channelsFirst(data, height, width) },
  }),
});

Deno.test("a picture's function sees decoded pixels; its tensors get an axis of items", async () => {
  const { pixel_values } = await plain([WIDE, WIDE], {});
  const { width, height, data } = decodeImage(WIDE);
  assertEquals(pixel_values.dims, [2, 3, height, width]);
  const one = [...channelsFirst(data, height, width)];
  assertEquals([...pixel_values.data as Float32Array], [...one, ...one]);
});

Deno.test("it gives what the checkpoint's own processor gives, where it does the same", async () => {
  const own = ImageProcessor.fromConfig({
    ...{ image_processor_type: "CLIPImageProcessor", do_resize: false, do_center_crop: false, do_normalize: false },
    do_convert_rgb: true,
  });
  const expected = (await own.process([TALL])).pixel_values;
  const found = (await plain([TALL], {})).pixel_values;
  assertEquals(found.dims, expected.dims);
  const difference = found.data.map((value, i) => Math.abs(Number(value) - Number(expected.data[i])) as never);
  assertEquals(Math.max(...difference as Float32Array) < 1e-6, true);
});

Deno.test("the server's limits and the request's settings reach it", async () => {
  let seen: unknown;
  const asking = customProcessor("image", {
    outputs: { x: { type: "int64", dims: [] } },
    process: (_, kwargs) => {
      seen = kwargs;
      return { x: { type: "int64", dims: [], data: BigInt64Array.of(1n) } };
    },
  });
  assertEquals((await asking([WIDE], { kwargs: { size: 2 } })).x.dims, [1]);
  assertEquals(seen, { size: 2 });
  await assertRejects(() => asking([WIDE], { maxPixels: 10 }), MediaDecodeError);
  await assertRejects(() => asking([Uint8Array.of(1)], {}), MediaDecodeError);
});

Deno.test("tensors that are not as declared are refused, with what was expected and found", async () => {
  const float = (dims: number[], length = 2): Tensor => ({ type: "float32", dims, data: new Float32Array(length) });
  const cases: [Record<string, Tensor>, string][] = [
    [{}, "Expected the custom processor to make x, y: found nothing"],
    [{ x: float([1, 2]) }, "to make x, y: found x"],
    [{ x: float([1, 2]), y: float([2]), z: float([2]) }, "found x, y, z"],
    [{ x: float([1, 2]), y: { type: "int32", dims: [2], data: new Int32Array(2) } }, "y of type float32: found int32"],
    [{ x: float([1, 2]), y: { type: "float32", dims: [2], data: new Int32Array(2) } }, "Expected y in a Float32Array"],
    [{ x: float([2]), y: float([2]) }, "Expected x to have shape [1, n]: found [2]"],
    [{ x: float([2, 1]), y: float([2]) }, "Expected x to have shape [1, n]: found [2, 1]"],
    [{ x: float([1, 2]), y: float([3]) }, "Expected y to have 3 elements: found 2"],
  ];
  for (const [made, message] of cases) {
    const wrong = customProcessor("audio", {
      outputs: { x: { type: "float32", dims: [1, "n"] }, y: { type: "float32", dims: ["n"] } },
      process: () => made,
    });
    await assertRejects(() => wrong([new Float32Array(1)], {}), AdapterError, message);
  }
  await assertRejects(() => plain([WIDE, TALL], {}), AdapterError, "pixel_values of equal shapes in one batch");
});
