/**
 * Mistral 3 (Mistral Small 3.1 and its like), and Pixtral 12B, whose config.json says `llava`: a Pixtral tower for pictures of
 * any size, for Mistral 3 a merger of neighbouring patches, a two-layer projector, a Mistral decoder. The prompt shows a
 * picture's rows: each ends in a break token, the last in an end token, and only the others take rows of the tower.
 *
 * Source: transformers `modeling_mistral3.py`, `modeling_pixtral.py`, `processing_pixtral.py`; "Pixtral 12B", arXiv
 * 2410.07073.
 *
 * @module
 */
import { z } from "zod";
import type { JsonObject } from "../checkpoint/mod.ts";
import { CheckpointError, InvalidRequestError } from "../core/errors.ts";
import {
  activationName,
  buildGraph,
  decoderSchema,
  type Graph,
  patchMerger,
  pixtralInputs,
  pixtralTower,
  pixtralTowerSchema,
  projector,
  reshape,
  toFloat32,
} from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { readPixtral } from "../multimodal/image_processors/pixtral.ts";
import { pictureSettings } from "../multimodal/image_processors/settings.ts";
import type { EmbedsInfo, ItemInfo, ProcessorKwargs } from "../multimodal/item.ts";
import { PromptReplacement, PromptUpdateDetails } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { llavaHead, llavaTensorNames } from "./llava_tensors.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";
import { textDecoder } from "./text_decoder.ts";

/** What the two forms share in config.json. */
const fields = {
  text_config: z.looseObject({}),
  vision_config: z.looseObject({}),
  // transformers 4 writes image_token_index, 5 may write image_token_id.
  image_token_index: z.int().nonnegative().optional(),
  image_token_id: z.int().nonnegative().optional(),
  projector_hidden_act: activationName.default("gelu"),
  vision_feature_layer: z.union([z.int(), z.array(z.int()).min(1)]).default(-1),
  tie_word_embeddings: z.boolean().optional(),
};

/** Checks the nested configurations. */
function readNested(config: z.output<z.ZodObject<typeof fields>>, context: z.RefinementCtx) {
  const text = decoderSchema.safeParse({
    model_type: "mistral",
    ...config.text_config,
    tie_word_embeddings: false, // llavaHead knows better
  });
  const vision = pixtralTowerSchema.safeParse({ model_type: "pixtral", ...config.vision_config });
  addNestedIssues(context, { text_config: text, vision_config: vision });
  if (!text.success || !vision.success) return z.NEVER;
  return {
    text: text.data,
    vision: vision.data,
    activation: config.projector_hidden_act,
    imageTokenId: config.image_token_index ?? config.image_token_id,
    featureLayers: [config.vision_feature_layer].flat(),
  };
}

const mistral3Schema = z.looseObject({
  ...fields,
  multimodal_projector_bias: z.boolean().default(false),
  spatial_merge_size: z.int().positive().default(2),
}).transform((config, context) => {
  const nested = readNested(config, context);
  if (nested.featureLayers?.length > 1) {
    const message = "one layer, because the merger's norm is as wide as one";
    context.addIssue({ code: "custom", path: ["vision_feature_layer"], message });
    return z.NEVER;
  }
  return {
    ...nested,
    head: llavaHead(config.tie_word_embeddings ?? true, config.text_config.tie_word_embeddings),
    imageTokenId: nested.imageTokenId ?? 10,
    hasBias: config.multimodal_projector_bias,
    mergeSize: config.spatial_merge_size,
    hasMerger: true,
  };
});

/** config.json of Mistral 3 or Pixtral, checked. */
export type PixtralConfig = z.output<typeof mistral3Schema>;

/** Schema of config.json in the form of Pixtral 12B: `model_type` is `llava`, that of `vision_config` is `pixtral`. */
export const pixtralLlavaSchema: z.ZodType<PixtralConfig> = z.looseObject({
  ...fields,
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: fields.vision_feature_layer.unwrap().default(-2),
  vision_feature_select_strategy: z.literal("full"),
}).transform((config, context) => {
  const nested = readNested(config, context);
  return {
    ...nested,
    head: llavaHead(config.tie_word_embeddings, config.text_config.tie_word_embeddings),
    imageTokenId: nested.imageTokenId ?? 32000,
    hasBias: config.multimodal_projector_bias,
    mergeSize: 1,
    hasMerger: false,
  };
});

const extent = z.int().min(1).max(65_536);

/** Settings that a request may change; others would not fit the tower. */
const processorKwargs = z.strictObject({
  size: z.union([z.strictObject({ longest_edge: extent }), z.strictObject({ height: extent, width: extent })])
    .optional(),
});

/** Rows and columns of a picture, in cells. */
interface CellGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Applies the family to a checkpoint of either form.
 *
 * @throws {CheckpointError} If the files do not fit each other.
 */
