/**
 * Qwen2-VL: a tower over patches of a picture near its own size, a merger that makes one row of 2 x 2 patches, and a Qwen2
 * decoder whose positions have three axes. What Qwen2.5-VL shares is exported from here.
 *
 * Source: transformers `modeling_qwen2_vl.py`, `processing_qwen2_vl.py`; "Qwen2-VL", arXiv 2409.12191.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError, InvalidRequestError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  activationName,
  buildGraph,
  decoder,
  type DecoderConfig,
  decoderSchema,
  layerCount,
  multimodalRotation,
  patchRotaryTables,
  patchWindows,
  qwenVisionTower,
  type QwenVisionTowerConfig,
} from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { type Qwen2VlKwargs, type Qwen2VlProcessor, readQwen2Vl } from "../multimodal/image_processors/qwen2_vl.ts";
import type { EmbedsInfo, ItemInfo, ItemTensors } from "../multimodal/item.ts";
import { mropePositions, type RowGrid } from "../multimodal/mrope_positions.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";

/** What the configurations of both families come to. */
export interface QwenVlConfig {
  /** The language network. */
  readonly text: DecoderConfig;
  /** Tower and merger. */
  readonly vision: QwenVisionTowerConfig;
  /** Id of the token that stands for a row of a picture. */
  readonly imageTokenId: number;
}

const count = z.int().positive();

/** Keys that the towers of both families have. */
export const visionFields = z.looseObject({
  depth: layerCount.default(32),
  num_heads: count.default(16),
  in_channels: z.literal(3).default(3),
  patch_size: count.default(14),
  temporal_patch_size: count.default(2),
  spatial_merge_size: count.default(2),
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().default(10000) }).nullish(),
});

/**
 * The schema of config.json. Files from the hub have the keys of `text_config` beside those of the whole.
 *
 * @param textType `model_type` of the text configuration.
 * @param vision Schema of `vision_config`.
 */
export function qwenVlSchema(
  textType: string,
  vision: z.ZodType<QwenVisionTowerConfig>,
): z.ZodType<QwenVlConfig> {
  return z.looseObject({
    text_config: z.looseObject({}).nullish(),
    vision_config: z.looseObject({}).prefault({}),
    image_token_id: z.int().nonnegative().default(151655),
    tie_word_embeddings: z.boolean().nullish(),
  }).transform((config, context): QwenVlConfig => {
    const { vision_config: own, text_config: nested, image_token_id: imageTokenId, ...flat } = config;
    const textFields = nested ?? flat;
    const tied = config.tie_word_embeddings || textFields.tie_word_embeddings || false;
    const text = decoderSchema.safeParse({ ...textFields, model_type: textType, tie_word_embeddings: tied });
    const tower = vision.safeParse(own);
    addNestedIssues(context, { [nested ? "text_config" : ""]: text, vision_config: tower });
    if (!text.success || !tower.success) return z.NEVER;
    if (tower.data.outHiddenSize !== text.data.hiddenSize) {
      const message =
        `rows as wide as the language network (${text.data.hiddenSize}), found ${tower.data.outHiddenSize}`;
      context.addIssue({ code: "custom", path: ["vision_config"], message });
      return z.NEVER;
    }
    return { text: text.data, vision: tower.data, imageTokenId };
  });
}

/**
 * Checks that the tower's heads can be rotated by row and column.
 *
 * @returns What is wrong with `num_heads`, or undefined.
 */
export function headProblem(hiddenSize: number, numHeads: number): string | undefined {
  return hiddenSize % (4 * numHeads) === 0 ? undefined : `heads of a multiple of 4 elements of ${hiddenSize}`;
}

