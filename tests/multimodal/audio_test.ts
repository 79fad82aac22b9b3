import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { decodeAudio, probeAudio, resampleAudio, resampledLength } from "../../src/multimodal/audio.ts";
import { MediaDecodeError } from "../../src/core/errors.ts";
import { goldens, readSound, type Sampled } from "../testdata/audio/goldens.ts";

const NAMES = Object.keys(goldens.files);

function assertSampled(samples: Float32Array, golden: Sampled, tolerance: number, about: string) {
  assertEquals(samples.length, golden.length, about);
  golden.head.forEach((want, i) => assertAlmostEquals(samples[i * golden.stride], want, tolerance, `${about}, ${i}`));
  assertAlmostEquals(samples.reduce((sum, x) => sum + x, 0), golden.sum, tolerance * samples.length, `${about}, sum`);
}

Deno.test("samples are those of libsndfile, channels mixed to their mean", () => {
  for (const name of NAMES) {
    const { samplingRate, channels, numFrames, mono } = goldens.files[name];
    const bytes = readSound(name);
    const seconds = numFrames / samplingRate;
    assertEquals(probeAudio(bytes), { format: "wav", samplingRate, channels, numFrames, seconds });
    const decoded = decodeAudio(bytes);
    assertEquals(decoded.samplingRate, samplingRate);
    assertSampled(decoded.samples, mono, 1e-7, name);
  }
});

Deno.test("resampled sounds are those of torchaudio with the same filter", () => {
  for (const name of NAMES) {
    const { samplingRate, numFrames, at16k } = goldens.files[name];
    const decoded = decodeAudio(readSound(name), { samplingRate: 16000 });
    assertEquals(decoded.samplingRate, 16000);
    assertEquals(decoded.samples.length, resampledLength(numFrames, samplingRate, 16000));
    // torchaudio keeps the phases of its filter in 32 bits.
    assertSampled(decoded.samples, at16k, 1e-5, name);
  }
});

Deno.test("decoding at a rate is decoding, then resampling", () => {
  const bytes = readSound("stereo_44k_pcm24.wav");
  const { samples } = decodeAudio(bytes);
  assertEquals(decodeAudio(bytes, { samplingRate: 24000 }).samples, resampleAudio(samples, 44100, 24000));
  assertEquals(resampleAudio(samples, 16000, 16000), samples);
  assertEquals(resampleAudio(new Float32Array(), 8000, 16000).length, 0);
  for (const rate of [0, -1, 1.5, NaN, 2 ** 33]) {
    assertThrows(() => resampleAudio(samples, rate, 16000), RangeError, "whole hertz");
    assertThrows(() => decodeAudio(bytes, { samplingRate: rate }), RangeError, "whole hertz");
  }
});

Deno.test("lengths stay exact where numbers are large", () => {
  assertEquals(resampledLength(2 ** 40 + 1, 44100, 48000), Number((2n ** 40n + 1n) * 160n / 147n + 1n));
});

function codeOf(call: () => unknown): string {
  return assertThrows(call, MediaDecodeError).code;
}

/** A file whose header promises many frames of one byte. */
function longFile(seconds: number): Uint8Array {
  const bytes = new Uint8Array(44 + seconds * 8000);
  bytes.set(readSound("mono_8k_pcm8.wav").subarray(0, 44));
  const view = new DataView(bytes.buffer);
  view.setUint32(40, bytes.length - 44, true);
  return bytes;
}

Deno.test("the header is held against the limit before anything is decoded", () => {
  const bytes = longFile(601);
  assertEquals(probeAudio(bytes).seconds, 601);
  const error = assertThrows(() => decodeAudio(bytes), MediaDecodeError);
  assertEquals(error.code, "audio_too_long");
  assertEquals(error.message, "Expected a sound of at most 600 seconds: found 601.0");
  assertEquals(codeOf(() => decodeAudio(longFile(3), { maxSeconds: 2.5 })), "audio_too_long");
  assertEquals(decodeAudio(longFile(3), { maxSeconds: 3 }).samples.length, 24000);
});

Deno.test("other formats are named, other bytes are not", () => {
  const text = (s: string) => new TextEncoder().encode(s);
  const formats: [Uint8Array, string][] = [
    [text("\0\0\0\x1cftypM4A "), "audio/mp4"],
    [text("FORM\0\0\0\0AIFF"), "audio/aiff"],
    [Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3), "audio/webm"],
    [text("RIFX\0\0\0\0WAVE"), "big-endian audio/wav"],
  ];
  for (const [bytes, mediaType] of formats) {
    const error = assertThrows(() => probeAudio(bytes), MediaDecodeError, `: found ${mediaType}, which is not`);
    assertEquals(error.code, "unsupported_audio");
  }
  for (
    const bytes of [text("fLaC\0\0\0\x22"), text("OggS\0\x02"), text("ID3\x04\0\0"), Uint8Array.of(0xff, 0xfb, 0x90)]
  ) {
    assertEquals(codeOf(() => probeAudio(bytes)), "invalid_audio");
  }
  for (const bytes of [new Uint8Array(), text("hello"), text("RIFF\0\0\0\0WEBPVP8 ")]) {
    assertEquals(codeOf(() => probeAudio(bytes)), "invalid_audio");
  }
});

Deno.test("damaged files give samples or an error, and the core goes on", () => {
  let seed = 11;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
  let [decoded, refused] = [0, 0];
  for (let round = 0; round < 600; round++) {
    const bytes = readSound(NAMES[round % NAMES.length]).slice(0, 200);
    for (let i = 0; i <= random(4); i++) bytes[random(64)] = random(256);
    try {
      const { samples } = decodeAudio(bytes.subarray(0, 200 - random(160)), { maxSeconds: 1 });
      assert(samples.every(Number.isFinite));
      decoded++;
    } catch (error) {
      assert(error instanceof MediaDecodeError, `round ${round}: ${error}`);
      refused++;
    }
  }
  assert(decoded > 50 && refused > 50, `${decoded} decoded, ${refused} refused`);
  assertEquals(probeAudio(readSound(NAMES[0])).numFrames, goldens.files[NAMES[0]].numFrames);
});
