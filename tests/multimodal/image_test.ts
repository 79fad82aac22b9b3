import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeImage, probeImage, resizeImage } from "../../src/multimodal/image.ts";
import { MediaDecodeError } from "../../src/core/errors.ts";
import { goldens, pillowGoldens, readPicture, sha256 } from "../testdata/image/goldens.ts";

/** The formula of `make_goldens.py`. */
function pattern(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[i++] = Math.floor((x * x * 31 + y * 57 + x * y * 13 + c * 97) / 2) % 256;
    }
  }
  return { width, height, channels: 3 as const, data };
}

function formatOf(name: string) {
  return name.replace(/.*\./, "").replace("jpg", "jpeg") as ReturnType<typeof probeImage>["format"];
}

Deno.test("pixels are those of Pillow, transparency on white or left out", async () => {
  for (const [name, golden] of Object.entries(goldens.files)) {
    const bytes = readPicture(name);
    for (const alpha of ["white", "drop"] as const) {
      const { width, height, channels, data } = decodeImage(bytes, { alpha });
      assertEquals([width, height, channels], [golden.width, golden.height, 3], name);
      assertEquals(await sha256(data), golden[alpha], `${name}, ${alpha}`);
    }
    const { width, height, frames = 1 } = golden;
    assertEquals(probeImage(bytes), { format: formatOf(name), width, height, frames }, name);
  }
});

Deno.test("white is the default for transparency", async () => {
  assertEquals(await sha256(decodeImage(readPicture("rgba.png")).data), goldens.files["rgba.png"].white);
  assert(goldens.files["rgba.png"].white !== goldens.files["rgba.png"].drop);
});

Deno.test("resized bytes are those of torchvision", async () => {
  for (const [width, height, toWidth, toHeight, resample, digest] of goldens.resizes) {
    const options = { width: toWidth, height: toHeight, resample, exactTo: "torchvision" } as const;
    const resized = resizeImage(pattern(width, height), options);
    assertEquals([resized.width, resized.height, resized.data.length], [toWidth, toHeight, toWidth * toHeight * 3]);
    assertEquals(await sha256(resized.data), digest, `${width}x${height} to ${toWidth}x${toHeight}, ${resample}`);
  }
});

Deno.test("resized bytes are those of Pillow 12, by every filter", async () => {
  assertEquals(pillowGoldens.resizes.length, 27 * 6);
  for (const [width, height, toWidth, toHeight, resample, digest] of pillowGoldens.resizes) {
    const resized = resizeImage(pattern(width, height), {
      width: toWidth,
      height: toHeight,
      resample,
      exactTo: "pillow",
    });
    assertEquals([resized.width, resized.height], [toWidth, toHeight]);
    assertEquals(await sha256(resized.data), digest, `${width}x${height} to ${toWidth}x${toHeight}, ${resample}`);
  }
});

Deno.test("what cannot be resized is refused", () => {
  const options = { width: 4, height: 4, resample: "bicubic", exactTo: "torchvision" } as const;
  const image = pattern(2, 2);
  assertThrows(() => resizeImage(image, { ...options, exactTo: "sharp" as "pillow" }), RangeError, 'found "sharp"');
  assertThrows(() => resizeImage(image, { ...options, resample: "box" }), RangeError, 'as in torchvision: found "box"');
  const none = "cubic" as "bicubic";
  assertThrows(
    () => resizeImage(image, { ...options, resample: none, exactTo: "pillow" }),
    RangeError,
    "nearest, box,",
  );
  assertThrows(() => resizeImage(image, { ...options, width: 0 }), RangeError, "at least 1 pixel");
  assertThrows(() => resizeImage(image, { ...options, height: 1.5 }), RangeError, "at least 1 pixel");
  assertThrows(() => resizeImage({ ...image, width: 3 }, options), RangeError, "Expected 18 bytes");
  assertThrows(() => resizeImage({ ...pattern(1, 1), data: new Uint8Array() }, options), RangeError, "bytes");
});

/** A PNG header that promises a size and then ends. */
function pngHeader(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 6, 0, 0, 0], 24);
  let crc = -1;
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  view.setUint32(29, ~crc);
  return bytes;
}

function codeOf(call: () => unknown): string {
  return assertThrows(call, MediaDecodeError).code;
}

