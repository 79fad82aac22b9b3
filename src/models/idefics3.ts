/**
 * Idefics3, and SmolVLM, which is the same under another name: square tiles and the whole picture as one more, a SigLIP tower,
 * a pixel shuffle with one linear layer, a Llama decoder. The prompt says where each tile lies.
 *
 * Source: transformers `modeling_idefics3.py`, `processing_idefics3.py`, `processing_smolvlm.py`; "Building and better
 * understanding vision-language models", arXiv 2408.12637.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  add,
  buildGraph,
  conv2d,
  decoder,
  decoderSchema,
  gatherRows,
  type Graph,
  layerNorm,
  linearLayer,
  outputRows,
  reshape,
  toFloat,
  transpose,
  visionLayer,
  type VisionTowerConfig,
  visionTowerSchema,
} from "../graph/mod.ts";
import { MultiModalField, oneByOne } from "../multimodal/field.ts";
import { type Idefics3Processor, readIdefics3 } from "../multimodal/image_processors/idefics3.ts";
import { pictureSettings } from "../multimodal/image_processors/settings.ts";
import type { ItemInfo, ProcessorKwargs } from "../multimodal/item.ts";
import { PromptReplacement, PromptUpdateDetails } from "../multimodal/prompt_update.ts";
import type { AnyAdapter, CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";

/** What transformers' configuration class of the tower assumes. */
const VISION_DEFAULTS = {
  hidden_size: 1152,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 16,
  image_size: 224,
  patch_size: 32,
};

const schema = z.looseObject({
  text_config: z.looseObject({}).prefault({ rms_norm_eps: 1e-5 }),
  vision_config: z.looseObject({}).prefault({}),
  image_token_id: z.int().nonnegative().default(128257),
  scale_factor: z.int().positive().default(2),
  tie_word_embeddings: z.boolean().default(false),
}).transform((config, context) => {
  const { tie_word_embeddings } = config;
  const text = decoderSchema.safeParse({ model_type: "llama", ...config.text_config, tie_word_embeddings });
  const siglip = { ...VISION_DEFAULTS, ...config.vision_config, model_type: "siglip_vision_model" };
  const vision = visionTowerSchema.safeParse(siglip);
  addNestedIssues(context, { text_config: text, vision_config: vision });
  if (!text.success || !vision.success) return z.NEVER;
  return { ...config, text: text.data, vision: vision.data };
});

/** Settings that a request may change. Others would change how many rows a tile has. */
const extent = z.int().min(1).max(65_536);
const processorKwargs = z.strictObject({
  do_image_splitting: z.boolean().optional(),
  size: z.union([z.strictObject({ longest_edge: extent }), z.strictObject({ height: extent, width: extent })])
    .optional(),
});

const IMAGE_TOKEN = "<image>";
const FAKE_TOKEN = "<fake_token_around_image>";

