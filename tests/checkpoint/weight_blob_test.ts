import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type BlobPart, WeightBlob } from "../../src/checkpoint/weight_blob.ts";

/** A part whose bytes are `first`, `first + 1`, ... in chunks of 3. */
function part(offset: number, byteLength: number, first: number, log?: string[]): BlobPart {
  return {
    offset,
    byteLength,
    async *chunks() {
      log?.push(`open ${offset}`);
      for (let at = 0; at < byteLength; at += 3) {
        yield await Promise.resolve(
          Uint8Array.from({ length: Math.min(3, byteLength - at) }, (_, i) => first + at + i),
        );
      }
    },
  };
}

const whole = [0, 0, 10, 11, 12, 13, 14, 0, 20, 21, 22, 23, 24, 25, 0];
const blob = new WeightBlob([part(2, 5, 10), part(8, 6, 20)], 15);

/** Reads as ONNX Runtime does: a reader that brings its own buffer. */
async function readByob(stream: ReadableStream<Uint8Array<ArrayBuffer>>, bufferSize: number): Promise<number[]> {
  const reader = stream.getReader({ mode: "byob" });
  const all: number[] = [];
  let buffer = new ArrayBuffer(bufferSize);
  while (true) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (value) {
      all.push(...value);
      buffer = value.buffer;
    }
    if (done) return all;
  }
}

Deno.test("parts and the gaps between them make one file", async () => {
  assertEquals(blob.size, 15);
  assertEquals(blob instanceof Blob, true);
  assertEquals([...await blob.bytes()], whole);
  assertEquals([...new Uint8Array(await blob.arrayBuffer())], whole);
  assertEquals((await blob.text()).length, 15);
  assertEquals([...await new Response(blob.stream()).bytes()], whole);
});

Deno.test("every slice, of slices too, is the slice of the file", async () => {
  for (let start = -16; start <= 16; start++) {
    for (let end = -16; end <= 16; end++) {
      const expected = whole.slice(start, end);
      const slice = blob.slice(start, end);
      assertEquals(slice.size, expected.length, `${start} ${end}`);
      assertEquals([...await slice.bytes()], expected, `${start} ${end}`);
    }
  }
  assertEquals([...await blob.slice(3, 13).slice(2, -2).bytes()], whole.slice(3, 13).slice(2, -2));
  assertEquals([...await blob.slice(4).slice(undefined, 5).bytes()], whole.slice(4).slice(0, 5));
});

Deno.test("a reader with its own buffer of any size gets the same bytes", async () => {
  for (const size of [1, 2, 4, 5, 100]) {
    assertEquals(await readByob(blob.stream(), size), whole);
    assertEquals(await readByob(blob.slice(3, 9).stream(), size), whole.slice(3, 9));
    assertEquals(await readByob(blob.slice(5, 5).stream(), size), []);
  }
});

Deno.test("only parts of the slice are produced, and only when it is read", async () => {
  const log: string[] = [];
  const logged = new WeightBlob([part(0, 4, 1, log), part(4, 4, 5, log)], 8);
  const slice = logged.slice(4, 8);
  const stream = slice.stream();
  assertEquals(log, []);
  assertEquals(await readByob(stream, 8), [5, 6, 7, 8]);
  assertEquals(log, ["open 4"]);
});

Deno.test("parts that overlap, are out of order or leave the file are refused", () => {
  assertThrows(() => new WeightBlob([part(0, 4, 0), part(3, 2, 0)], 8), RangeError);
  assertThrows(() => new WeightBlob([part(4, 4, 0), part(0, 4, 0)], 8), RangeError);
  assertThrows(() => new WeightBlob([part(5, 4, 0)], 8), RangeError);
});

Deno.test("a producer that yields too little or throws fails the read", async () => {
  const short = { ...part(0, 2, 0), byteLength: 4 };
  await assertRejects(
    () => new WeightBlob([short], 4).bytes(),
    RangeError,
    "Expected 4 bytes from a producer: found 2",
  );
  const failing: BlobPart = {
    offset: 0,
    byteLength: 4,
    async *chunks() {
      yield await Promise.reject(new Error("cut"));
    },
  };
  await assertRejects(() => readByob(new WeightBlob([failing], 4).stream(), 4), Error, "cut");
});
