import { assertEquals, assertNotEquals } from "@std/assert";
import { hashBytes } from "../../src/compute/hash.ts";

/** The input of the test vectors that BLAKE3's authors publish. */
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

Deno.test("hashes are those of the published vectors", () => {
  const vectors: [number, string][] = [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
    [102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
  ];
  for (const [length, hash] of vectors) assertEquals(hashBytes([counting(length)]), hash);
});

Deno.test("where the bytes are cut does not matter", () => {
  const bytes = counting(200_003);
  const whole = hashBytes([bytes]);
  for (const cuts of [[0], [1, 1024], [65_536], [65_535, 131_073], [10, 20, 30, 199_999]]) {
    const ends = [...cuts, bytes.length];
    assertEquals(hashBytes(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))), whole);
  }
});

Deno.test("one bit anywhere gives another hash", () => {
  const bytes = counting(70_000);
  const seen = new Set([hashBytes([bytes])]);
  for (const at of [0, 1023, 1024, 65_535, 65_536, 69_999]) seen.add(hashBytes([bytes.with(at, bytes[at] ^ 128)]));
  assertEquals(seen.size, 7);
  assertNotEquals(hashBytes([bytes]), hashBytes([bytes.subarray(0, 69_999)]));
});