function configure(config: z.output<typeof schema>, files: CheckpointConfigs): Model {
  const { text, vision, scale_factor: factor, image_token_id: imageTokenId } = config;
  const settings = pictureSettings(requireProcessor(files.imageProcessor, "picture").value);
  // The tower sees whole tiles only, so the mask, eight bytes a pixel, is left out.
  const processor = (kwargs: ProcessorKwargs = {}): Idefics3Processor =>
    readIdefics3({ ...settings, ...kwargs, do_pad: false, return_row_col_info: true });
  const { tileSize } = processor();
  const tileRows = countTileRows(vision, tileSize, factor);
  checkSequenceLength(files, tileRows);
  checkImageToken(files, imageTokenId);

  const numRows = (item: ItemInfo, kwargs: ProcessorKwargs) => {
    if (item.kind !== "image") return 0;
    const { rows, columns } = processor(kwargs).gridOf(item.width, item.height);
    return (rows * columns + 1) * tileRows;
  };
  const contentOf = (item: ItemInfo, kwargs: ProcessorKwargs): PromptUpdateDetails => {
    if (item.kind !== "image") return { full: [] };
    const { rows, columns } = processor(kwargs).gridOf(item.width, item.height);
    const ids = files.tokenizer.encode(promptText(rows, columns, tileRows));
    return PromptUpdateDetails.selectTokenId(ids, imageTokenId);
  };

  return {
    language: {
      hiddenSize: text.hiddenSize,
      vocabSize: text.vocabSize,
      maxPositionEmbeddings: text.maxPositionEmbeddings,
      embeddingTensor: "model.text_model.embed_tokens.weight",
      embeddingScale: text.embeddingScale,
    },
    limits: { image: null },
    numTokens: numRows,
    largestItem: () => largestPicture(settings),
    placeholder: (modality) => modality === "image" ? IMAGE_TOKEN : null,
    fields: ({ rows, cols }) => {
      const sizes = Array.from(rows.data as BigInt64Array, (count, i) => Number(count) * Number(cols.data[i]) + 1);
      const perPicture = MultiModalField.flatFromSizes("image", sizes.map(() => 1), 1, { keepOnCpu: true });
      return { pixel_values: MultiModalField.flatFromSizes("image", sizes, 1), rows: perPicture, cols: perPicture };
    },
    processorKwargs,
    // deno-lint-ignore require-await
    processors: { image: async (items, options) => processor(options.kwargs).process(items, options) },
    promptUpdates: (items, kwargs) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [imageTokenId],
          replacement: (index) => contentOf(items[index], kwargs),
        }),
      ],
    }],
    networks: {
      encoders: {
        image: {
          graph: () => imageEncoder(vision, { tileSize, factor, hiddenSize: text.hiddenSize }),
          runs: ({ pixel_values }) => {
            const patch_positions = patchPositions(vision, tileSize);
            const tiles = { ...pixel_values, dims: pixel_values.dims.slice(1) };
            return oneByOne("pixel_values", tiles).map((tile) => ({ pixel_values: tile, patch_positions }));
          },
        },
      },
      language: (maxPositions) =>
        buildGraph("language", (g) => decoder(g, text, { prefix: "model.text_model", head: "lm_head", maxPositions })),
    },
  };
}

/** What takes a picture's place in the prompt: each tile with its row and column, then the whole picture. */
function promptText(rows: number, columns: number, tileRows: number): string {
  const images = IMAGE_TOKEN.repeat(tileRows);
  const lines = Array.from({ length: rows }, (_, row) => {
    const tiles = Array.from(
      { length: columns },
      (_, column) => `${FAKE_TOKEN}<row_${row + 1}_col_${column + 1}>${images}`,
    );
    return `${tiles.join("")}\n`;
  });
  return `${lines.join("")}${rows === 0 ? "" : "\n"}${FAKE_TOKEN}<global-img>${images}${FAKE_TOKEN}`;
}

/** Rows of one tile: cells of `factor` by `factor` patches. */
function countTileRows({ patchSize }: VisionTowerConfig, tileSize: number, factor: number): number {
  const side = Math.floor(tileSize / patchSize);
  if (side >= 1 && side % factor === 0) return (side / factor) ** 2;
  throw new CheckpointError(`Expected tiles of a multiple of ${factor} patches a side: found ${side}`, {
    param: "preprocessor_config.json: max_image_size",
  });
}

function checkSequenceLength({ processor }: CheckpointConfigs, tileRows: number): void {
  const length = (processor?.value as { image_seq_len?: unknown } | undefined)?.image_seq_len ?? tileRows;
  if (length === tileRows) return;
  throw new CheckpointError(`Expected image_seq_len to be the ${tileRows} rows of a tile: found ${length}`, {
    param: "processor_config.json: image_seq_len",
  });
}

function checkImageToken({ tokenizer }: CheckpointConfigs, imageTokenId: number): void {
  const found = tokenizer.tokenToId(IMAGE_TOKEN);
  if (found === imageTokenId) return;
  throw new CheckpointError(`Expected image_token_id to be the id of ${IMAGE_TOKEN}, ${found}: found ${imageTokenId}`, {
    param: "config.json: image_token_id",
  });
}

/** A square fills most tiles. */
function largestPicture(settings: Readonly<Record<string, unknown>>): ItemInfo {
  const { longest_edge = 4 * 364, width = longest_edge, height = longest_edge } = (settings["size"] ?? {}) as Record<
    string,
    number
  >;
  return { modality: "image", index: 0, kind: "image", width, height };
}

