/**
 * Qwen2-Audio: Whisper's encoder, neighbours averaged, a linear projector, a Qwen2 decoder. A sound takes a token for every
 * 40 ms, and never more than 750, because what lies behind 30 s is cut off.
 *
 * Source: transformers `modeling_qwen2_audio.py`, `processing_qwen2_audio.py`; "Qwen2-Audio Technical Report", arXiv
 * 2407.10759.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError, MediaDecodeError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  audioTower,
  audioTowerSchema,
  buildGraph,
  decoderSchema,
  linear,
  linearWeights,
  toFloat32,
} from "../graph/mod.ts";
import { AudioProcessor } from "../multimodal/audio_processor.ts";
import { MultiModalField } from "../multimodal/field.ts";
import type { ItemInfo, ItemTensors } from "../multimodal/item.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";
import { textDecoder } from "./text_decoder.ts";

const schema = z.looseObject({
  audio_config: z.looseObject({}).prefault({}),
  text_config: z.looseObject({}).prefault({}),
  audio_token_index: z.int().nonnegative().optional(),
  audio_token_id: z.int().nonnegative().optional(),
}).transform((config, context) => {
  const text = decoderSchema.safeParse({ model_type: "qwen2", ...config.text_config });
  const audio = audioTowerSchema.safeParse(config.audio_config);
  addNestedIssues(context, { text_config: text, audio_config: audio });
  if (!text.success || !audio.success) return z.NEVER;
  return {
    text: text.data,
    audio: audio.data,
    audioTokenId: config.audio_token_index ?? config.audio_token_id ?? 151646,
  };
});

/** What stands for a sound in prompts; the token in the middle is repeated. */
const AUDIO_TOKEN = "<|AUDIO|>";
const AUDIO_TEXT = `<|audio_bos|>${AUDIO_TOKEN}<|audio_eos|>`;

/** What the processor's own class in transformers falls back on. */
const CHAT_TEMPLATE = `
{%- set sounds = namespace(count=0) -%}
{%- for message in messages -%}
  {%- if loop.first and message.role != "system" -%}
    {{- "<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n" -}}
  {%- endif -%}
  {{- "<|im_start|>" + message.role + "\\n" -}}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- else -%}
    {%- for part in message.content -%}
      {%- if part.type == "audio" -%}
        {%- set sounds.count = sounds.count + 1 -%}
        {{- "Audio " ~ sounds.count ~ ": ${AUDIO_TEXT}\\n" -}}
      {%- elif "text" in part -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{- "<|im_end|>\\n" -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- "<|im_start|>assistant\\n" -}}
{%- endif -%}
`;

/** Head of a checkpoint that says it is the embedding table: transformers 4 then stores none, 5 one that need not be equal. */
const TIED_HEAD = "language_model.tied_head";

/** Positions behind the convolutions, the second of which takes every other frame. */
const countPositions = (numFrames: number) => Math.floor((numFrames - 1) / 2) + 1;

/** Rows of a sound: pairs of positions; one that is left over is dropped. */
const countRows = (numFrames: number) => Math.floor((countPositions(numFrames) - 2) / 2) + 1;

function configure(config: z.output<typeof schema>, { audioProcessor, tokenizer }: CheckpointConfigs): Model {
  const { text, audio, audioTokenId } = config;
  checkAudioToken(tokenizer.tokenToId(AUDIO_TOKEN), audioTokenId);
  const processor = readProcessor(requireProcessor(audioProcessor, "audio").value, audio);

  const head = text.tieWordEmbeddings ? TIED_HEAD : "language_model.lm_head";
  const language = textDecoder({ ...text, tieWordEmbeddings: false }, { prefix: "language_model.model", head });

  const numTokens = (item: ItemInfo) => {
    if (item.kind === "embeds") return item.numRows;
    if (item.kind !== "audio") return 0;
    const rows = countRows(processor.numMarkedFrames(item.numSamples));
    if (rows > 0) return rows;
    throw new MediaDecodeError(`Expected a sound of at least 3 frames: found ${item.numSamples} samples`, {
      code: "audio_too_short",
    });
  };

  return {
    language: language.language,
    languageInputs: language.languageInputs,
    limits: { audio: null },
    numTokens,
    largestItem: () => ({ modality: "audio", index: 0, kind: "audio", numSamples: processor.numSamples }),
    placeholder: (modality) => modality === "audio" ? AUDIO_TEXT : null,
    fields: () => ({
      input_features: MultiModalField.batched("audio"),
      feature_attention_mask: MultiModalField.batched("audio", { keepOnCpu: true }),
    }),
    processors: {
      audio: async (items) => {
        const options = { samplingRate: processor.samplingRate, returnAttentionMask: true };
        const { input_features, attention_mask, feature_attention_mask } = await processor.process(items, options);
        return { input_features, feature_attention_mask: feature_attention_mask ?? attention_mask };
      },
    },
    samplingRate: processor.samplingRate,
    embeds: { audio: [] },
    promptUpdates: (items) => [{
      modality: "audio",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [audioTokenId],
          replacement: (index) => Array(numTokens(items[index])).fill(audioTokenId),
        }),
      ],
    }],
    chatTemplate: CHAT_TEMPLATE,
    networks: {
      encoders: {
        audio: {
          graph: () =>
            buildGraph("audio encoder", (g) => {
              const rows = audioTower(g, audio, "audio_tower");
              const projector = "multi_modal_projector.linear";
              const size = [text.hiddenSize, audio.hiddenSize] as const;
              g.output("rows", toFloat32(g, linear(g, rows, linearWeights(g, projector, size, true))));
            }),
          feeds: encoderFeeds,
        },
      },
      language: language.graph,
    },
  };
}

