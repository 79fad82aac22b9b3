import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { MediaDecodeError } from "../../src/core/errors.ts";
import { decodeAudio, probeAudio } from "../../src/multimodal/audio.ts";
import { compressed, readSound } from "../testdata/audio/goldens.ts";

const NAMES = Object.keys(compressed);

function codeOf(call: () => unknown): string {
  return assertThrows(call, MediaDecodeError).code;
}

Deno.test("headers and samples are those of libsndfile", () => {
  for (const [name, { samplingRate, channels, numFrames, mono }] of Object.entries(compressed)) {
    const bytes = readSound(name);
    const format = name.split(".")[1];
    assertEquals(probeAudio(bytes), { format, samplingRate, channels, numFrames, seconds: numFrames / samplingRate });
    const { samples } = decodeAudio(bytes);
    assertEquals(samples.length, numFrames, name);
    // FLAC is exact; the goldens have eight digits.
    const tolerance = format === "flac" ? 1e-8 : 1e-5;
    mono.head.forEach((want, i) => assertAlmostEquals(samples[i * mono.stride], want, tolerance, `${name}, ${i}`));
    const sum = samples.reduce((total, x) => total + x, 0);
    assertAlmostEquals(sum, mono.sum, tolerance * 0.1 * numFrames, name);
  }
});

Deno.test("the limit is held against what would be decoded, whatever a header says", () => {
  for (const name of NAMES) {
    const bytes = readSound(name);
    const { seconds } = probeAudio(bytes);
    assertEquals(codeOf(() => decodeAudio(bytes, { maxSeconds: seconds * 0.999 })), "audio_too_long", name);
    assertEquals(decodeAudio(bytes, { maxSeconds: seconds }).samples.length, compressed[name].numFrames);
  }
  // 2^36 - 1 frames promised: refused before memory is asked for.
  const lying = readSound("mono_16k_pcm16.flac");
  lying[21] |= 0x0f;
  lying.fill(0xff, 22, 26);
  assertEquals(codeOf(() => decodeAudio(lying)), "audio_too_long");
  assertEquals(codeOf(() => decodeAudio(lying, { maxSeconds: Infinity })), "audio_too_long");
});

Deno.test("FLAC: a promise of more is a fault, of less is kept, of nothing is counted", () => {
  const bytes = readSound("mono_16k_pcm16.flac");
  const { samples } = decodeAudio(bytes);
  const promise = (frames: number) => {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(22, frames);
    return changed;
  };
  assertEquals(codeOf(() => decodeAudio(promise(4802))), "invalid_audio");
  assertEquals(codeOf(() => decodeAudio(bytes.subarray(0, -300))), "invalid_audio");
  assertEquals(decodeAudio(promise(1000)).samples, samples.subarray(0, 1000));
  assertEquals(decodeAudio(promise(0)).samples, samples);
  const damaged = bytes.slice();
  damaged[bytes.length - 400] ^= 0x55;
  assertEquals(codeOf(() => decodeAudio(damaged)), "invalid_audio");
});

Deno.test("tags around a file are passed over", () => {
  const id3 = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 1, 0, ...new Uint8Array(128));
  const trailer = new TextEncoder().encode("TAG".padEnd(128));
  for (const name of ["mono_16k_pcm16.flac", "mono_16k_vbr.mp3"]) {
    const bytes = readSound(name);
    const tagged = new Uint8Array([...id3, ...bytes, ...trailer]);
    assertEquals(decodeAudio(tagged).samples, decodeAudio(bytes).samples, name);
  }
});

Deno.test("what is not decoded is named", () => {
  const opus = readSound("mono_16k.ogg");
  opus.set(new TextEncoder().encode("OpusHead"), 28);
  const layer2 = readSound("mono_16k_vbr.mp3");
  layer2[1] = 0xfd;
  const chained = new Uint8Array([...readSound("mono_16k.ogg"), ...readSound("mono_16k.ogg")]);
  const cases: [Uint8Array, string][] = [
    [opus, "Expected Ogg of Vorbis: found another coding"],
    [layer2, "found MPEG layer II"],
    [Uint8Array.of(0xff, 0xf1, 0x50, 0x80), "found audio/aac"],
    [chained, "found several one after the other"],
  ];
  for (const [bytes, message] of cases) {
    const error = assertThrows(() => decodeAudio(bytes), MediaDecodeError, message);
    assertEquals(error.code, "unsupported_audio");
  }
});

Deno.test("cut and damaged files give samples as promised or an error, and the core goes on", () => {
  let seed = 5;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
  let [decoded, refused] = [0, 0];
  for (let round = 0; round < 800; round++) {
    const bytes = readSound(NAMES[round % NAMES.length]);
    for (let i = 0; i <= random(4); i++) bytes[random(random(2) === 0 ? 200 : bytes.length)] = random(256);
    const file = random(3) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    try {
      const { samples } = decodeAudio(file, { maxSeconds: 10 });
      assertEquals(samples.length, probeAudio(file).numFrames);
      decoded++;
    } catch (error) {
      assert(error instanceof MediaDecodeError, `round ${round}: ${error}`);
      refused++;
    }
  }
  assert(decoded > 50 && refused > 50, `${decoded} decoded, ${refused} refused`);
  assertEquals(probeAudio(readSound(NAMES[0])).numFrames, compressed[NAMES[0]].numFrames);
});
