/**
 * BLIP-2 on OPT: a vision transformer, a Q-Former whose queries stand for the picture, an OPT decoder. The picture has no
 * place in the text: its tokens go before the whole prompt.
 *
 * Source: transformers `modeling_blip_2.py`, `processing_blip_2.py`; "BLIP-2", arXiv 2301.12597.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import {
  blipTower,
  type BlipTowerConfig,
  blipTowerSchema,
  buildGraph,
  linearLayer,
  optDecoder,
  optDecoderSchema,
  outputRows,
  qformer,
  qformerSchema,
} from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { BLIP_CLASSES, type ClipProcessor, readClip } from "../multimodal/image_processors/clip.ts";
import { pictureSettings, readProcessorType } from "../multimodal/image_processors/settings.ts";
import type { ItemInfo } from "../multimodal/item.ts";
import { PromptInsertion, PromptTarget } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";

const schema = z.looseObject({
  vision_config: z.looseObject({}).prefault({}),
  qformer_config: z.looseObject({}).prefault({}),
  text_config: z.looseObject({}).prefault({}),
  num_query_tokens: z.int().positive().default(32),
  image_token_index: z.int().nonnegative().nullish(),
  image_token_id: z.int().nonnegative().nullish(),
}).transform((config, context) => {
  const vision = blipTowerSchema.safeParse(config.vision_config);
  const queries = qformerSchema.safeParse(config.qformer_config);
  const text = optDecoderSchema.safeParse({ model_type: "opt", ...config.text_config });
  addNestedIssues(context, { vision_config: vision, qformer_config: queries, text_config: text });
  if (!vision.success || !queries.success || !text.success) return z.NEVER;
  return { ...config, vision: vision.data, queries: queries.data, text: text.data };
});

/** The form of questions in the paper; the published checkpoints have no template. A picture alone is captioned. */
const CHAT_TEMPLATE = `
{%- set asked = namespace(any=false) -%}
{%- for message in messages -%}
  {%- if message.content is string -%}
    {%- set text = message.content -%}
  {%- else -%}
    {%- set text = message.content | selectattr("type", "equalto", "text") | map(attribute="text") | join(" ") -%}
  {%- endif -%}
  {%- if text -%}
    {%- set asked.any = true -%}
    {%- if message.role == "user" -%}
      {{- "Question: " + text + " " -}}
    {%- elif message.role == "assistant" -%}
      {{- "Answer: " + text + ". " -}}
    {%- else -%}
      {{- text + " " -}}
    {%- endif -%}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt and asked.any -%}
  {{- "Answer:" -}}
{%- endif -%}
`;

function configure(config: z.output<typeof schema>, files: CheckpointConfigs): Model {
  const { vision, queries, text, num_query_tokens: numQueries } = config;
  const processor = readProcessor(requireProcessor(files.imageProcessor, "picture").value, vision);
  checkNumQueries(files, numQueries);
  const imageTokenId = findImageToken(config.image_token_index ?? config.image_token_id, files);
  const countRows = (item: ItemInfo) => item.kind === "embeds" ? item.numRows : numQueries;

  return {
    language: {
      hiddenSize: text.hiddenSize,
      vocabSize: text.vocabSize,
      maxPositionEmbeddings: text.maxPositionEmbeddings,
      embeddingTensor: "language_model.model.decoder.embed_tokens.weight",
      embeddingScale: 1,
    },
    limits: { image: 1 },
    numTokens: countRows,
    placeholder: () => null,
    fields: () => ({ pixel_values: MultiModalField.batched("image") }),
    // deno-lint-ignore require-await
    processors: { image: async (items, options) => processor.process(items, options) },
    embeds: { image: [] },
    promptUpdates: (items) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptInsertion({
          target: PromptTarget.start(),
          insertion: (index) => Array(countRows(items[index])).fill(imageTokenId),
        }),
      ],
    }],
    chatTemplate: CHAT_TEMPLATE,
    networks: {
      encoders: {
        image: {
          graph: () =>
            buildGraph("image encoder", (g) => {
              const found = qformer(g, queries, {
                prefix: "qformer",
                queries: g.weight("query_tokens", [1, numQueries, queries.hiddenSize]),
                pictures: blipTower(g, vision, "vision_model"),
              });
              outputRows(g, linearLayer(g, found, "language_projection", text.hiddenSize, true));
            }),
        },
      },
      language: (maxPositions) =>
        buildGraph("language", (g) => {
          const prefix = "language_model.model.decoder";
          optDecoder(g, text, { prefix, head: "language_model.lm_head", maxPositions });
        }),
    },
  };
}

/** The picture processor, whose pictures the tower must take. */
function readProcessor(file: object, { imageSize }: BlipTowerConfig): ClipProcessor {
  readProcessorType(pictureSettings(file), BLIP_CLASSES);
  const processor = readClip(file);
  const { width, height } = processor.outputSize(2 * imageSize, 3 * imageSize);
  if (width === imageSize && height === imageSize) return processor;
  throw new CheckpointError(`Expected pictures of the tower's ${imageSize} x ${imageSize} pixels: found another size`, {
    param: "preprocessor_config.json: size",
  });
}

function checkNumQueries({ processor }: CheckpointConfigs, numQueries: number): void {
  const found = (processor?.value as { num_query_tokens?: unknown } | undefined)?.num_query_tokens ?? numQueries;
  if (found === numQueries) return;
  throw new CheckpointError(`Expected num_query_tokens to be that of config.json, ${numQueries}: found ${found}`, {
    param: "processor_config.json: num_query_tokens",
  });
}

/** Older files do not say which token stands for rows of a picture; it is the one of that name then. */
function findImageToken(configured: number | null | undefined, { tokenizer }: CheckpointConfigs): number {
  const found = configured ?? tokenizer.tokenToId("<image>");
  if (found !== undefined) return found;
  throw new CheckpointError("Expected image_token_index, or a token <image> in the tokenizer: found neither", {
    param: "config.json: image_token_index",
  });
}

/** The family of `Blip2ForConditionalGeneration` with an OPT decoder. */
export const blip2 = defineAdapter({
  modelType: "blip-2",
  config: schema,
  tensorNames: (name) => [name],
  configure,
});
