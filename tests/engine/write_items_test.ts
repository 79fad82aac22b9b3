import { assertEquals, assertThrows } from "@std/assert";
import { MediaDecodeError } from "../../src/core/errors.ts";
import type { PromptSegment } from "../../src/core/segment.ts";
import { writeItems } from "../../src/engine/write_items.ts";
import type { Model } from "../../src/models/adapter.ts";
import type { MediaItem } from "../../src/multimodal/resolve_items.ts";

const items = [1, 2].map((width, index) => ({
  info: { modality: "image", index, kind: "image", width, height: 1 },
  param: `items[${index}]`,
})) as unknown as MediaItem[];

const family: Pick<Model, "placeholder" | "itemText"> = {
  placeholder: (modality) => modality === "image" ? "<image>" : null,
  itemText: (item) => ({
    before: "\n",
    placeholder: `<image>${item.kind === "image" ? item.width : ""}<end>`,
    after: "\n\n",
  }),
};

const template = (text: string): PromptSegment => ({ origin: "template", text });
const item = (index: number, text: string): PromptSegment => ({ origin: "item", text, modality: "image", index });
const written = (segments: readonly PromptSegment[]) => segments.filter(({ text }) => text !== "");

Deno.test("each item gets its own text, wherever the template has printed it", () => {
  const user: PromptSegment = { origin: "user", text: "<image>" };
  const found = writeItems([template("a"), item(1, "<image>"), user, item(0, "<image>")], family, items, {});
  assertEquals(written(found), [
    template("a"),
    template("\n"),
    item(1, "<image>2<end>"),
    template("\n\n"),
    user,
    template("\n"),
    item(0, "<image>1<end>"),
    template("\n\n"),
  ]);
});

Deno.test("placeholders spelled in a program's text are taken in order; what is spelled beyond the items stays", () => {
  const found = writeItems([template("a<image>b<image><image>")], family, items, {});
  assertEquals(written(found), [
    template("a"),
    template("\n"),
    item(0, "<image>1<end>"),
    template("\n\n"),
    template("b"),
    template("\n"),
    item(1, "<image>2<end>"),
    template("\n\n"),
    template("<image>"),
  ]);
});

Deno.test("a family that writes nothing, and a user's text, stay as they are", () => {
  const segments: PromptSegment[] = [{ origin: "user", text: "<image>" }];
  assertEquals(writeItems(segments, family, items, {}), segments);
  assertEquals(writeItems([template("<image>")], { placeholder: family.placeholder }, items, {}), [
    template("<image>"),
  ]);
});

Deno.test("an item that cannot be written is named", () => {
  const itemText = () => {
    throw new MediaDecodeError("too long", { code: "invalid_image" });
  };
  const error = assertThrows(
    () => writeItems([item(1, "<image>")], { ...family, itemText }, items, {}),
    MediaDecodeError,
  );
  assertEquals(error.param, "items[1]");
});
