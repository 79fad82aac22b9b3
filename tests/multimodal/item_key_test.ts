import { assertEquals, assertNotEquals } from "@std/assert";
import { contentKey, type ItemScope, uuidKey } from "../../src/multimodal/item_key.ts";

const SCOPE: ItemScope = { model: "m", tenant: "t", settings: { kwargs: { size: 4 }, alpha: "white" } };
const FILE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

Deno.test("a key is a digest and follows content, modality, model, tenant and settings", async () => {
  const keys = await Promise.all([
    contentKey("image", FILE, SCOPE),
    contentKey("image", FILE.with(0, 2), SCOPE),
    contentKey("image", FILE.subarray(0, 7), SCOPE),
    contentKey("audio", FILE, SCOPE),
    contentKey("image", FILE, { ...SCOPE, model: "n" }),
    contentKey("image", FILE, { ...SCOPE, tenant: "u" }),
    contentKey("image", FILE, { ...SCOPE, model: "mt", tenant: "" }),
    contentKey("image", FILE, { ...SCOPE, settings: { kwargs: {}, alpha: "white" } }),
    contentKey("image", FILE, { ...SCOPE, settings: { kwargs: { size: 4 }, alpha: "drop" } }),
    // The same bytes as another kind of content, or of another shape.
    contentKey("image", new Float32Array(FILE.buffer), SCOPE),
    contentKey("image", { image_embeds: { type: "uint8", dims: [8], data: FILE } }, SCOPE),
    contentKey("image", { image_embeds: { type: "uint8", dims: [2, 4], data: FILE } }, SCOPE),
    contentKey("image", { image_embeds: { type: "int8", dims: [2, 4], data: new Int8Array(FILE.buffer) } }, SCOPE),
    contentKey("image", { other: { type: "uint8", dims: [8], data: FILE } }, SCOPE),
  ]);
  assertEquals(new Set(keys).size, keys.length);
  for (const key of keys) assertEquals(/^[0-9a-f]{64}$/.test(key), true);
  assertEquals(await contentKey("image", FILE.slice(), { ...SCOPE }), keys[0]);
});

Deno.test("a client's name never is another's, nor that of content, whatever it spells", async () => {
  const content = await contentKey("image", FILE, SCOPE);
  const mine = await uuidKey("image", "cat", SCOPE);
  assertNotEquals(mine, "cat");
  const others = await Promise.all([
    uuidKey("image", content, SCOPE),
    uuidKey("image", mine, SCOPE),
    uuidKey("audio", "cat", SCOPE),
    uuidKey("image", "cat", { ...SCOPE, tenant: "u" }),
    uuidKey("image", "cat", { ...SCOPE, model: "n" }),
    uuidKey("image", "cat", { ...SCOPE, settings: {} }),
    uuidKey("image", "Cat", SCOPE),
  ]);
  assertEquals(new Set([content, mine, ...others]).size, others.length + 2);
});
