import { assertEquals, assertThrows } from "@std/assert";
import { InvalidRequestError, MediaDecodeError } from "../../src/core/errors.ts";
import { decodeAudio, resampledLength } from "../../src/multimodal/audio.ts";
import { resolveAudioFile, resolveSamples, samplesOf } from "../../src/multimodal/audio_item.ts";
import { goldens, readSound } from "../testdata/audio/goldens.ts";

const RULES = { samplingRate: 16000, maxSeconds: 1 };

Deno.test("the length known from the header is that of the decoded and resampled sound", () => {
  for (const [name, { at16k }] of Object.entries(goldens.files)) {
    const { info, content } = resolveAudioFile(2, readSound(name), RULES);
    assertEquals(info, { kind: "audio", modality: "audio", index: 2, numSamples: at16k.length }, name);
    assertEquals(content instanceof Uint8Array, true);
    assertEquals(samplesOf(content, RULES).length, at16k.length);
  }
});

Deno.test("samples in hand are brought to the model's rate", () => {
  const name = "stereo_44k_pcm24.wav";
  const sound = decodeAudio(readSound(name));
  const { info, content } = resolveSamples(0, sound, RULES);
  assertEquals(content, samplesOf(readSound(name), RULES));
  assertEquals(info.numSamples, resampledLength(sound.samples.length, 44100, 16000));
  assertEquals(resolveSamples(0, { samples: new Float32Array(9), samplingRate: 16000 }, RULES).info.numSamples, 9);
});

Deno.test("what is too long is refused by the header, whatever lies behind it", () => {
  const bytes = readSound("mono_8k_pcm8.wav");
  const rules = { samplingRate: 16000, maxSeconds: 0.1 };
  const samples = new Float32Array(1601);
  for (
    const call of [
      () => resolveAudioFile(0, bytes, rules),
      () => resolveSamples(0, { samples, samplingRate: 16000 }, rules),
      () => samplesOf(bytes, rules),
    ]
  ) {
    assertEquals(assertThrows(call, MediaDecodeError).code, "audio_too_long");
  }
  resolveSamples(0, { samples: samples.subarray(1), samplingRate: 16000 }, rules);
});

Deno.test("samples of no rate, and such as are no sound, are refused", () => {
  const samples = new Float32Array(4);
  for (const samplingRate of [0, -8000, 8000.5, NaN, Infinity, 800_000]) {
    assertThrows(() => resolveSamples(0, { samples, samplingRate }, RULES), InvalidRequestError, "sampling rate");
  }
  for (const bad of [NaN, Infinity, -1e30]) {
    const broken = { samples: Float32Array.of(0, bad), samplingRate: 16000 };
    assertThrows(() => resolveSamples(0, broken, RULES), InvalidRequestError, "finite");
  }
});

Deno.test("an adapter with sounds and without a rate is at fault itself", () => {
  assertThrows(() => resolveAudioFile(0, readSound("mono_8k_pcm8.wav"), {}), TypeError, "samplingRate");
});