export function configurePixtral(config: PixtralConfig, files: CheckpointConfigs): Model {
  const { text, vision, imageTokenId, mergeSize } = config;
  const side = vision.patchSize * mergeSize;
  const tokens = readImageTokens(files, imageTokenId);
  checkPatches(files.processor?.value, config);
  const settings = pictureSettings(requireProcessor(files.imageProcessor, "picture").value);
  const plain = readPixtral({ ...settings, patch_size: side });
  const processor = (kwargs: ProcessorKwargs = {}) =>
    Object.keys(kwargs).length === 0 ? plain : readPixtral({ ...settings, ...kwargs, patch_size: side });
  if (settings.do_resize === false) {
    throw new CheckpointError("Expected do_resize to be true, so that pictures are whole patches: found false", {
      param: "preprocessor_config.json: do_resize",
    });
  }
  const gridOf = (item: ItemInfo, kwargs: ProcessorKwargs): CellGrid => {
    if (item.kind === "embeds") return gridOfRows(item, side);
    if (item.kind !== "image") return { rows: 0, columns: 0 };
    const { height, width } = processor(kwargs).outputSize(item.width, item.height);
    return { rows: height / side, columns: width / side };
  };
  const decoder = textDecoder(text, { prefix: "language_model.model", head: config.head });

  return {
    language: decoder.language,
    languageInputs: decoder.languageInputs,
    limits: { image: null },
    numTokens: (item, kwargs) => {
      const { rows, columns } = gridOf(item, kwargs);
      return rows * columns;
    },
    largestItem: () => ({ modality: "image", index: 0, kind: "image", ...plain.largestSize }),
    placeholder: (modality) => modality === "image" ? tokens.imageText : null,
    fields: () => ({
      pixel_values: MultiModalField.batched("image"),
      image_sizes: MultiModalField.batched("image", { keepOnCpu: true }),
    }),
    processorKwargs,
    // deno-lint-ignore require-await
    processors: { image: async (items, options) => processor(options.kwargs).process(items, options) },
    embeds: { image: ["image_sizes"] },
    promptUpdates: (items, kwargs) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [imageTokenId],
          replacement: (index) =>
            PromptUpdateDetails.selectTokenId(promptIds(gridOf(items[index], kwargs), tokens), imageTokenId),
        }),
      ],
    }],
    networks: {
      encoders: {
        image: {
          graph: () => imageEncoder(config),
          feeds: ({ pixel_values }) => pixtralInputs(pixel_values, { ...vision, mergeSize }),
        },
      },
      language: decoder.graph,
    },
  };
}

/** The tokens of a picture. */
interface ImageTokens {
  readonly imageText: string;
  readonly image: number;
  readonly lineBreak: number;
  readonly end: number;
}

function readImageTokens({ processor, tokenizer }: CheckpointConfigs, imageTokenId: number): ImageTokens {
  const given = processor?.value ?? {};
  const textOf = (key: string, otherwise: string) => {
    const text = given[key] ?? otherwise;
    if (typeof text === "string") return text;
    throw new CheckpointError(`Expected the text of a token: found ${JSON.stringify(text)}`, {
      param: `processor_config.json: ${key}`,
    });
  };
  const idOf = (text: string) => {
    const id = tokenizer.tokenToId(text);
    if (id !== undefined) return id;
    throw new CheckpointError(`Expected a token ${text} in the tokenizer: found none`, { param: "tokenizer.json" });
  };
  const imageText = textOf("image_token", "[IMG]");
  const image = idOf(imageText);
  if (image !== imageTokenId) {
    throw new CheckpointError(`Expected the id of ${imageText}, ${image}: found ${imageTokenId}`, {
      param: "config.json: image_token_index",
    });
  }
  return {
    imageText,
    image,
    lineBreak: idOf(textOf("image_break_token", "[IMG_BREAK]")),
    end: idOf(textOf("image_end_token", "[IMG_END]")),
  };
}

/** Tower and processor must cut a picture into the same cells. */
function checkPatches(processor: JsonObject | undefined, { vision, mergeSize }: PixtralConfig): void {
  if (processor?.patch_size === undefined) return;
  const { patch_size: patch, spatial_merge_size: merge = 1 } = processor;
  if (Number(patch) * Number(merge) === vision.patchSize * mergeSize) return;
  throw new CheckpointError(
    `Expected cells of ${mergeSize} patches of ${vision.patchSize} pixels, as the tower has them: found ${
      JSON.stringify(merge)
    } of ${JSON.stringify(patch)}`,
    { param: "processor_config.json: patch_size" },
  );
}

/** Grid of precomputed rows, from the size that the picture had after its resize. */
function gridOfRows({ index, numRows, tensors }: EmbedsInfo, side: number): CellGrid {
  const { dims, data } = tensors.image_sizes;
  const [height, width] = Array.from(data as ArrayLike<number | bigint>, Number);
  const [rows, columns] = [height / side, width / side];
  const isGrid = data.length === 2 && dims.length <= 2 && [rows, columns].every(Number.isInteger);
  if (isGrid && rows > 0 && rows * columns === numRows) return { rows, columns };
  throw new InvalidRequestError(
    `Expected image_sizes ${index} to be the height and width, multiples of ${side}, of ${numRows} cells: found another size`,
  );
}

/** What takes a picture's place in the prompt. */
function promptIds({ rows, columns }: CellGrid, { image, lineBreak, end }: ImageTokens): Uint32Array {
  const ids = new Uint32Array(rows * (columns + 1)).fill(image);
  for (let row = 1; row <= rows; row++) ids[row * (columns + 1) - 1] = row === rows ? end : lineBreak;
  return ids;
}

/** Tower and connector of one picture. */
function imageEncoder(
  { text, vision, featureLayers, mergeSize, hasMerger, activation, hasBias }: PixtralConfig,
): Graph {
  return buildGraph("image encoder", (g) => {
    const features = pixtralTower(g, vision, { featureLayer: featureLayers, mergeSize });
    const prefix = "multi_modal_projector";
    const merged = hasMerger
      ? patchMerger(g, features, { prefix, mergeSize, eps: text.rmsNormEps })
      : reshape(g, features, features.shape.slice(1));
    g.output("rows", toFloat32(g, projector(g, merged, { prefix, hiddenSize: text.hiddenSize, activation, hasBias })));
  });
}

/** The family of `Mistral3ForConditionalGeneration`. */
export const mistral3 = defineAdapter({
  modelType: "mistral3",
  config: mistral3Schema,
  tensorNames: llavaTensorNames,
  configure: configurePixtral,
});
