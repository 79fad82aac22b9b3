import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { decodeAudio } from "../../src/multimodal/audio.ts";
import { AudioProcessor } from "../../src/multimodal/audio_processor.ts";
import { features, goldens, readSound, type Sampled } from "../testdata/audio/goldens.ts";

const WHISPER = { feature_extractor_type: "WhisperFeatureExtractor" };

/** The generator of `make_goldens.py`. */
function noise(seed: number, length: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) / 32768 - 1;
  });
}

function soundsOf(title: string): Float32Array[] {
  const { samples } = decodeAudio(readSound("speech_16k_pcm16.wav"));
  switch (title) {
    case "speech":
      return [samples];
    case "speech and a third of it":
      return [samples, samples.subarray(0, 2187)];
    case "one sample":
      return [Float32Array.of(0.5)];
    case "silence":
      return [new Float32Array(4001)];
    default:
      return [noise(7, 31 * 16000 + 3)];
  }
}

Deno.test("features and masks are those of transformers", async () => {
  for (const golden of goldens.features) {
    const processor = AudioProcessor.fromConfig({ ...WHISPER, feature_size: golden.featureSize });
    const options = { samplingRate: 16000, returnAttentionMask: true };
    const { input_features, attention_mask } = await processor.process(soundsOf(golden.title), options);
    assertEquals([input_features.type, ...input_features.dims], ["float32", ...golden.dims]);
    assertEquals([attention_mask.type, ...attention_mask.dims], ["int32", ...golden.maskDims]);
    const about = `${golden.title}, ${golden.featureSize}`;
    const { stride, head, sum, length } = golden.features;
    assertEquals(input_features.data.length, length);
    const data = input_features.data as Float32Array;
    head.forEach((want, i) => assertAlmostEquals(data[i * stride], want, 1e-5, `${about}, ${i * stride}`));
    assertAlmostEquals(data.reduce((total, x) => total + x, 0), sum, 1e-6 * length, about);
    const width = golden.maskDims[1];
    golden.mask.forEach((ones, row) => {
      const marks = [...attention_mask.data.subarray(row * width, (row + 1) * width)].map(Number);
      assertEquals(marks.lastIndexOf(1) + 1, ones, about);
      assertEquals(marks.reduce((total, mark) => total + mark, 0), ones, about);
    });
  }
});

/** The sounds of `make_features.py`. */
const SOUNDS: Record<string, () => Float32Array> = {
  tone: () => Float32Array.from({ length: 80000 }, (_, i) => 0.9 * Math.sin(2 * Math.PI * 1234.5 * i / 16000)),
  noise: () => noise(11, 480000),
  "quiet noise": () => noise(12, 50001).map((x) => x * Math.fround(1e-4)),
  impulse: () => Float32Array.from({ length: 20000 }, (_, i) => i === 9999 ? 1 : 0),
};

function assertFeatures(found: ArrayLike<number | bigint>, golden: Sampled, tolerance: number, about: string) {
  const data = found as Float32Array;
  assertEquals(data.length, golden.length, about);
  golden.head.forEach((want, i) => assertAlmostEquals(data[i * golden.stride], want, tolerance, `${about}, ${i}`));
  assertAlmostEquals(data.reduce((sum, x) => sum + x, 0), golden.sum, 0.1 * tolerance * golden.length, about);
}

Deno.test("features are those of the 64-bit implementation, whatever the sizes, within a tenth of the tolerance", async () => {
  for (const { config, sound, title, dims, numpy } of features.features) {
    const processor = AudioProcessor.fromConfig({ ...WHISPER, ...config });
    const { input_features } = await processor.process([SOUNDS[sound]()], { samplingRate: 16000 });
    assertEquals(input_features.dims, dims, title);
    assertFeatures(input_features.data, numpy, 1e-6, title);
  }
});

Deno.test("Voxtral's sounds become rows of 30 s, each sound with its own loudest place", async () => {
  const processor = AudioProcessor.fromConfig({ ...WHISPER, feature_size: 128, processor_class: "VoxtralProcessor" });
  const sounds = [noise(21, 16001), noise(22, 490000), noise(23, 480000)];
  assertEquals(sounds.map((sound) => processor.numRows(sound.length)), [1, 2, 1]);
  const outputs = await processor.process(sounds, { samplingRate: 16000, returnAttentionMask: true });
  assertEquals(Object.keys(outputs), ["input_features"]);
  assertEquals(outputs.input_features.dims, features.voxtral.dims);
  // transformers takes its 32-bit implementation here.
  assertFeatures(outputs.input_features.data, features.voxtral.features, 1e-5, "voxtral");
});

Deno.test("a mask is given as the checkpoint's own processor gives it", async () => {
  const sounds = soundsOf("speech");
  const keys = async (config: object, returnAttentionMask?: boolean) => {
    const options = { samplingRate: 16000, returnAttentionMask };
    return Object.entries(await AudioProcessor.fromConfig({ ...WHISPER, ...config }).process(sounds, options))
      .map(([name, { dims }]) => `${name} ${dims}`).sort();
  };
  const features = "input_features 1,80,3000";
  assertEquals(await keys({}), [features]);
  assertEquals(await keys({}, true), ["attention_mask 1,3000", features]);
  // A quirk of transformers: what only the configuration asks for is not brought to frames.
  const { dims } = goldens.maskOfSamples;
  assertEquals(await keys({ return_attention_mask: true }), [`attention_mask ${dims}`, features]);
  const qwen = { processor_class: "Qwen2AudioProcessor", return_attention_mask: true };
  assertEquals(await keys(qwen), ["feature_attention_mask 1,3000", features]);
  assertEquals(await keys(qwen, false), [features]);
});

Deno.test("sounds together are each as it comes alone", async () => {
  const processor = AudioProcessor.fromConfig({ ...WHISPER, chunk_length: 1 });
  const sounds = [noise(3, 5000), noise(4, 16001), noise(5, 0)];
  const both = (await processor.process(sounds, { samplingRate: 16000 })).input_features;
  assertEquals(both.dims, [3, 80, 100]);
  for (const [i, sound] of sounds.entries()) {
    const alone = (await processor.process([sound], { samplingRate: 16000 })).input_features;
    assertEquals(both.data.subarray(i * 8000, (i + 1) * 8000), alone.data);
  }
});

Deno.test("samples of another rate are refused", async () => {
  const processor = AudioProcessor.fromConfig(WHISPER);
  assertEquals([processor.samplingRate, processor.numMelBins, processor.numFrames], [16000, 80, 3000]);
  await assertRejects(
    () => processor.process([new Float32Array(9)], { samplingRate: 8000 }),
    RangeError,
    "Expected samples at 16000 Hz: found 8000",
  );
});
