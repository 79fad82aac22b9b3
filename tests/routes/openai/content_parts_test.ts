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

Deno.test("sounds come as OpenAI's base64 text or by URL", () => {
  const { parts } = parse([
    { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
    { type: "audio_url", audio_url: { url: "https://a.example/b.wav" }, uuid: "bell" },
    { type: "audio_url", audio_url: "data:c" },
    { type: "input_audio", uuid: "bell" },
  ]);
  assertEquals(parts.map(({ modality, source, param }) => [modality, source, param]), [
    ["audio", { kind: "url", url: "data:audio/wav;base64,UklGRg==" }, "messages[0].content[0].input_audio"],
    ["audio", { kind: "url", url: "https://a.example/b.wav" }, "messages[0].content[1].audio_url"],
    ["audio", { kind: "url", url: "data:c" }, "messages[0].content[2].audio_url"],
    ["audio", { kind: "cached" }, "messages[0].content[3].input_audio"],
  ]);
});

Deno.test("a sound's faults are named by their path", () => {
  const faults: [unknown, string, string][] = [
    [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "aac" } }, "input_audio.format", "invalid_value"],
    [{ type: "input_audio", input_audio: { data: "UklGRg==" } }, "input_audio.format", "missing_required_parameter"],
    [{ type: "input_audio", input_audio: { format: "wav" } }, "input_audio.data", "missing_required_parameter"],
    [{ type: "input_audio", input_audio: { data: "", format: "wav" } }, "input_audio.data", "invalid_value"],
    [{ type: "input_audio", input_audio: "UklGRg==" }, "input_audio", "invalid_type"],
    [{ type: "audio_url", audio_url: { url: 5 } }, "audio_url.url", "invalid_type"],
    [{ type: "audio_url", audio_url: { url: "data:c", detail: "low" } }, "audio_url.detail", "unknown_parameter"],
    [{ type: "audio_url" }, "audio_url", "missing_required_parameter"],
  ];
  for (const [part, path, code] of faults) {
    const error = assertThrows(() => parse([part]), InvalidRequestError);
    assertEquals([error.param, error.code], [`messages[0].content[0].${path}`, code]);
  }
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