Deno.test("the header is held against the limit before anything is decoded", () => {
  const bomb = pngHeader(60_000, 60_000);
  assertEquals(probeImage(bomb), { format: "png", width: 60_000, height: 60_000, frames: 1 });
  const error = assertThrows(() => decodeImage(bomb), MediaDecodeError);
  assertEquals(error.code, "image_too_large");
  assertEquals(error.message, "Expected a picture of at most 33554432 pixels: found 60000 x 60000");
  const jpeg = readPicture("rgb_420.jpg");
  assertEquals(codeOf(() => decodeImage(jpeg, { maxPixels: 233 * 150 - 1 })), "image_too_large");
  decodeImage(jpeg, { maxPixels: 233 * 150 });
  // A GIF of a few bytes whose screen is large, a WebP of one frame on a large canvas.
  const gif = readPicture("small_frame.gif");
  gif.set([0xff, 0xff, 0xff, 0xff], 6);
  assertEquals(codeOf(() => decodeImage(gif)), "image_too_large");
  const webp = readPicture("animated.webp");
  webp.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 24);
  assertEquals(probeImage(webp), { format: "webp", width: 2 ** 24, height: 2 ** 24, frames: 2 });
  assertEquals(codeOf(() => decodeImage(webp, { maxPixels: Infinity })), "image_too_large");
  const bmp = readPicture("24.bmp");
  bmp.set([0xff, 0xff, 0xff, 0x7f], 18);
  assertEquals(codeOf(() => decodeImage(bmp)), "image_too_large");
  // The same header under a limit that allows it is only a cut file.
  assertEquals(codeOf(() => decodeImage(pngHeader(60, 60))), "invalid_image");
});

/**
 * Most bytes at the end of a file that Pillow does without. PNG: IEND, checksums, metadata, later pictures. GIF: the end code, the trailer and all
 * later frames. BMP: the padding of the last row, the end of the runs.
 */
const NOT_NEEDED: Partial<Record<string, (length: number, frames: number) => number>> = {
  png: (length, frames) => frames > 1 ? Math.floor(length * 0.7) : 60,
  gif: (length, frames) => frames > 1 ? Math.floor(length * 0.75) : 6,
  bmp: () => 6,
};

Deno.test("cut files are refused wherever they are cut", () => {
  for (const name of Object.keys(goldens.files)) {
    const bytes = readPicture(name);
    const needed = bytes.length - (NOT_NEEDED[formatOf(name)]?.(bytes.length, goldens.files[name].frames ?? 1) ?? 0);
    for (let length = 0; length < needed; length += 1 + (length >> 5)) {
      assertEquals(codeOf(() => decodeImage(bytes.subarray(0, length))), "invalid_image", `${name} cut to ${length}`);
    }
    if (name.endsWith("jpg")) assertEquals(codeOf(() => decodeImage(bytes.subarray(0, -1))), "invalid_image");
  }
});

Deno.test("damaged files give pixels or an error, and the core goes on", () => {
  let seed = 5;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
  let [decoded, refused] = [0, 0];
  const names = Object.keys(goldens.files);
  for (let round = 0; round < 3000; round++) {
    const bytes = readPicture(names[round % names.length]);
    for (let i = 0; i <= random(6); i++) bytes[random(bytes.length)] = random(256);
    try {
      const { width, height, data } = decodeImage(bytes, { maxPixels: 1 << 20 });
      assertEquals(data.length, width * height * 3);
      decoded++;
    } catch (error) {
      assert(error instanceof MediaDecodeError, `round ${round}: ${error}`);
      refused++;
    }
  }
  assert(decoded > 50 && refused > 50, `${decoded} decoded, ${refused} refused`);
  const { width } = decodeImage(readPicture("rgb.png"));
  assertEquals(width, 61);
});

Deno.test("other formats are named, other bytes are not", () => {
  const text = (s: string) => new TextEncoder().encode(s);
  const formats: [Uint8Array, string][] = [
    [text("II*\0\x08\0\0\0"), "image/tiff"],
    [text("\0\0\0\x1cftypavif\0\0\0\0"), "image/avif"],
  ];
  for (const [bytes, mediaType] of formats) {
    const error = assertThrows(() => probeImage(bytes), MediaDecodeError, `found ${mediaType}, not supported yet`);
    assertEquals(error.code, "unsupported_image");
  }
  const cut = [text("RIFF\x10\0\0\0WEBPVP8 "), text("GIF89a\x01\0\x01\0"), text("BM\x46\0\0\0")];
  for (const bytes of [new Uint8Array(), text("hello"), text("<svg xmlns="), Uint8Array.of(0xff, 0xd8), ...cut]) {
    assertEquals(codeOf(() => probeImage(bytes)), "invalid_image");
  }
});