function checkAudioToken(found: number | undefined, audioTokenId: number): void {
  if (found === audioTokenId) return;
  const id = found ?? "which the tokenizer lacks";
  throw new CheckpointError(`Expected audio_token_index to be the id of ${AUDIO_TOKEN}, ${id}: found ${audioTokenId}`, {
    param: "config.json: audio_token_index",
  });
}

/** The audio processor, whose frames the tower must take. */
function readProcessor(
  file: object,
  { numMelBins, maxSourcePositions }: { numMelBins: number; maxSourcePositions: number },
) {
  const processor = AudioProcessor.fromConfig(file);
  const expected = { feature_size: numMelBins, chunk_length: 2 * maxSourcePositions };
  const found = { feature_size: processor.numMelBins, chunk_length: processor.numFrames };
  for (const key of ["feature_size", "chunk_length"] as const) {
    if (found[key] === expected[key]) continue;
    const what = key === "feature_size" ? "mel bins" : "frames";
    throw new CheckpointError(
      `Expected an audio processor of the tower's ${expected[key]} ${what}: found ${found[key]}`,
      {
        param: `preprocessor_config.json: ${key}`,
      },
    );
  }
  return processor;
}

/** What the encoder runs on: the sound alone, without the silence behind it. */
function encoderFeeds({ input_features, feature_attention_mask }: ItemTensors): Record<string, Tensor> {
  const [numMelBins, allFrames] = input_features.dims;
  const marked = (feature_attention_mask.data as Int32Array).reduce((sum, mark) => sum + mark, 0);
  const numPositions = countPositions(marked);
  const numRows = countRows(marked);
  // The convolutions of the last position reach two frames beyond its own.
  const numFrames = Math.min(allFrames, 2 * numPositions + 1);
  const features = new Float32Array(numMelBins * numFrames);
  for (let bin = 0; bin < numMelBins; bin++) {
    const row = (input_features.data as Float32Array).subarray(bin * allFrames, bin * allFrames + numFrames);
    features.set(row, bin * numFrames);
  }
  const indices = (length: number, index: (i: number) => number): Tensor => ({
    type: "int64",
    dims: [length],
    data: BigInt64Array.from({ length }, (_, i) => BigInt(index(i))),
  });
  return {
    input_features: { type: "float32", dims: [1, numMelBins, numFrames], data: features },
    positions: indices(numPositions, (i) => i),
    even: indices(numRows, (i) => 2 * i),
    odd: indices(numRows, (i) => 2 * i + 1),
  };
}

const HEAD_NAMES = ["language_model.lm_head.weight", "lm_head.weight"];
const TABLE_NAMES = ["language_model.model.embed_tokens.weight", "model.language_model.embed_tokens.weight"];

/** The family of `Qwen2AudioForConditionalGeneration`. */
export const qwen2Audio = defineAdapter({
  modelType: "qwen2_audio",
  config: schema,
  tensorNames: (name) =>
    name === `${TIED_HEAD}.weight` ? [...HEAD_NAMES, ...TABLE_NAMES] : [
      name,
      `model.${name}`,
      name.replace(/^language_model\.model\./, "model.language_model."),
      name.replace(/^language_model\.lm_head\./, "lm_head."),
    ],
  configure,
});
