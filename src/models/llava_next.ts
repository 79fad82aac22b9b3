/**
 * LLaVA-NeXT (LLaVA 1.6): LLaVA with a picture seen twice, squashed to one tile and cut into tiles at the best of several
 * resolutions. How many tokens it takes depends on its size: rows that only padding fills are left out, and a learned
 * vector ends each row of the grid.
 *
 * Source: transformers `modeling_llava_next.py`, `processing_llava_next.py`.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import {
  buildGraph,
  concat,
  gatherRows,
  multiplyDims,
  projector,
  reshape,
  toFloat32,
  visionTower,
} from "../graph/mod.ts";
import { MultiModalField } from "../multimodal/field.ts";
import { type LlavaNextProcessor, readLlavaNext } from "../multimodal/image_processors/llava_next.ts";
import type { ItemInfo, ItemTensors } from "../multimodal/item.ts";
import { PromptReplacement } from "../multimodal/prompt_update.ts";
import type { CheckpointConfigs, Model } from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { type LlavaConfig, llavaSchema } from "./llava_config.ts";
import { llavaTensorNames } from "./llava_tensors.ts";
import { requireProcessor } from "./required_files.ts";
import { textDecoder } from "./text_decoder.ts";

/** The tower where config.json names none: CLIP ViT-L/14 at 336 pixels. */
const DEFAULT_TOWER = {
  model_type: "clip_vision_model",
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  image_size: 336,
  patch_size: 14,
};

const schema = llavaSchema(DEFAULT_TOWER).transform((config, context) => {
  // Tiles lie side by side in the grid, so each must give its patches and nothing else.
  const strategy = config.vision.kind === "clip" ? "default" : "full";
  if (config.selectStrategy !== strategy) {
    const message = `${strategy}, so that a tile of this tower gives one row for each patch`;
    context.addIssue({ code: "custom", path: ["vision_feature_select_strategy"], message });
    return z.NEVER;
  }
  return config;
});

function configure(config: LlavaConfig, files: CheckpointConfigs): Model {
  const { text, vision, activation, hasBias, featureLayer, selectStrategy, imageTokenId } = config;
  const imageText = readImageText(files, imageTokenId);
  const processor = readLlavaNext(requireProcessor(files.imageProcessor, "picture").value);
  checkTiles(processor, vision.imageSize);
  const patches = Math.floor(vision.imageSize / vision.patchSize);
  const gridOf = (width: number, height: number) => {
    const best = processor.bestResolution(width, height);
    return unpaddedGrid(width, height, {
      rows: best.height / vision.imageSize * patches,
      columns: best.width / vision.imageSize * patches,
    });
  };
  const numTokens = (item: ItemInfo) => {
    if (item.kind === "embeds") return item.numRows;
    if (item.kind !== "image") return 0;
    const { rows, columns } = gridOf(item.width, item.height);
    return patches ** 2 + rows * (columns + 1);
  };
  const decoder = textDecoder(text, { prefix: "language_model.model", head: config.head });

  return {
    language: decoder.language,
    languageInputs: decoder.languageInputs,
    limits: { image: null },
    numTokens,
    largestItem: () =>
      processor.pinpoints
        .map((size): ItemInfo => ({ modality: "image", index: 0, kind: "image", ...size }))
        .reduce((largest, item) => numTokens(item) > numTokens(largest) ? item : largest),
    placeholder: (modality) => modality === "image" ? imageText : null,
    fields: () => ({
      pixel_values: MultiModalField.batched("image"),
      image_sizes: MultiModalField.batched("image", { keepOnCpu: true }),
    }),
    // deno-lint-ignore require-await
    processors: { image: async (items, options) => processor.process(items, options) },
    embeds: { image: [] },
    promptUpdates: (items) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [imageTokenId],
          replacement: (index) => new Uint32Array(numTokens(items[index])).fill(imageTokenId),
        }),
      ],
    }],
    networks: {
      encoders: {
        image: {
          graph: () =>
            buildGraph("image encoder", (g) => {
              const features = visionTower(g, vision, { featureLayer, selectStrategy });
              const projected = projector(g, features, { hiddenSize: text.hiddenSize, activation, hasBias });
              const [numTiles, numPatches] = projected.shape;
              const tensor = "image_newline";
              const newline = g.weight({
                name: tensor,
                shape: [1, text.hiddenSize],
                source: { kind: "tensor", tensor },
              });
              const flat = reshape(g, projected, [multiplyDims(numTiles, numPatches), text.hiddenSize]);
              const indices = g.input("row_indices", "int64", ["num_rows"]);
              g.output("rows", toFloat32(g, gatherRows(g, concat(g, [newline, flat], 0), indices)));
            }),
          feeds: ({ pixel_values, image_sizes }: ItemTensors) => {
            const [height, width] = Array.from(image_sizes.data as BigInt64Array, Number);
            return { pixel_values, row_indices: rowIndices(gridOf(width, height), patches) };
          },
        },
      },
      language: decoder.graph,
    },
  };
}

