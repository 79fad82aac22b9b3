import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { CoreBytes, CoreFloats, coreMemory, CoreWords } from "../../src/compute/core.ts";
import { readCoreError } from "../../src/compute/core_error.ts";
import { convertFloats } from "../../src/compute/dtype.ts";
import { EmbeddingTable } from "../../src/compute/embedding.ts";
import { floatsInCore, takeFloats, viewBytes, viewFloats, viewPart, viewWords } from "../../src/compute/region.ts";
import { AudioProcessor } from "../../src/multimodal/audio_processor.ts";
import { resampleAudio } from "../../src/multimodal/audio.ts";
import { resizeImage } from "../../src/multimodal/image.ts";

const memory = () => (coreMemory() as WebAssembly.Memory).buffer;

/** Makes the memory grow, whatever its size. */
function growMemory(): void {
  const before = memory();
  const taken: CoreBytes[] = [];
  while (memory() === before) taken.push(new CoreBytes(8 << 20));
  for (const region of taken) region.free();
}

Deno.test("what is written through one view is read through the next, also after the memory has grown", () => {
  using floats = new CoreFloats(3);
  using words = new CoreWords(2);
  using bytes = new CoreBytes(2);
  assertEquals([...viewFloats(floats), ...viewWords(words), ...viewBytes(bytes)], [0, 0, 0, 0, 0, 0, 0]);
  viewFloats(floats).set([1.5, -2, Infinity]);
  viewWords(words).set([7, 0xffff_ffff]);
  viewBytes(bytes).set([8, 255]);
  const stale = viewFloats(floats);
  growMemory();
  assertEquals(stale.length, 0);
  assertEquals([...viewFloats(floats)], [1.5, -2, Infinity]);
  assertEquals([...viewWords(words), ...viewBytes(bytes)], [7, 0xffff_ffff, 8, 255]);
});

Deno.test("a region keeps what it holds when its length changes, and new elements are zero", () => {
  using floats = floatsInCore([Float32Array.of(1, 2), Float32Array.of(), Float32Array.of(3)]);
  floats.resize(100_000);
  assertEquals([...viewFloats(floats).subarray(0, 5)], [1, 2, 3, 0, 0]);
  floats.resize(2);
  assertEquals([...viewFloats(floats)], [1, 2]);
  floats.resize(3);
  assertEquals([...viewFloats(floats)], [1, 2, 0]);
});

Deno.test("regions do not overlap", () => {
  const regions = Array.from({ length: 50 }, (_, i) => new CoreBytes(1 + 37 * i));
  regions.forEach((region, i) => viewBytes(region).fill(i));
  regions.forEach((region, i) => assert(viewBytes(region).every((byte) => byte === i)));
  for (const region of regions) region.free();
});

Deno.test("a region that was freed has no view", () => {
  const floats = new CoreFloats(4);
  floats.free();
  assertThrows(() => viewFloats(floats));
  const taken = new CoreFloats(4);
  takeFloats(taken);
  assertThrows(() => viewFloats(taken));
});

Deno.test("no room is an error with a code, and the core goes on", () => {
  using floats = new CoreFloats(4);
  assertEquals(readCoreError(assertThrows(() => floats.resize(0x3fff_ffff))).code, "out_of_memory");
  assertEquals(readCoreError(assertThrows(() => new CoreBytes(0xffff_ffff))).code, "out_of_memory");
  assertEquals(viewFloats(floats).length, 4);
});

Deno.test("a part is where its object says", () => {
  using bytes = new CoreBytes(8);
  viewPart(bytes, 2, 3).fill(9);
  assertEquals([...viewBytes(bytes)], [0, 0, 9, 9, 9, 0, 0, 0]);
});

Deno.test("nothing that callers get lies in the core's memory", async () => {
  using table = new EmbeddingTable({ rows: 2, hiddenSize: 2, type: "float32" });
  const pixels = { width: 2, height: 1, channels: 3 as const, data: new Uint8Array(6) };
  const sound = AudioProcessor.fromConfig({ feature_extractor_type: "WhisperFeatureExtractor" });
  const { input_features } = await sound.process([new Float32Array(400)], { samplingRate: 16000 });
  const results = [
    table.embedInputIds([0, 1]),
    convertFloats(new Uint8Array(4), "bfloat16", "float32"),
    resizeImage(pixels, { width: 1, height: 1, resample: "box", exactTo: "pillow" }).data,
    resampleAudio(new Float32Array(9), 8000, 16000),
    input_features.data,
  ];
  for (const { buffer } of results) assertNotEquals(buffer, memory());
  growMemory();
  for (const result of results) assert(result.length > 0);
});
