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
import {
  activationNamed,
  buildGraph,
  decoderSchema,
  outputRows,
  projector,
  visionTower,
  visionTowerSchema,
} from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { ImageProcessor } from "../multimodal/image_processor.ts";
import type { ItemInfo } from "../multimodal/item.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { llavaHead, llavaTensorNames } from "./llava_tensors.ts";
import { configurePixtral, type PixtralConfig, pixtralLlavaSchema } from "./mistral3.ts";
import { requireProcessor } from "./required_files.ts";
import { textDecoder } from "./text_decoder.ts";

const clipSchema = z.looseObject({
  text_config: z.looseObject({}).prefault({}),
  vision_config: z.looseObject({}).prefault({ model_type: "clip_vision_model" }),
  // transformers 4 writes image_token_index, 5 may write image_token_id.
  image_token_index: z.int().nonnegative().optional(),
  image_token_id: z.int().nonnegative().optional(),
  projector_hidden_act: z.string().default("gelu"),
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: z.union([z.int(), z.array(z.int()).min(1)]).default(-2),
  vision_feature_select_strategy: z.enum(["default", "full"]).default("default"),
  tie_word_embeddings: z.boolean().optional(),
}).transform((config, context) => {
  const text = decoderSchema.safeParse({ ...config.text_config, tie_word_embeddings: false }); // llavaHead knows better
  const vision = visionTowerSchema.safeParse(config.vision_config);
  const nested = { text_config: text, vision_config: vision };
  for (const [key, { error }] of Object.entries(nested)) {
    for (const issue of error?.issues ?? []) context.issues.push({ ...issue, path: [key, ...issue.path] } as never);
  }
  const activation = activationNamed(config.projector_hidden_act);
  if (!activation) {
    context.addIssue({ code: "custom", path: ["projector_hidden_act"], message: "the name of a known activation" });
  }
  if (!text.success || !vision.success || !activation) return z.NEVER;
  const head = llavaHead(config.tie_word_embeddings, config.text_config.tie_word_embeddings);
  return { ...config, text: text.data, vision: vision.data, activation, head };
});

type ClipConfig = z.output<typeof clipSchema>;

/** Pixtral 12B calls itself llava too, with a tower of another kind. */
const schema = z.looseObject({}).transform((config, context): ClipConfig | PixtralConfig => {
  const { model_type: tower } = (config.vision_config ?? {}) as { model_type?: unknown };
  const result = tower === "pixtral" ? pixtralLlavaSchema.safeParse(config) : clipSchema.safeParse(config);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push(issue as never);
  return z.NEVER;
});

/** The text that stands for a picture in prompts. */
const IMAGE_TOKEN = "<image>";

function configure(config: ClipConfig, { imageProcessor }: CheckpointConfigs): Model {
  const { text, vision, activation } = config;
  const imageTokenId = config.image_token_index ?? config.image_token_id ?? 32000;
  const selectStrategy = config.vision_feature_select_strategy;

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
              const features = visionTower(g, vision, { featureLayer: config.vision_feature_layer, selectStrategy });
              const hasBias = config.multimodal_projector_bias;
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
