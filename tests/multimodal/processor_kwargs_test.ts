import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { InvalidRequestError } from "../../src/core/errors.ts";
import type { Modality } from "../../src/core/message.ts";
import type { ProcessorKwargs } from "../../src/multimodal/item.ts";
import { readProcessorKwargs } from "../../src/multimodal/processor_kwargs.ts";

const SCHEMA: z.ZodType<ProcessorKwargs> = z.strictObject({
  max_pixels: z.int().min(1).max(1000).optional(),
  size: z.strictObject({ longest_edge: z.int() }).optional(),
  mode: z.enum(["a", "b"]).optional(),
  sizes: z.array(z.int()).optional(),
});
const read = (given: Record<string, unknown>, modalities: Modality[] = ["image"], schema = SCHEMA) =>
  readProcessorKwargs(schema, modalities, given);

Deno.test("settings that fit come through; none are none, whatever the model takes", () => {
  assertEquals(read({ max_pixels: 9, size: { longest_edge: 4 } }), { max_pixels: 9, size: { longest_edge: 4 } });
  assertEquals(read({}), {});
  assertEquals(readProcessorKwargs(undefined, ["image"]), {});
  assertEquals(readProcessorKwargs(undefined, [], {}), {});
});

Deno.test("a setting that is unknown or does not fit is an error with its path and without its value", () => {
  const cases: [Record<string, unknown>, string, string][] = [
    [{ maxpixels: 9 }, "mm_processor_kwargs.maxpixels", "unknown_parameter"],
    [{ size: { longest: 9 } }, "mm_processor_kwargs.size.longest", "unknown_parameter"],
    [{ "SeCrEt \n": 9 }, "mm_processor_kwargs", "unknown_parameter"],
    [{ constructor: 9 }, "mm_processor_kwargs.constructor", "unknown_parameter"],
    [{ max_pixels: "SeCrEt" }, "mm_processor_kwargs.max_pixels", "invalid_value"],
    [{ max_pixels: 1001 }, "mm_processor_kwargs.max_pixels", "invalid_value"],
    [{ max_pixels: 1.5 }, "mm_processor_kwargs.max_pixels", "invalid_value"],
    [{ size: "SeCrEt" }, "mm_processor_kwargs.size", "invalid_value"],
    [{ mode: "SeCrEt" }, "mm_processor_kwargs.mode", "invalid_value"],
    [{ sizes: [1, "SeCrEt"] }, "mm_processor_kwargs.sizes[1]", "invalid_value"],
    [{ max_pixels: null }, "mm_processor_kwargs.max_pixels", "invalid_value"],
  ];
  for (const [given, param, code] of cases) {
    const error = assertThrows(() => read(given), InvalidRequestError);
    assertEquals([error.param, error.code], [param, code], JSON.stringify(given));
    assert(!error.message.includes("SeCrEt"), error.message);
  }
  const known = assertThrows(() => read({ maxpixels: 9 }), InvalidRequestError);
  assertEquals(
    known.message,
    "Expected mm_processor_kwargs among max_pixels, size, mode, sizes: found another name",
  );
  const none = assertThrows(() => readProcessorKwargs(undefined, ["image"], { size: 1 }), InvalidRequestError);
  assertEquals(none.param, "mm_processor_kwargs.size");
  assertEquals(none.message, "Expected no mm_processor_kwargs, because the model takes none: found some");
});

Deno.test("settings under the name of the modality win over those beside, and never reach another one", () => {
  assertEquals(read({ max_pixels: 1, images_kwargs: { max_pixels: 2 } }), { max_pixels: 2 });
  assertEquals(read({ mode: "a", images_kwargs: { max_pixels: 2 } }), { mode: "a", max_pixels: 2 });
  assertEquals(read({ audio_kwargs: { mode: "b" } }, ["audio"]), { mode: "b" });
  assertEquals(read({ images_kwargs: {} }), {});
  const refused: [Record<string, unknown>, Modality[], string][] = [
    [{ videos_kwargs: { max_pixels: 2 } }, ["image"], "videos_kwargs"],
    [{ images_kwargs: { max_pixels: 2 } }, ["audio"], "images_kwargs"],
    [{ images_kwargs: { max_pixels: 2 } }, ["image", "audio"], "images_kwargs"],
    [{ images_kwargs: { maxpixels: 2 } }, ["image"], "maxpixels"],
    [{ images_kwargs: 1 }, ["image"], "images_kwargs"],
    [{ images_kwargs: null }, ["image"], "images_kwargs"],
    [{ images_kwargs: [] }, ["image"], "images_kwargs"],
  ];
  for (const [given, modalities, name] of refused) {
    const error = assertThrows(() => read(given, modalities), InvalidRequestError);
    assertEquals(error.param, `mm_processor_kwargs.${name}`);
  }
});