const visionSchema = visionFields.extend({
  embed_dim: count.default(1280),
  hidden_size: count.default(3584),
  mlp_ratio: z.number().positive().default(4),
  hidden_act: activationName.default("quick_gelu"),
}).transform((config, context): QwenVisionTowerConfig => {
  const message = headProblem(config.embed_dim, config.num_heads);
  if (message) {
    context.addIssue({ code: "custom", path: ["num_heads"], message });
    return z.NEVER;
  }
  return {
    kind: "qwen2_vl",
    hiddenSize: config.embed_dim,
    intermediateSize: Math.trunc(config.embed_dim * config.mlp_ratio),
    outHiddenSize: config.hidden_size,
    numLayers: config.depth,
    numHeads: config.num_heads,
    numChannels: config.in_channels,
    patchSize: config.patch_size,
    temporalPatchSize: config.temporal_patch_size,
    mergeSize: config.spatial_merge_size,
    activation: config.hidden_act,
    ropeTheta: config.rope_parameters?.rope_theta ?? 10000,
  };
});

/** The text that stands for a picture in prompts. */
const IMAGE_TEXT = "<|vision_start|><|image_pad|><|vision_end|>";

/** Largest area that a request may ask for; what the server allows is checked beside. */
const MAX_ASKED_PIXELS = 2 ** 31;

const pixels = z.int().positive().max(MAX_ASKED_PIXELS);

/** Settings of a request: areas in pixels, in the spelling of transformers 4 or 5. */
const kwargsSchema: z.ZodType<Qwen2VlKwargs> = z.strictObject({
  min_pixels: pixels.optional(),
  max_pixels: pixels.optional(),
  size: z.strictObject({ shortest_edge: pixels.optional(), longest_edge: pixels.optional() }).optional(),
});

/** Frames, rows and columns of patches of one item, from its `image_grid_thw` `[3]` or `[1, 3]`. */
function patchGrid({ image_grid_thw: grid }: ItemTensors): readonly number[] {
  return Array.from(grid.data as BigInt64Array, Number);
}

/** Rows of the encoder as a grid of cells. */
function rowGrid(tensors: ItemTensors, mergeSize: number): RowGrid {
  const [frames, rows, columns] = patchGrid(tensors);
  return { frames, rows: rows / mergeSize, columns: columns / mergeSize };
}

/** Checks that precomputed rows come with the grid that they fill. */
function checkEmbeds({ index, numRows, tensors }: EmbedsInfo, mergeSize: number): number {
  const { dims, type } = tensors.image_grid_thw;
  const isGrid = (type === "int64" || type === "int32") && ["3", "1,3"].includes(dims.join());
  if (!isGrid) {
    throw new InvalidRequestError(`Expected image_grid_thw of image ${index} to be int64 [3]: found ${type} [${dims}]`);
  }
  const { frames, rows, columns } = rowGrid(tensors, mergeSize);
  const isWhole = [frames, rows, columns].every((extent) => Number.isInteger(extent) && extent > 0);
  if (!isWhole || frames * rows * columns !== numRows) {
    throw new InvalidRequestError(
      `Expected image_grid_thw of image ${index} to have ${
        numRows * mergeSize ** 2
      } patches, in sides that are multiples ` +
        `of ${mergeSize}: found ${patchGrid(tensors).join(" x ")}`,
    );
  }
  return numRows;
}

/** The checkpoint's picture processor, which must cut pictures as the tower takes them. */
function readProcessor(file: CheckpointConfigs["imageProcessor"], vision: QwenVisionTowerConfig): Qwen2VlProcessor {
  const { name, value } = requireProcessor(file, "picture");
  const processor = readQwen2Vl(value);
  const keys = { patchSize: "patch_size", temporalPatchSize: "temporal_patch_size", mergeSize: "merge_size" } as const;
  for (const [field, key] of Object.entries(keys) as [keyof typeof keys, string][]) {
    if (processor[field] === vision[field]) continue;
    throw new CheckpointError(
      `Expected ${key} to be that of vision_config, ${vision[field]}: found ${processor[field]}`,
      { param: `${name}: ${key}` },
    );
  }
  return processor;
}

