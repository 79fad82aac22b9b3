/**
 * Writes a sound of one channel as a WAV file with 16-bit samples.
 *
 * Source: "Multimedia Programming Interface and Data Specifications 1.0", IBM and Microsoft, 1991 (RIFF WAVE, PCM).
 *
 * @example
 * ```ts
 * import { encodeWav } from "./wav.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const file = encodeWav(Float32Array.of(0, 0.5, -1), 16_000);
 * assertEquals(file.length, 44 + 3 * 2);
 * ```
 *
 * @param samples -1 to 1; what is beyond is clipped. Shape `[num_samples]`.
 * @param samplingRate Hertz.
 */
export function encodeWav(samples: Float32Array, samplingRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  write(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, samplingRate, true);
  view.setUint32(28, 2 * samplingRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
  });
  return bytes;
}
