import { assert, assertEquals, assertNotStrictEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { InvalidRequestError, type LimbusError, MediaDecodeError } from "../../src/core/errors.ts";
import type { MediaPart, MediaSource } from "../../src/core/message.ts";
import type { Tensor } from "../../src/core/tensor.ts";
import { ENTRY_BYTES } from "../../src/multimodal/byte_lru.ts";
import { MultiModalField } from "../../src/multimodal/field.ts";
import type { ItemScope } from "../../src/multimodal/item_key.ts";
import { processItems } from "../../src/multimodal/process_items.ts";
import { ProcessorCache } from "../../src/multimodal/processor_cache.ts";
import { resolveItems } from "../../src/multimodal/resolve_items.ts";

const PICTURES = ["wide.png", "tall.png", "photo.jpg"].map((name) =>
  Deno.readFileSync(new URL(`../testdata/llava/${name}`, import.meta.url))
);
const SCOPE: ItemScope = { model: "m", tenant: "", settings: {} };
/** Bytes of the one tensor of an item. */
const TENSOR_BYTES = 12;

function part(source: MediaSource | Uint8Array | undefined, index: number, uuid?: string): MediaPart {
  const from: MediaSource = source instanceof Uint8Array
    ? { kind: "bytes", bytes: source }
    : source ?? { kind: "cached" };
  return { type: "media", modality: "image", source: from, param: `messages[0].content[${index}].image_url`, uuid };
}

/** A processor that counts its calls; its tensor holds the length of the file. */
function newSteps(cache?: ProcessorCache, scope = SCOPE) {
  const processed: number[] = [];
  const process = (_modality: string, content: Uint8Array | Float32Array): Promise<Record<string, Tensor>> => {
    processed.push(content.length);
    // A view on something larger, as a batch would be.
    const data = Float32Array.of(0, 0, content.length, 1, 2, 0).subarray(2, 5);
    return Promise.resolve({ pixel_values: { type: "float32", dims: [1, 3], data } });
  };
  const fields = () => ({ pixel_values: MultiModalField.batched("image") });
  return { processed, steps: { process, fields, modelType: "toy", cache, scope } };
}

/** From parts to processed items, as a request goes. */
async function send(parts: MediaPart[], { steps }: ReturnType<typeof newSteps>) {
  const { cache, scope } = steps;
  const found = await resolveItems(parts, {
    fetch: ({ source }) => Promise.resolve((source as { bytes: Uint8Array }).bytes),
    maxPixels: 1e9,
    hiddenSize: 2,
    embeds: { image: [] },
    findByUuid: (modality, uuid) => cache?.findByUuid(modality, uuid, scope),
  });
  return await processItems(found, steps);
}

Deno.test("a cached item gives what an uncached one gives, and is processed once", async () => {
  const cached = newSteps(new ProcessorCache(1e6));
  const uncached = newSteps();
  const requests = [[0, 1], [1, 0, 1], [2, 2], [0, 1, 2]];
  for (const request of requests) {
    const parts = request.map((picture, i) => part(PICTURES[picture], i));
    assertEquals(await send(parts, cached), await send(parts, uncached));
  }
  assertEquals(cached.processed, PICTURES.map(({ length }) => length));
  assertEquals(uncached.processed.length, requests.flat().length);
});

Deno.test("a capacity of 0 keeps nothing and still answers", async () => {
  const off = newSteps(new ProcessorCache(0));
  await send([part(PICTURES[0], 0, "a"), part(PICTURES[0], 1)], off);
  assertEquals(off.processed.length, 2);
  const error = await assertRejects(() => send([part(undefined, 0, "a")], off), InvalidRequestError);
  assertEquals(error.code, "media_cache_miss");
});

Deno.test("what is held stays within the capacity; a thing that went is processed again", async () => {
  const room = TENSOR_BYTES + ENTRY_BYTES;
  const cache = new ProcessorCache(2 * room);
  const small = newSteps(cache);
  const [a, b, c] = PICTURES.map((picture) => [part(picture, 0)]);
  for (const parts of [a, b, a, c, a, b]) {
    await send(parts, small);
    assert(cache.bytes <= 2 * room);
  }
  const lengths = PICTURES.map(({ length }) => length);
  assertEquals(small.processed, [lengths[0], lengths[1], lengths[2], lengths[1]]);
});

Deno.test("what is kept holds no more memory than it counts", async () => {
  const cache = new ProcessorCache(1e6);
  const [{ tensors }] = await send([part(PICTURES[0], 0)], newSteps(cache));
  assertEquals(tensors.pixel_values.data.buffer.byteLength, TENSOR_BYTES);
  assertEquals(cache.bytes, TENSOR_BYTES + ENTRY_BYTES);
});

Deno.test("an item is found by its client's name, with the index that it has now", async () => {
  const kit = newSteps(new ProcessorCache(1e6));
  const [first] = await send([part(PICTURES[0], 0, "cat")], kit);
  const [other, again] = await send([part(PICTURES[1], 0), part(undefined, 1, "cat")], kit);
  assertEquals(again, { ...first, info: { ...first.info, index: 1 }, param: "messages[0].content[1].image_url" });
  assertStrictEquals(again.tensors.pixel_values, first.tensors.pixel_values);
  assertNotStrictEquals(other.tensors.pixel_values, first.tensors.pixel_values);
  assertEquals(kit.processed.length, 2);
});

Deno.test("a name sent again with other data means the other data", async () => {
  const kit = newSteps(new ProcessorCache(1e6));
  const sent = async (bytes: Uint8Array | undefined) => (await send([part(bytes, 0, "cat")], kit))[0].tensors;
  const [first, second] = [await sent(PICTURES[0]), await sent(PICTURES[1])];
  assertEquals(await sent(undefined), second);
  assertEquals(await sent(PICTURES[0]), first);
  assertEquals(await sent(undefined), first);
  assertEquals(kit.processed.length, 2);
});

Deno.test("another client, model or setting does not find it by name, nor by content", async () => {
  const cache = new ProcessorCache(1e6);
  await send([part(PICTURES[0], 0, "cat")], newSteps(cache));
  for (const other of [{ tenant: "t" }, { model: "n" }, { settings: { kwargs: { size: 1 } } }]) {
    const kit = newSteps(cache, { ...SCOPE, ...other });
    await assertRejects(() => send([part(undefined, 0, "cat")], kit), InvalidRequestError);
    await send([part(PICTURES[0], 0)], kit);
    assertEquals(kit.processed.length, 1);
  }
});

Deno.test("items that are not there are all named, before anything is fetched", async () => {
  const kit = newSteps(new ProcessorCache(1e6));
  await send([part(PICTURES[0], 0, "cat")], kit);
  const unfetched = part({ kind: "url", url: "https://example.org/" }, 0);
  const parts = [unfetched, part(undefined, 1, "dog"), part(undefined, 2, "cat"), part(undefined, 3)];
  const error = await assertRejects(() => send(parts, kit), InvalidRequestError);
  assertEquals(error.code, "media_cache_miss");
  assertEquals(error.param, "messages[0].content[1].image_url");
  assert(error.message.endsWith("found no image 1, image 3"), error.message);
});

Deno.test("rows that a client names are found again, and do not mix with pictures", async () => {
  const kit = newSteps(new ProcessorCache(1e6));
  const rows = (data: number[]): MediaSource => ({
    kind: "embeds",
    tensors: { image_embeds: { type: "float32", dims: [1, data.length / 2, 2], data: Float32Array.from(data) } },
  });
  const [first] = await send([part(rows([1, 2, 3, 4]), 0, "rows")], kit);
  assertEquals(first.tensors.image_embeds.dims, [2, 2]);
  assertEquals(await send([part(undefined, 0, "rows")], kit), [first]);
  for (
    const parts of [[part(undefined, 0, "rows"), part(PICTURES[0], 1)], [part(PICTURES[0], 0), part(rows([1, 2]), 1)]]
  ) {
    const error = await assertRejects(() => send(parts, kit), InvalidRequestError, "found both");
    assertEquals(error.param, "messages[0].content[1].image_url");
  }
  assertEquals(kit.processed, []);
});

Deno.test("the same item in two requests at the same time is processed once; a failure is each one's own", async () => {
  const cache = new ProcessorCache(1e6);
  const kit = newSteps(cache);
  const gate = Promise.withResolvers<void>();
  let failures = 1;
  const { process } = kit.steps;
  kit.steps.process = async (modality, content) => {
    await gate.promise;
    if (failures-- > 0) throw new MediaDecodeError("Expected a picture: found none");
    return process(modality, content);
  };
  const requests = [0, 1, 2].map((index) => send([part(PICTURES[0], index)], kit));
  gate.resolve();
  const results = await Promise.allSettled(requests);
  const failed = results.filter(({ status }) => status === "rejected");
  assertEquals(failed.length, 1);
  const { reason } = failed[0] as PromiseRejectedResult;
  assertEquals((reason as LimbusError).param, "messages[0].content[0].image_url");
  const [one, two] = results.flatMap((result) => result.status === "fulfilled" ? result.value : []);
  assertEquals(one.tensors, two.tensors);
  assertEquals(kit.processed.length, 1);
});