/** The tower's graph, and what it is fed beside the pixels. */
function imageEncoder(vision: QwenVisionTowerConfig): NonNullable<Model["networks"]["encoders"]["image"]> {
  return {
    graph: () => buildGraph("image encoder", (g) => qwenVisionTower(g, vision)),
    feeds(tensors): Record<string, Tensor> {
      const [, rows, columns] = patchGrid(tensors);
      const grid = { rows, columns, mergeSize: vision.mergeSize };
      const { hiddenSize, numHeads, ropeTheta: theta } = vision;
      return {
        pixel_values: tensors.pixel_values,
        ...patchRotaryTables(grid, { headDim: hiddenSize / numHeads, theta }),
        ...(vision.windows && patchWindows(grid, vision.windows.cells)),
      };
    },
  };
}

/** Applies either family to a checkpoint: they differ in their configurations only. */
export function configureQwenVl({ text, vision, imageTokenId }: QwenVlConfig, files: CheckpointConfigs): Model {
  const { mergeSize } = vision;
  const processor = readProcessor(files.imageProcessor, vision);
  const countRows = (item: ItemInfo, kwargs: Qwen2VlKwargs): number => {
    if (item.kind === "embeds") return checkEmbeds(item, mergeSize);
    if (item.kind !== "image") throw new InvalidRequestError(`Expected a picture: found ${item.kind}`);
    const { width, height } = processor.gridOf(item.width, item.height, kwargs);
    return width * height / mergeSize ** 2;
  };

  return {
    language: {
      hiddenSize: text.hiddenSize,
      vocabSize: text.vocabSize,
      maxPositionEmbeddings: text.maxPositionEmbeddings,
      embeddingTensor: "model.embed_tokens.weight",
      embeddingScale: 1,
    },
    limits: { image: null },
    placeholder: (modality) => modality === "image" ? IMAGE_TEXT : null,
    numTokens: countRows,
    largestItem: () => ({ kind: "image", modality: "image", index: 0, ...processor.largestPicture }),
    fields: ({ image_grid_thw: grids }) => ({
      pixel_values: MultiModalField.flatFromSizes("image", patchesOfEach(grids)),
      image_grid_thw: MultiModalField.batched("image", { keepOnCpu: true }),
    }),
    processorKwargs: kwargsSchema as Model["processorKwargs"],
    processors: {
      // deno-lint-ignore require-await
      image: async (items, options) => processor.process(items, options),
    },
    embeds: { image: ["image_grid_thw"] },
    promptUpdates: (items, kwargs) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [imageTokenId],
          replacement: (index) => Array(countRows(items[index], kwargs)).fill(imageTokenId),
        }),
      ],
    }],
    languageInputs: ({ tokenIds, items }) =>
      mropePositions(
        tokenIds.length,
        items.flatMap(({ ranges, tensors }) => ranges.map((range) => ({ range, grid: rowGrid(tensors, mergeSize) }))),
      ),
    networks: {
      encoders: { image: imageEncoder(vision) },
      language: (maxPositions) =>
        buildGraph("language", (g) => {
          decoder(g, text, { maxPositions, rotation: (g, max) => multimodalRotation(g, text, max) });
        }),
    },
  };
}

/** Patches of each picture of a batch, from its `image_grid_thw` `[num_images, 3]`. */
function patchesOfEach(grids: Tensor): number[] {
  const extents = Array.from(grids.data as BigInt64Array, Number);
  return Array.from({ length: grids.dims[0] }, (_, i) => extents[3 * i] * extents[3 * i + 1] * extents[3 * i + 2]);
}

/** Names under which checkpoints of either family store a tensor: as on the hub, or nested as in transformers 5. */
export function qwenVlTensorNames(name: string): readonly string[] {
  return [
    name,
    name.replace(/^model\./, "model.language_model.").replace(/^visual\./, "model.visual."),
    name.replace(/^model\./, "language_model.model.").replace(/^lm_head\./, "language_model.lm_head."),
  ];
}

/** The family of `Qwen2VLForConditionalGeneration`. */
export const qwen2Vl = defineAdapter({
  modelType: "qwen2_vl",
  config: qwenVlSchema("qwen2_vl_text", visionSchema),
  tensorNames: qwenVlTensorNames,
  configure: configureQwenVl,
});
