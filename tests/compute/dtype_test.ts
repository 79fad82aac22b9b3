import { assert, assertEquals, assertThrows } from "@std/assert";
import { convertFloats } from "../../src/compute/dtype.ts";

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i);
const bytes = (array: ArrayBufferView<ArrayBuffer>) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Floats around every rounding boundary of both 16-bit formats. */
function hardFloats(): Float32Array<ArrayBuffer> {
  const halves = new Float16Array(allBits.buffer);
  const found: number[] = [];
  const bits = new Uint32Array(1);
  const asFloat = new Float32Array(bits.buffer);
  for (let i = 0; i < 65536; i++) {
    const half = halves[i];
    bits[0] = (i << 16) | 0x8000;
    for (const x of [half, (half + halves[(i + 1) & 0xffff]) / 2, asFloat[0]]) {
      asFloat[0] = x;
      for (const step of [0, 1, -2]) {
        bits[0] += step;
        found.push(asFloat[0]);
      }
    }
  }
  return Float32Array.from(found);
}

Deno.test("float16: every value widens as the host's Float16Array does", () => {
  const want = Float32Array.from(new Float16Array(allBits.buffer));
  assertEquals(new Float32Array(convertFloats(bytes(allBits), "float16", "float32").buffer), want);
});

Deno.test("float16: floats round as the host's Float16Array rounds them", () => {
  const floats = hardFloats();
  const got = new Float16Array(convertFloats(bytes(floats), "float32", "float16").buffer);
  const want = new Float16Array(floats);
  const gotBits = new Uint16Array(got.buffer);
  const wantBits = new Uint16Array(want.buffer);
  for (let i = 0; i < floats.length; i++) {
    assert(gotBits[i] === wantBits[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i])), `${floats[i]}`);
  }
});

Deno.test("bfloat16: every value widens to the float with the same upper half and comes back", () => {
  const wide = convertFloats(bytes(allBits), "bfloat16", "float32");
  assertEquals(new Uint32Array(wide.buffer), Uint32Array.from(allBits, (bits) => bits << 16));
  const back = new Uint16Array(convertFloats(wide, "float32", "bfloat16").buffer);
  // Signalling NaNs become quiet.
  const quiet = (bits: number) => (bits & 0x7fff) > 0x7f80 ? bits | 0x40 : bits;
  assertEquals(back, allBits.map(quiet));
});

Deno.test("bfloat16: floats round to the nearer neighbour, ties to the even one", () => {
  const floats = hardFloats();
  const got = new Uint16Array(convertFloats(bytes(floats), "float32", "bfloat16").buffer);
  const wide = new Float32Array(Uint32Array.from(got, (bits) => bits << 16).buffer);
  const next = (bits: number) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
  for (let i = 0; i < floats.length; i++) {
    const x = floats[i];
    if (!Number.isFinite(x) || !Number.isFinite(wide[i])) continue;
    const error = Math.abs(wide[i] - x);
    for (const neighbour of [got[i] - 1, got[i] + 1].map((bits) => Math.abs(next(bits) - x))) {
      assert(error < neighbour || Number.isNaN(neighbour) || (error === neighbour && got[i] % 2 === 0), `${x}`);
    }
  }
});

Deno.test("float16 and bfloat16 convert into each other with one rounding", () => {
  const direct = convertFloats(bytes(allBits), "float16", "bfloat16");
  const viaFloat = convertFloats(convertFloats(bytes(allBits), "float16", "float32"), "float32", "bfloat16");
  assertEquals(direct, viaFloat);
  const other = convertFloats(bytes(allBits), "bfloat16", "float16");
  assertEquals(other, convertFloats(convertFloats(bytes(allBits), "bfloat16", "float32"), "float32", "float16"));
});

Deno.test("conversion takes unaligned parts, any number of elements and a place for the result", () => {
  for (const count of [0, 1, 3, 5, (1 << 18) + 3]) {
    const floats = Float32Array.from({ length: count }, (_, i) => i / 7);
    const shifted = new Uint8Array(count * 4 + 1);
    shifted.set(bytes(floats), 1);
    const place = new Uint8Array(count * 2);
    const got = convertFloats(shifted.subarray(1), "float32", "float16", place);
    assert(got === place);
    assertEquals(new Float16Array(got.buffer), new Float16Array(floats));
  }
  assertThrows(() => convertFloats(new Uint8Array(3), "float16", "float32"), RangeError, "multiple of 2");
  assertThrows(
    () => convertFloats(new Uint8Array(4), "float16", "float32", new Uint8Array(4)),
    RangeError,
    "room for 8",
  );
});
