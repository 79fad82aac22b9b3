/**
 * LLaVA 1.5 and its like: a CLIP or SigLIP tower, a two-layer projector, a Llama, Qwen2 or Mistral decoder. A picture takes
 * the same number of tokens whatever its size.
 *
 * Source: transformers `modeling_llava.py`, `processing_llava.py`; "Improved Baselines with Visual Instruction Tuning",
 * arXiv 2310.03744.
 *
 * @module
 */
import { z } from "zod";
import { buildGraph, outputRows, projector, visionTower } from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { ImageProcessor } from "../multimodal/image_processor.ts";
import type { ItemInfo } from "../multimodal/item.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { type LlavaConfig, llavaSchema } from "./llava_config.ts";
import { llavaTensorNames } from "./llava_tensors.ts";
import { configurePixtral, type PixtralConfig, pixtralLlavaSchema } from "./mistral3.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";
import { textDecoder } from "./text_decoder.ts";

const clipSchema = llavaSchema({ model_type: "clip_vision_model" });

/** Pixtral 12B calls itself llava too, with a tower of another kind. */
const schema = z.looseObject({}).transform((config, context): LlavaConfig | PixtralConfig => {
  const { model_type: tower } = (config.vision_config ?? {}) as { model_type?: unknown };
  const result = tower === "pixtral" ? pixtralLlavaSchema.safeParse(config) : clipSchema.safeParse(config);
  if (result.success) return result.data;
  addNestedIssues(context, { "": result });
  return z.NEVER;
});

/** The text that stands for a picture in prompts. */
const IMAGE_TOKEN = "<image>";

function configure(config: LlavaConfig, { imageProcessor }: CheckpointConfigs): Model {
  const { text, vision, activation, hasBias, featureLayer, selectStrategy, imageTokenId } = config;

  const processor = ImageProcessor.fromConfig(requireProcessor(imageProcessor, "picture").value);
  const numPatches = Math.floor(vision.imageSize / vision.patchSize) ** 2;
  const numTokens = numPatches + (vision.kind === "clip" ? 1 : 0) - (selectStrategy === "default" ? 1 : 0);
  const countRows = (item: ItemInfo) => item.kind === "embeds" ? item.numRows : numTokens;
  const decoder = textDecoder(text, { prefix: "language_model.model", head: config.head });

  return {
    language: decoder.language,
    languageInputs: decoder.languageInputs,
    limits: { image: null },
    numTokens: countRows,
    // All pictures take the same number.
    largestItem: () => ({
      kind: "image",
      modality: "image",
      index: 0,
      width: vision.imageSize,
      height: vision.imageSize,
    }),
    placeholder: (modality) => modality === "image" ? IMAGE_TOKEN : null,
    fields: () => ({ pixel_values: MultiModalField.batched("image") }),
    processors: { image: (items, options) => processor.process(items, options) },
    embeds: { image: [] },
    promptUpdates: (items) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [imageTokenId],
          replacement: (index) => Array(countRows(items[index])).fill(imageTokenId),
        }),
      ],
    }],
    networks: {
      encoders: {
        image: {
          graph: () =>
            buildGraph("image encoder", (g) => {
              const features = visionTower(g, vision, { featureLayer, selectStrategy });
              outputRows(g, projector(g, features, { hiddenSize: text.hiddenSize, activation, hasBias }));
            }),
        },
      },
      language: decoder.graph,
    },
  };
}

/** The family of `LlavaForConditionalGeneration`. */
export const llava = defineAdapter({
  modelType: "llava",
  config: schema,
  tensorNames: llavaTensorNames,
  configure: (config, files) => "mergeSize" in config ? configurePixtral(config, files) : configure(config, files),
});
