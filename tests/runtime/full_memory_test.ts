import { assertEquals, assertRejects } from "@std/assert";
import { withFullMemory } from "../../src/runtime/full_memory.ts";

const PAGE = 65_536;

/** A `Memory` that gives at most `most` pages, and notes what is asked for. */
function scarce(most: number, asked: number[]) {
  const Memory = class {
    constructor({ initial }: WebAssembly.MemoryDescriptor) {
      asked.push(initial);
      if (initial > most) throw new RangeError("could not allocate memory");
    }
  };
  return { Memory: Memory as unknown as typeof WebAssembly.Memory };
}

Deno.test("shared memory has its full size from the start, other memory what was asked for", async () => {
  const { Memory } = WebAssembly;
  const sizes = await withFullMemory(() => {
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 8192, shared: true });
    const own = new WebAssembly.Memory({ initial: 1, maximum: 8192 });
    return Promise.resolve([shared, own].map(({ buffer }) => buffer.byteLength / PAGE));
  });
  assertEquals(sizes, [8192, 1]);
  assertEquals(WebAssembly.Memory, Memory, "the constructor is put back");
});

Deno.test("where the system gives less, the next half is tried, and at last what was asked for", async () => {
  const create = async (most: number) => {
    const asked: number[] = [];
    const host = scarce(most, asked);
    await withFullMemory(async () => {
      await Promise.resolve();
      new host.Memory({ initial: 256, maximum: 65_536, shared: true });
    }, host);
    return asked;
  };
  assertEquals(await create(65_536), [65_535]);
  assertEquals(await create(20_000), [65_535, 32_767, 16_383]);
  assertEquals(await create(300), [65_535, 32_767, 16_383, 8191, 256]);
});

Deno.test("a fault of the work puts the constructor back", async () => {
  const { Memory } = WebAssembly;
  await assertRejects(() => withFullMemory(() => Promise.reject(new Error("broken"))), Error, "broken");
  assertEquals(WebAssembly.Memory, Memory);
});
