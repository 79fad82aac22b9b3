import { assertEquals, assertThrows } from "@std/assert";
import { readClip, readClipSteps } from "../../../src/multimodal/image_processors/clip.ts";
import { CheckpointError } from "../../../src/core/errors.ts";

const clip = { image_processor_type: "CLIPImageProcessor" };

Deno.test("a LLaVA 1.5 file of transformers 4 is read", () => {
  const steps = readClipSteps({
    crop_size: { height: 336, width: 336 },
    do_center_crop: true,
    do_convert_rgb: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_processor_type: "CLIPImageProcessor",
    image_std: [0.26862954, 0.26130258, 0.27577711],
    processor_class: "LlavaProcessor",
    resample: 3,
    rescale_factor: 0.00392156862745098,
    size: { shortest_edge: 336 },
  });
  assertEquals(steps.size, { shortestEdge: 336 });
  assertEquals(steps.cropSize, { height: 336, width: 336 });
  assertEquals([steps.resample, steps.squareColor, steps.levels.length], ["bicubic", undefined, 768]);
});

Deno.test("sizes come as a number, a pair or an object", () => {
  const read = (config: object) => {
    const { size, cropSize } = readClipSteps({ ...clip, ...config });
    return { size, cropSize };
  };
  assertEquals(read({ size: 56, crop_size: 48 }), { size: { shortestEdge: 56 }, cropSize: { height: 48, width: 48 } });
  assertEquals(read({ size: 56, default_to_square: true }).size, { height: 56, width: 56 });
  assertEquals(read({ size: [40, 50] }).size, { height: 40, width: 50 });
  assertEquals(read({ size: { height: 40, width: 50, shortest_edge: null } }).size, { height: 40, width: 50 });
  assertEquals(read({ do_resize: false, do_center_crop: null }), { size: undefined, cropSize: undefined });
});

Deno.test("the older class name, the fast classes and the file of transformers 5 are read", () => {
  assertEquals(readClipSteps({ feature_extractor_type: "CLIPFeatureExtractor" }).size, { shortestEdge: 224 });
  const fast = readClipSteps({
    image_processor_type: "SiglipImageProcessorFast",
    size: { height: 384, width: 384 },
    do_center_crop: null,
    crop_size: null,
    data_format: "channels_first",
    device: null,
    resample: 2,
  });
  assertEquals([fast.size, fast.cropSize, fast.resample], [{ height: 384, width: 384 }, undefined, "bilinear"]);
  assertEquals(readClipSteps({ image_processor: { ...clip, size: 30 } }).size, { shortestEdge: 30 });
});

Deno.test("LLaVA's padding takes the mean colour", () => {
  const llava = { image_processor_type: "LlavaImageProcessor", do_pad: true };
  assertEquals(readClipSteps(llava).squareColor, [122, 116, 104]);
  assertEquals(readClipSteps({ ...llava, do_pad: false }).squareColor, undefined);
});

Deno.test("what is not known is refused by name", () => {
  const bad: [object, string][] = [
    [{ image_processor_type: "Qwen2VLImageProcessor" }, "image_processor_type"],
    [{ image_processor_type: "toString" }, "image_processor_type"],
    [{}, "image_processor_type"],
    [{ ...clip, resample: 5 }, "resample"],
    [{ ...clip, size: { longest_edge: 30 } }, "size"],
    [{ ...clip, size: null }, "size"],
    [{ ...clip, crop_size: { height: 30 } }, "crop_size"],
    [{ ...clip, do_pad: true, pad_size: { height: 9 } }, "pad_size"],
    [{ ...clip, do_resize: "yes" }, "do_resize"],
    [{ ...clip, image_mean: [0.5, 0.5] }, "image_mean"],
    [{ ...clip, image_std: [0.5, 0, 0.5] }, "image_std"],
    [{ ...clip, rescale_factor: 0 }, "rescale_factor"],
    [{ ...clip, do_rescale: false, do_normalize: false }, "do_rescale"],
    [{ image_processor_type: "ConvNextImageProcessor", size: 30, crop_pct: 0 }, "crop_pct"],
    [{ image_processor_type: "ConvNextImageProcessor", size: [30, 40] }, "size"],
  ];
  for (const [config, key] of bad) {
    const error = assertThrows(() => readClipSteps(config), CheckpointError, `Expected ${key} to be`);
    assertEquals(error.param, `preprocessor_config.json: ${key}`);
  }
});

Deno.test("the shortest edge is scaled, the other one truncated", () => {
  const processor = readClip({
    image_processor_type: "CLIPImageProcessor",
    size: { shortest_edge: 336 },
    do_center_crop: false,
  });
  assertEquals(processor.outputSize(640, 480), { height: 336, width: 448 });
  assertEquals(processor.outputSize(481, 1000), { height: 698, width: 336 });
  assertEquals(processor.outputSize(336, 336), { height: 336, width: 336 });
});
