import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createChatTemplate, renderSegments } from "../../src/chat/mod.ts";
import { CheckpointError, LimbusError, MediaDecodeError } from "../../src/core/errors.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { MediaSource } from "../../src/core/message.ts";
import type { CheckpointConfigs } from "../../src/models/adapter.ts";
import { qwen2Audio } from "../../src/models/qwen2_audio.ts";
import { checkCase, loadFamily, readFamily, toRequest } from "../kit/family_goldens.ts";
import { goldens, readSound } from "../testdata/audio/goldens.ts";

for (const { folder, cases } of readFamily("qwen2_audio")) {
  Deno.test(`qwen2_audio: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("qwen2_audio", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}

/** The family with the sizes of the published checkpoint where they matter. */
function configure(processor: object = {}, audio: object = {}, audioTokenId = 7) {
  const config = qwen2Audio.config.parse({
    model_type: "qwen2_audio",
    audio_token_index: audioTokenId,
    audio_config: { d_model: 8, encoder_attention_heads: 1, ...audio },
    text_config: { hidden_size: 8, num_attention_heads: 1, num_key_value_heads: 1, vocab_size: 9 },
  });
  const settings = {
    feature_extractor_type: "WhisperFeatureExtractor",
    feature_size: 128,
    processor_class: "Qwen2AudioProcessor",
    ...processor,
  };
  const audioProcessor = { name: "preprocessor_config.json", value: settings };
  const tokenizer = { tokenToId: () => 7, encode: () => new Uint32Array() };
  return qwen2Audio.configure(config, { config: {}, audioProcessor, tokenizer } as CheckpointConfigs);
}

Deno.test("without a template of its own a checkpoint gets the one that transformers falls back on", () => {
  const [{ folder, cases }] = readFamily("qwen2_audio");
  const file = new URL(`../testdata/qwen2_audio/${folder}/chat_template.jinja`, import.meta.url);
  const { chatTemplate, placeholder } = configure();
  const specialTokens = ["<|im_start|>", "<|im_end|>", "<|audio_bos|>", "<|AUDIO|>", "<|audio_eos|>"];
  const [own, fallback] = [Deno.readTextFileSync(file), chatTemplate!].map((source) =>
    createChatTemplate(source, { specialTokens })
  );
  for (const golden of cases) {
    const { prompt } = toRequest("qwen2_audio", golden);
    if (prompt.kind !== "chat") continue;
    for (const addGenerationPrompt of [true, false]) {
      const [want, found] = [own, fallback].map((template) =>
        renderSegments(template, prompt.messages, { placeholder, addGenerationPrompt }).map(({ text }) => text).join("")
      );
      assertEquals(found, want, golden.title);
    }
  }
});

const ofLength = (numSamples: number) => ({ modality: "audio", index: 0, kind: "audio", numSamples } as const);

Deno.test("a sound takes a token for 40 ms, 750 at most, and one of less than a token is refused", () => {
  const { numTokens } = configure();
  const counts: [frames: number, tokens: number][] = [[3, 1], [6, 1], [7, 2], [100, 25], [160, 40], [2999, 750]];
  for (const [frames, tokens] of counts) {
    assertEquals(numTokens(ofLength(160 * frames), {}), tokens, `${frames} frames`);
    assertEquals(numTokens(ofLength(160 * (frames - 1) + 1), {}), tokens, `${frames} frames, the last one begun`);
  }
  for (const samples of [480_000, 480_001, 16_000 * 600]) assertEquals(numTokens(ofLength(samples), {}), 750);
  for (const samples of [0, 1, 320]) {
    const error = assertThrows(() => numTokens(ofLength(samples), {}), MediaDecodeError);
    assertEquals(error.code, "audio_too_short");
  }
});

Deno.test("a token that the tokenizer has under another id is refused", () => {
  assertThrows(() => configure({}, {}, 8), CheckpointError, "to be the id of <|AUDIO|>, 7: found 8");
});

Deno.test("a processor whose frames the tower does not take is refused", () => {
  assertThrows(() => configure({ feature_size: 80 }), CheckpointError, "128 mel bins: found 80");
  assertThrows(() => configure({ chunk_length: 20 }), CheckpointError, "3000 frames: found 2000");
  configure({ chunk_length: 20 }, { max_source_positions: 1000 });
});

Deno.test("sounds of any rate and coding are answered; faults of one request name its item and leave the next alone", async () => {
  const { loaded: _loaded, engine } = await loadFamily("qwen2_audio", "one-second-f16", "wasm");
  await using _ = engine;
  const ask = async (source: MediaSource) => {
    const param = "messages[0].content[0].input_audio";
    const content = [{ type: "media", modality: "audio", source, param }, { type: "text", text: "What?" }] as const;
    const request: GenerateRequest = {
      requestId: crypto.randomUUID(),
      prompt: { kind: "chat", messages: [{ role: "user", content }] },
      sampling: { temperature: 0, maxTokens: 4, ignoreEos: true },
    };
    const tokenIds: number[] = [];
    for await (const output of engine.generate(request)) {
      if (output.type === "delta") tokenIds.push(...output.tokenIds);
    }
    return tokenIds;
  };
  const tooShort = "mono_48k_float64.wav";
  for (const name of Object.keys(goldens.files).filter((name) => name !== tooShort)) {
    assertEquals((await ask({ kind: "bytes", bytes: readSound(name) })).length, 4, name);
  }
  for (const name of ["mono_16k_pcm16.flac", "stereo_44k_cbr.mp3", "stereo_44k.ogg"]) {
    assertEquals((await ask({ kind: "bytes", bytes: readSound(name) })).length, 4, name);
  }
  const whole = readSound("speech_16k_pcm16.wav");
  const faults: [MediaSource, string][] = [
    [{ kind: "bytes", bytes: new TextEncoder().encode("\0\0\0\x1cftypM4A ") }, "unsupported_audio"],
    [{ kind: "bytes", bytes: readSound("mono_16k_pcm16.flac").subarray(0, 3000) }, "invalid_audio"],
    [{ kind: "bytes", bytes: whole.subarray(0, 30) }, "invalid_audio"],
    [{ kind: "bytes", bytes: readSound(tooShort) }, "audio_too_short"],
    [{ kind: "samples", samples: new Float32Array(601 * 100), samplingRate: 100 }, "audio_too_long"],
    [{ kind: "samples", samples: Float32Array.of(NaN), samplingRate: 16000 }, "invalid_value"],
    [{ kind: "url", url: "data:audio/wav;base64,UklG!" }, "invalid_data_url"],
  ];
  for (const [source, code] of faults) {
    const error = await assertRejects(() => ask(source), LimbusError);
    assertEquals([error.code, error.param], [code, "messages[0].content[0].input_audio"]);
    assertEquals((await ask({ kind: "bytes", bytes: whole })).length, 4);
  }
});

Deno.test("a configuration that does not fit is refused by key", () => {
  const faults: [object, string][] = [
    [{ audio_config: { model_type: "whisper" } }, "audio_config.model_type"],
    [{ audio_config: { d_model: 30, encoder_attention_heads: 4 } }, "audio_config.d_model"],
    [{ audio_config: { activation_function: "sinus" } }, "audio_config.activation_function"],
    [{ audio_config: { max_source_positions: 0 } }, "audio_config.max_source_positions"],
    [{ text_config: { model_type: "t5" } }, "text_config.model_type"],
    [{ audio_token_index: -1 }, "audio_token_index"],
  ];
  for (const [config, key] of faults) {
    const { error } = qwen2Audio.config.safeParse({ model_type: "qwen2_audio", ...config });
    assertEquals(error?.issues.map(({ path }) => path.join(".")), [key]);
  }
});
