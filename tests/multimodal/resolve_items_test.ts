import { assertEquals, assertRejects } from "@std/assert";
import { InvalidRequestError, MediaDecodeError, MediaFetchError } from "../../src/core/errors.ts";
import type { MediaPart, MediaSource } from "../../src/core/message.ts";
import { resolveItems, type ResolveOptions } from "../../src/multimodal/resolve_items.ts";

const PICTURES = ["wide.png", "tall.png", "small.png", "photo.jpg"].map((name) =>
  Deno.readFileSync(new URL(`../testdata/llava/${name}`, import.meta.url))
);

function part(source: MediaSource, index: number, modality: MediaPart["modality"] = "image"): MediaPart {
  return { type: "media", modality, source, param: `content[${index}]` };
}
const files = PICTURES.map((bytes, index) => part({ kind: "bytes", bytes }, index));
const bytesOf = ({ source }: MediaPart) => (source as { bytes: Uint8Array }).bytes;

function options(fetch: ResolveOptions["fetch"]): ResolveOptions {
  return { fetch, maxPixels: 1e6, hiddenSize: 4, embeds: { image: [] } };
}

Deno.test("items are fetched at the same time and keep the order of the request", async () => {
  // Nobody goes on before all have begun; the first to begin is the last to end.
  const everybody = Promise.withResolvers<void>();
  let begun = 0;
  const ended: string[] = [];
  const items = await resolveItems(
    files,
    options(async (part) => {
      const place = begun++;
      if (begun === files.length) everybody.resolve();
      await everybody.promise;
      for (let turn = place; turn < files.length; turn++) await Promise.resolve();
      ended.push(part.param);
      return bytesOf(part);
    }),
  );
  assertEquals(ended, files.map(({ param }) => param).reverse());
  assertEquals(items.map(({ param }) => param), files.map(({ param }) => param));
  assertEquals(items.map(({ info }) => info.index), [0, 1, 2, 3]);
  assertEquals(items.map(({ content }) => content), PICTURES);
});

Deno.test("an item that cannot be fetched or read is named, and nothing of the others is decoded", async () => {
  const failing = (index: number, error: Error) =>
    resolveItems(
      files,
      options((part) => part === files[index] ? Promise.reject(error) : Promise.resolve(bytesOf(part))),
    );
  const fetchError = await assertRejects(() => failing(2, new MediaFetchError("Expected x: found y")), MediaFetchError);
  assertEquals(fetchError.param, "content[2]");
  const broken = files.with(1, part({ kind: "bytes", bytes: Uint8Array.of(1, 2, 3) }, 1));
  const decodeError = await assertRejects(
    () => resolveItems(broken, options((part) => Promise.resolve(bytesOf(part)))),
    MediaDecodeError,
  );
  assertEquals(decodeError.param, "content[1]");
});

Deno.test("files and rows of one modality do not mix; nothing is fetched then", async () => {
  const rows = part({ kind: "embeds", tensors: {} }, 4);
  let fetched = 0;
  const error = await assertRejects(
    () => resolveItems([...files, rows], options((part) => (fetched++, Promise.resolve(bytesOf(part))))),
    InvalidRequestError,
    "Expected image items to be all files or all embeddings: found both",
  );
  assertEquals([error.param, fetched], ["content[4]", 0]);
});

Deno.test("no items are no work", async () => {
  assertEquals(await resolveItems([], options(() => Promise.reject(new Error("fetched")))), []);
});
