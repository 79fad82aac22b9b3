import { assertEquals, assertThrows } from "@std/assert";
import { parseChatRequest } from "../../../routes/openai/chat_request.ts";
import { InvalidRequestError } from "../../../src/core/errors.ts";
import type { MediaPart } from "../../../src/core/message.ts";

const EMBEDS = Deno.readFileSync(new URL("../../testdata/embeds/embeds.safetensors", import.meta.url)).toBase64();

function parse(content: unknown[], enableMmEmbeds = false, extra: Record<string, unknown> = {}) {
  const body = { model: "fake", messages: [{ role: "user", content }], ...extra };
  const { generate } = parseChatRequest(body, { servedModelName: "fake", requestId: "r", tenant: "t", enableMmEmbeds });
  const parts = generate.prompt.kind === "chat" ? generate.prompt.messages[0].content : [];
  return { generate, parts: parts as MediaPart[] };
}

Deno.test("a uuid comes along with its item, and stands for it where the payload is null or left out", () => {
  const { parts } = parse([
    { type: "image_url", image_url: { url: "data:a" }, uuid: "cat" },
    { type: "image_url", image_url: null, uuid: "cat" },
    { type: "image_url", uuid: "cat" },
    { type: "image_url", image_url: "data:b", uuid: null },
  ]);
  assertEquals(parts.map(({ source, uuid, param }) => [source.kind, uuid, param]), [
    ["url", "cat", "messages[0].content[0].image_url"],
    ["cached", "cat", "messages[0].content[1].image_url"],
    ["cached", "cat", "messages[0].content[2].image_url"],
    ["url", undefined, "messages[0].content[3].image_url"],
  ]);
});

Deno.test("embeddings become named tensors of their modality, where the server takes them", () => {
  const content = [
    { type: "image_embeds", image_embeds: EMBEDS, uuid: "rows" },
    { type: "audio_embeds", audio_embeds: EMBEDS },
    { type: "image_embeds", image_embeds: null, uuid: "rows" },
  ];
  const { parts } = parse(content, true);
  assertEquals(parts.map(({ modality, source, uuid }) => [modality, source.kind, uuid]), [
    ["image", "embeds", "rows"],
    ["audio", "embeds", undefined],
    ["image", "cached", "rows"],
  ]);
  const [{ source }] = parts;
  assertEquals(source.kind === "embeds" && source.tensors.half.dims, [1, 2, 3]);
  for (const [index, part] of content.entries()) {
    const error = assertThrows(() => parse([{ type: "text", text: "hi" }, part]), InvalidRequestError);
    assertEquals([error.param, error.code], [
      `messages[0].content[1].${content[index].type}`,
      "embeddings_disabled",
    ]);
    assertEquals(error.hint, "LIMBUS_ENABLE_MM_EMBEDS=1 allows them");
  }
});

Deno.test("settings of the processor and whose request it is reach the engine", () => {
  const { generate } = parse([{ type: "text", text: "hi" }], false, { mm_processor_kwargs: { size: { height: 4 } } });
  assertEquals([generate.mmProcessorKwargs, generate.tenant], [{ size: { height: 4 } }, "t"]);
  assertEquals(
    parse([{ type: "text", text: "hi" }], false, { mm_processor_kwargs: null }).generate.mmProcessorKwargs,
    undefined,
  );
});