/** The text that stands for a picture in prompts. */
function readImageText({ processor, tokenizer }: CheckpointConfigs, imageTokenId: number): string {
  const text = processor?.value.image_token ?? "<image>";
  if (typeof text !== "string") {
    throw new CheckpointError(`Expected the text of a token: found ${typeof text}`, {
      param: "processor_config.json: image_token",
    });
  }
  const found = tokenizer.tokenToId(text);
  if (found === imageTokenId) return text;
  throw new CheckpointError(`Expected the id of ${text}, ${found}: found ${imageTokenId}`, {
    param: "config.json: image_token_index",
  });
}

/** The tower sees tiles of one size, and whole ones only. */
function checkTiles({ tileSize, pinpoints }: LlavaNextProcessor, imageSize: number): void {
  if (tileSize.height !== imageSize || tileSize.width !== imageSize) {
    throw new CheckpointError(
      `Expected tiles of the tower's ${imageSize} x ${imageSize} pixels: found ${tileSize.width} x ${tileSize.height}`,
      { param: "preprocessor_config.json: crop_size" },
    );
  }
  const odd = pinpoints.find(({ height, width }) => height % imageSize !== 0 || width % imageSize !== 0);
  if (odd) {
    throw new CheckpointError(`Expected multiples of ${imageSize} pixels: found [${odd.height}, ${odd.width}]`, {
      param: "preprocessor_config.json: image_grid_pinpoints",
    });
  }
}

/** The part of the patches of all tiles that a picture fills. */
interface UnpaddedGrid {
  /** First row that is kept. */
  readonly top: number;
  /** Rows that are kept. */
  readonly rows: number;
  /** First column that is kept. */
  readonly left: number;
  /** Columns that are kept. */
  readonly columns: number;
  /** Columns of the whole grid. */
  readonly allColumns: number;
}

/**
 * Leaves out the rows or columns that padding fills, as many on both sides; of an odd number one stays.
 *
 * @param width Pixels of the picture.
 * @param height Pixels of the picture.
 * @param grid Patches of all tiles.
 */
export function unpaddedGrid(
  width: number,
  height: number,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): UnpaddedGrid {
  if (width / height > columns / rows) {
    const top = Math.floor((rows - wholePatches(height * (columns / width))) / 2);
    return { top, rows: rows - 2 * top, left: 0, columns, allColumns: columns };
  }
  const left = Math.floor((columns - wholePatches(width * (rows / height))) / 2);
  return { top: 0, rows, left, columns: columns - 2 * left, allColumns: columns };
}

/** What is within half of 1e-7 below a whole number is that number: `int(round(x, 7))` of Python. */
function wholePatches(extent: number): number {
  const nearest = Math.round(extent);
  return Math.abs(extent - nearest) <= 5e-8 ? nearest : Math.floor(extent);
}

/**
 * Which rows a picture takes, in order: the squashed tile, then the grid row by row across the tiles, each row with the
 * newline behind it.
 *
 * @param grid What is kept.
 * @param patches Patches along a side of a tile.
 * @returns int64 `[num_rows]`: 0 is the newline, 1 the first patch of the first tile.
 */
function rowIndices({ top, rows, left, columns, allColumns }: UnpaddedGrid, patches: number): Tensor {
  const numPatches = patches ** 2;
  const data = new BigInt64Array(numPatches + rows * (columns + 1));
  for (let patch = 0; patch < numPatches; patch++) data[patch] = BigInt(1 + patch);
  let at = numPatches;
  for (let row = top; row < top + rows; row++) {
    for (let column = left; column < left + columns; column++) {
      const tile = 1 + Math.floor(row / patches) * (allColumns / patches) + Math.floor(column / patches);
      data[at++] = BigInt(1 + tile * numPatches + row % patches * patches + column % patches);
    }
    at++; // the newline
  }
  return { type: "int64", dims: [data.length], data };
}

/** The family of `LlavaNextForConditionalGeneration`. */
export const llavaNext = defineAdapter({
  modelType: "llava_next",
  config: schema,
  tensorNames: llavaTensorNames,
  configure,
});
