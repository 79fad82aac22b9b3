/**
 * Sounds over the HTTP API, from a client's base64 text to an answer that equals that of transformers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { loadFamily, readFamily } from "../kit/family_goldens.ts";
import { errorOf, send } from "../routes/client.ts";

const FOLDER = "one-second-f16";
const DATA = new URL("../testdata/qwen2_audio/", import.meta.url);

Deno.test("a sound in a chat request is answered as transformers does, and a bad one is refused by its path", async () => {
  const { engine, config } = await loadFamily("qwen2_audio", FOLDER, "wasm");
  await using _ = engine;
  const golden = readFamily("qwen2_audio").find(({ folder }) => folder === FOLDER)!
    .cases.find(({ title }) => title === "one sound")!;
  const data = Deno.readFileSync(new URL(golden.files[0], DATA)).toBase64();
  const question = golden.messages[0].content[1];
  const ask = (part: unknown, extra: object = {}) =>
    send(engine, "/v1/chat/completions", {
      json: {
        model: config.servedModelName,
        messages: [{ role: "user", content: [part, question] }],
        temperature: 0,
        max_tokens: golden.greedyTokenIds.length,
        return_token_ids: true,
        ...extra,
      },
    });

  for (
    const part of [
      { type: "input_audio", input_audio: { data, format: "wav" } },
      { type: "audio_url", audio_url: { url: `data:audio/x-wav;base64,${data}` } },
    ]
  ) {
    const { status, json } = await ask(part);
    assertEquals([status, json.prompt_token_ids], [200, golden.promptTokenIds]);
    assertEquals(json.choices[0].token_ids, golden.greedyTokenIds);
  }

  const picture = `data:image/png;base64,${Deno.readFileSync(new URL("../llava/small.png", DATA)).toBase64()}`;
  const refused: [part: { type: string }, code: string][] = [
    [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } } as never, "invalid_audio"],
    [{ type: "input_audio", input_audio: { data: "????", format: "wav" } } as never, "invalid_data_url"],
    [{ type: "audio_url", audio_url: "data:audio/flac;base64,ZkxhQwAAACI=" } as never, "invalid_audio"],
    [{ type: "audio_url", audio_url: "data:audio/mp4;base64,AAAAHGZ0eXBNNEEg" } as never, "unsupported_audio"],
    [{ type: "audio_url", audio_url: picture } as never, "invalid_audio"],
    [{ type: "image_url", image_url: { url: picture } } as never, "unsupported_modality"],
  ];
  for (const [part, code] of refused) {
    const answer = await ask(part);
    const error = errorOf(answer);
    assertEquals([error.code, error.param], [code, `messages[0].content[0].${part.type}`]);
    assertEquals(answer.status >= 400 && answer.status < 500, true, `${code}: ${answer.status}`);
  }
});