/**
 * Row of the position table of each patch of a whole tile: the table's grid, looked up at fractions of the tile's side.
 *
 * The boundaries between the table's rows are rounded as by torch.arange, 32-bit floats in steps of eight lanes taken two
 * vectors at a time, because a fraction often lies right on one.
 *
 * Source: transformers `Idefics3VisionEmbeddings`.
 *
 * @param config The tower.
 * @param tileSize Side of a tile, pixels.
 * @returns int64 `[num_patches]`.
 */
export function patchPositions({ imageSize, patchSize }: VisionTowerConfig, tileSize: number): Tensor {
  const tableSide = Math.floor(imageSize / patchSize);
  const side = Math.floor(tileSize / patchSize);
  const step = 1 / tableSide;
  const numBoundaries = Math.max(0, Math.ceil((1 - step) / step));
  const inVectors = Math.floor(numBoundaries / 16) * 16;
  const boundaries = Array.from({ length: numBoundaries }, (_, i) => {
    if (i >= inVectors) return Math.fround(step + step * i);
    const lane = i % 8;
    return Math.fround(Math.fround(step + step * (i - lane)) + step * lane);
  });
  const fraction = Math.fround(1 / side);
  const rows = Array.from({ length: side }, (_, i) => {
    const at = Math.min(Math.fround(i * fraction), Math.fround(1 - 1e-6));
    return boundaries.filter((boundary) => boundary <= at).length;
  });
  const data = BigInt64Array.from(rows.flatMap((row) => rows.map((column) => BigInt(row * tableSide + column))));
  return { type: "int64", dims: [data.length], data };
}

/** Tower and connector: tiles `[num_tiles, 3, tile, tile]` to rows, tile by tile. */
function imageEncoder(
  vision: VisionTowerConfig,
  { tileSize, factor, hiddenSize }: { tileSize: number; factor: number; hiddenSize: number },
): Graph {
  const { hiddenSize: width, numChannels, patchSize, imageSize, numLayers, layerNormEps: eps } = vision;
  const prefix = "model.vision_model";
  const side = Math.floor(tileSize / patchSize);
  const cells = side / factor;
  return buildGraph("image encoder", (g) => {
    const pixels = toFloat(g, g.input("pixel_values", "float32", ["num_tiles", numChannels, tileSize, tileSize]));
    const grid = conv2d(g, pixels, {
      weight: g.weight(`${prefix}.embeddings.patch_embedding.weight`, [width, numChannels, patchSize, patchSize]),
      bias: g.weight(`${prefix}.embeddings.patch_embedding.bias`, [width]),
    }, { stride: patchSize });
    const patches = transpose(g, reshape(g, grid, ["num_tiles", width, side * side]), [0, 2, 1]);
    const table = g.weight(`${prefix}.embeddings.position_embedding.weight`, [
      Math.floor(imageSize / patchSize) ** 2,
      width,
    ]);
    let x = add(g, patches, gatherRows(g, table, g.input("patch_positions", "int64", [side * side])));
    for (let layer = 0; layer < numLayers; layer++) {
      x = visionLayer(g, x, `${prefix}.encoder.layers.${layer}`, vision);
    }
    const norm = (part: string) => g.weight(`${prefix}.post_layernorm.${part}`, [width]);
    x = layerNorm(g, x, { weight: norm("weight"), bias: norm("bias") }, { eps });
    // Pixel shuffle: the patches of a cell side by side, in the order of rows and columns.
    const parted = reshape(g, x, ["num_tiles", cells, factor, cells, factor, width]);
    const shuffled = reshape(g, transpose(g, parted, [0, 1, 3, 2, 4, 5]), [
      "num_tiles",
      cells * cells,
      factor * factor * width,
    ]);
    outputRows(g, linearLayer(g, shuffled, "model.connector.modality_projection.proj", hiddenSize, false));
  });
}

/** The family under one of its names. */
export function idefics3Family(modelType: string): AnyAdapter {
  return defineAdapter({ modelType, config: schema, tensorNames: (name) => [name], configure });
}

/** The family of `Idefics3ForConditionalGeneration`. */
export const idefics3: AnyAdapter = idefics3Family("idefics3");
