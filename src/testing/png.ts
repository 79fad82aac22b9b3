import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Writes a picture as a PNG file, 8 bits per channel, without filters.
 *
 * Source: "Portable Network Graphics Specification (Third Edition)", W3C.
 *
 * @example
 * ```ts
 * import { encodePng } from "./png.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const file = encodePng({ width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) });
 * assertEquals([...file.subarray(16, 24)], [0, 0, 0, 2, 0, 0, 0, 1]);
 * ```
 *
 * @param picture Red, green and blue of each pixel, row after row. Shape `[height, width, 3]`.
 * @throws {RangeError} If the data are not as long as the size says.
 */
export function encodePng({ width, height, data }: { width: number; height: number; data: Uint8Array }): Uint8Array {
  if (data.length !== width * height * 3) {
    throw new RangeError(`Expected ${width * height * 3} bytes of pixels: found ${data.length}`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2], 8); // 8 bits, RGB
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  }
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}
