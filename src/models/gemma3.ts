/**
 * Gemma 3 with pictures: a SigLIP tower, pooled to a fixed number of rows, and the Gemma 3 decoder, in which the tokens of one
 * picture see each other both ways. A long picture may come with crops ("pan and scan").
 *
 * A prompt must be run from its start in one go: what a picture's tokens see ahead is not in the cache.
 *
 * Source: transformers `modeling_gemma3.py`, `processing_gemma3.py`; "Gemma 3 Technical Report", arXiv 2503.19786.
 *
 * @module
 */
import { z } from "zod";
import { CheckpointError } from "../core/errors.ts";
import {
  aheadBias,
  attention,
  buildGraph,
  decoder,
  decoderSchema,
  firstRun,
  type Graph,
  type GraphBuilder,
  layerNorm,
  linear,
  mean,
  type Mixing,
  outputRows,
  reshape,
  rmsNorm,
  slice,
  type Value,
  visionTower,
  type VisionTowerConfig,
  visionTowerSchema,
  where,
} from "../graph/mod.ts";
import { MultiModalField, oneByOne } from "../multimodal/field.ts";
import { type Gemma3Processor, readGemma3 } from "../multimodal/image_processors/gemma3.ts";
import { pictureSettings } from "../multimodal/image_processors/settings.ts";
import type { ItemInfo, ProcessorKwargs } from "../multimodal/item.ts";
import { PromptReplacement, PromptUpdateDetails } from "../multimodal/prompt_update.ts";
import type {
  AdapterTokenizer,
  AnyAdapter,
  CheckpointConfigs,
  ExpandedPrompt,
  Model,
  TokenizedPrompt,
} from "./adapter.ts";
import { defineAdapter } from "./define_adapter.ts";
import { addNestedIssues } from "./nested_schema.ts";
import { requireProcessor } from "./required_files.ts";

const schema = z.looseObject({
  text_config: z.looseObject({}).prefault({}),
  vision_config: z.looseObject({}).prefault({}),
  // transformers 4 and 5 write image_token_index; image_token_id is its other name.
  image_token_index: z.int().nonnegative().optional(),
  image_token_id: z.int().nonnegative().optional(),
  mm_tokens_per_image: z.int().positive().default(256),
  tie_word_embeddings: z.boolean().default(true),
}).transform((config, context) => {
  const { tie_word_embeddings } = config;
  const text = decoderSchema.safeParse({ model_type: "gemma3_text", ...config.text_config, tie_word_embeddings });
  const vision = visionTowerSchema.safeParse({ model_type: "siglip_vision_model", ...config.vision_config });
  addNestedIssues(context, { text_config: text, vision_config: vision });
  if (!text.success || !vision.success) return z.NEVER;
  // The soft caps stand in the configuration, but neither the attention nor the head of this model applies them.
  return { ...config, text: { ...text.data, attentionSoftcap: null, logitSoftcap: null }, vision: vision.data };
});

/** What transformers' processor sets, whatever preprocessor_config.json says. */
const PROCESSOR_SETTINGS = {
  do_pan_and_scan: false,
  pan_and_scan_min_crop_size: 256,
  pan_and_scan_max_num_crops: 4,
  pan_and_scan_min_ratio_to_activate: 1.2,
};

/** Settings that a request may change. */
const extent = z.int().min(1).max(65_536);
const processorKwargs = z.strictObject({
  do_pan_and_scan: z.boolean().optional(),
  pan_and_scan_min_crop_size: extent.optional(),
  pan_and_scan_max_num_crops: extent.optional(),
  pan_and_scan_min_ratio_to_activate: z.number().min(0).optional(),
});

const BEGIN = "<start_of_image>";
const END = "<end_of_image>";
const SOFT = "<image_soft_token>";
const TO_CROPS = "\n\n and here are some crops to help you see better \n\n";

function configure(config: z.output<typeof schema>, files: CheckpointConfigs): Model {
  const { text, vision } = config;
  const { tokenizer } = files;
  const imageTokenId = config.image_token_index ?? config.image_token_id ?? 262_144;
  const settings = pictureSettings(requireProcessor(files.imageProcessor, "picture").value);
  const processor = (kwargs: ProcessorKwargs = {}): Gemma3Processor =>
    readGemma3({ ...settings, ...PROCESSOR_SETTINGS, ...kwargs });
  const pool = poolingOf(vision, config.mm_tokens_per_image);
  const squareRows = pool.side ** 2;
  checkPicture(processor(), vision);
  checkSequenceLength(files, squareRows);
  checkTokens(tokenizer, imageTokenId);

  const numSquares = (item: ItemInfo, kwargs: ProcessorKwargs): number => {
    if (item.kind === "embeds") return Math.max(1, Math.floor(item.numRows / squareRows));
    return item.kind === "image" ? 1 + processor(kwargs).numCrops(item.width, item.height) : 0;
  };
  const expandedText = (count: number) => {
    const square = BEGIN + SOFT.repeat(squareRows) + END;
    return withCrops(Array(count).fill(square));
  };

  return {
    language: {
      hiddenSize: text.hiddenSize,
      vocabSize: text.vocabSize,
      maxPositionEmbeddings: text.maxPositionEmbeddings,
      embeddingTensor: "language_model.model.embed_tokens.weight",
      embeddingScale: text.embeddingScale,
    },
    limits: { image: null },
    numTokens: (item, kwargs) => numSquares(item, kwargs) * squareRows,
    largestItem: () => ({
      modality: "image",
      index: 0,
      kind: "image",
      width: vision.imageSize,
      height: vision.imageSize,
    }),
    placeholder: (modality) => modality === "image" ? BEGIN : null,
    itemText: (item, kwargs) => {
      const count = numSquares(item, kwargs);
      return {
        before: count === 1 ? "\n\n" : "Here is the original image \n\n",
        placeholder: placeholderText(count),
        after: "\n\n",
      };
    },
    fields: ({ num_crops }) => {
      const sizes = Array.from(num_crops.data as BigInt64Array, (crops) => 1 + Number(crops));
      return {
        pixel_values: MultiModalField.flatFromSizes("image", sizes),
        num_crops: MultiModalField.batched("image", { keepOnCpu: true }),
      };
    },
    processorKwargs,
    // deno-lint-ignore require-await
    processors: { image: async (items, options) => processor(options.kwargs).process(items, options) },
    embeds: { image: [] },
    promptUpdates: (items, kwargs) => {
      const byCount = new Map<number, { target: Uint32Array; replacement: PromptUpdateDetails }>();
      const contents = items.map((item) => {
        const count = numSquares(item, kwargs);
        const known = byCount.get(count) ?? {
          target: tokenizer.encode(placeholderText(count)),
          replacement: PromptUpdateDetails.selectTokenId(tokenizer.encode(expandedText(count)), imageTokenId),
        };
        byCount.set(count, known);
        return known;
      });
      const update = new PromptReplacement({
        target: (index) => contents[index].target,
        replacement: (index) => contents[index].replacement,
      });
      return [{ modality: "image", numItems: items.length, updates: [update] }];
    },
    postprocessIds: (prompt) => surroundPlaceholders(tokenizer, prompt),
    languageInputs: (prompt) => ({ perToken: { tokens_ahead: tokensAhead(prompt) } }),
    networks: {
      encoders: {
        image: {
          graph: () => imageEncoder(vision, pool, text.hiddenSize),
          runs: ({ pixel_values }) =>
            oneByOne("pixel_values", pixel_values).map((square) => ({ pixel_values: square })),
        },
      },
      language: (maxPositions) =>
        buildGraph("language", (g) =>
          decoder(g, text, {
            prefix: "language_model.model",
            head: "language_model.lm_head",
            maxPositions,
            mixing: mixBothWays,
          })),
    },
  };
}

/** A picture and its crops as they stand in the prompt, from special token to special token. */
function withCrops([whole, ...crops]: readonly string[]): string {
  return crops.length === 0 ? whole : whole + TO_CROPS + crops.join("\n\n \n\n");
}

/** What stands for that until the placeholders are expanded; no text of this kind begins with another one. */
function placeholderText(count: number): string {
  if (count === 1) return BEGIN + END;
  return withCrops([BEGIN + SOFT, ...Array(count - 2).fill(SOFT), END]);
}

/** Average pooling: cells of `kernel` by `kernel` patches, `side` by `side` of them; patches left over at the end are dropped. */
interface Pooling {
  readonly patches: number;
  readonly kernel: number;
  readonly side: number;
}

function poolingOf({ imageSize, patchSize }: VisionTowerConfig, tokensPerImage: number): Pooling {
  const patches = Math.floor(imageSize / patchSize);
  const kernel = Math.floor(patches / Math.floor(Math.sqrt(tokensPerImage)));
  if (kernel >= 1) return { patches, kernel, side: Math.floor(patches / kernel) };
  throw new CheckpointError(`Expected at most ${patches ** 2} tokens of a picture: found ${tokensPerImage}`, {
    param: "config.json: mm_tokens_per_image",
  });
}

function checkPicture({ size }: Gemma3Processor, { imageSize }: VisionTowerConfig): void {
  if (size.width === imageSize && size.height === imageSize) return;
  throw new CheckpointError(`Expected size to be the tower's ${imageSize}: found ${size.width} x ${size.height}`, {
    param: "preprocessor_config.json: size",
  });
}

function checkSequenceLength({ processor }: CheckpointConfigs, squareRows: number): void {
  const length = (processor?.value as { image_seq_length?: unknown } | undefined)?.image_seq_length ?? squareRows;
  if (length === squareRows) return;
  throw new CheckpointError(`Expected image_seq_length to be the ${squareRows} rows of a picture: found ${length}`, {
    param: "processor_config.json: image_seq_length",
  });
}

function checkTokens(tokenizer: AdapterTokenizer, imageTokenId: number): void {
  for (const token of [BEGIN, END, SOFT]) {
    if (tokenizer.tokenToId(token) !== undefined) continue;
    throw new CheckpointError(`Expected the token ${token}: found none`, { param: "tokenizer.json: added_tokens" });
  }
  const found = tokenizer.tokenToId(SOFT);
  if (found === imageTokenId) return;
  throw new CheckpointError(`Expected image_token_index to be the id of ${SOFT}, ${found}: found ${imageTokenId}`, {
    param: "config.json: image_token_index",
  });
}

/**
 * Writes around placeholders in ids what {@linkcode Model.itemText} writes around them in text. Line breaks join as far as
 * runs of them are single tokens; what stands around stays as it is.
 */
function surroundPlaceholders(tokenizer: AdapterTokenizer, prompt: TokenizedPrompt): TokenizedPrompt {
  const [begin, end] = [tokenizer.tokenToId(BEGIN), tokenizer.tokenToId(END)];
  const { ids, origins } = prompt;
  // A placeholder that was written as text is followed by another token of pictures.
  const isWritten = (at: number) => ids[at + 1] === end || ids[at + 1] === tokenizer.tokenToId(SOFT);
  const isBare = (at: number) => ids[at] === begin && origins[at] !== 1 && !isWritten(at);
  if (!ids.some((_, at) => isBare(at))) return prompt;
  const lengths = new Map<number, number>();
  for (let length = 1; length <= 32; length++) {
    const run = tokenizer.encode("\n".repeat(length));
    if (run.length === 1) lengths.set(run[0], length);
  }
  const found: { id: number; origin: number }[] = [];
  let lineBreaks = 0;
  const addLineBreaks = () => {
    for (const id of tokenizer.encode("\n".repeat(lineBreaks))) found.push({ id, origin: 0 });
    lineBreaks = 0;
  };
  ids.forEach((id, at) => {
    if (isBare(at)) {
      for (let length; (length = lengths.get(found.at(-1)?.id ?? -1)) !== undefined; found.pop()) lineBreaks += length;
      lineBreaks += 2;
      addLineBreaks();
      found.push({ id, origin: origins[at] }, { id: end!, origin: origins[at] });
      lineBreaks = 2;
    } else if (lineBreaks > 0 && lengths.has(id)) {
      lineBreaks += lengths.get(id)!;
    } else {
      if (lineBreaks > 0) addLineBreaks();
      found.push({ id, origin: origins[at] });
    }
  });
  if (lineBreaks > 0) addLineBreaks();
  return {
    ids: Uint32Array.from(found, ({ id }) => id),
    origins: Uint8Array.from(found, ({ origin }) => origin),
  };
}

/** How many tokens of the same picture or crop come behind each token. */
function tokensAhead({ tokenIds, items }: ExpandedPrompt): Int32Array {
  const ahead = new Int32Array(tokenIds.length);
  for (const { offset, length, isEmbed } of items.flatMap(({ ranges }) => ranges)) {
    for (let i = length - 2; i >= 0; i--) {
      const isWithNext = !isEmbed || (isEmbed[i] && isEmbed[i + 1]);
      if (isWithNext) ahead[offset + i] = ahead[offset + i + 1] + 1;
    }
  }
  return ahead;
}

/** Causal attention with a cache; in the run that starts a sequence a picture's tokens see the whole picture. */
function mixBothWays(g: GraphBuilder): Mixing {
  const ahead = g.input("tokens_ahead", "int64", ["batch", "num_tokens"]);
  const starts = firstRun(g, ahead, g.input("total_sequence_length", "int32", [1]));
  const biases = new Map<number | undefined, Value>();
  return (heads, settings) => {
    const { cacheLayer: _, window, softcap: __, ...own } = settings;
    const later = attention(g, heads, settings);
    const bias = biases.get(window) ?? aheadBias(g, ahead, { window });
    biases.set(window, bias);
    const first = attention(g, { ...heads, bias }, { ...own, mask: "bidirectional" });
    return where(g, starts, first, later);
  };
}

/** Tower and connector: pictures and crops `[num_images, 3, size, size]` to rows, picture by picture. */
function imageEncoder(vision: VisionTowerConfig, { patches, kernel, side }: Pooling, hiddenSize: number): Graph {
  const { hiddenSize: width, layerNormEps: eps } = vision;
  return buildGraph("image encoder", (g) => {
    const states = visionTower(g, vision, { featureLayer: -1, selectStrategy: "full" });
    const norm = (part: string) => g.weight(`vision_tower.post_layernorm.${part}`, [width]);
    const features = layerNorm(g, states, { weight: norm("weight"), bias: norm("bias") }, { eps });
    const grid = reshape(g, features, ["num_images", patches, patches, width]);
    const used = [1, 2].reduce(
      (x, axis) => side * kernel === patches ? x : slice(g, x, { axis, start: 0, end: side * kernel }),
      grid,
    );
    const cells = reshape(g, used, ["num_images", side, kernel, side, kernel, width]);
    const pooled = reshape(g, mean(g, mean(g, cells, 4), 2), ["num_images", side * side, width]);
    const softNorm = g.weight("multi_modal_projector.mm_soft_emb_norm.weight", [width]);
    const normed = rmsNorm(g, pooled, softNorm, { eps, weightOffset: 1 });
    // Stored as [in, out], unlike other layers.
    const tensor = "multi_modal_projector.mm_input_projection_weight";
    const source = { kind: "tensor", tensor, transform: "transpose" } as const;
    outputRows(g, linear(g, normed, { weight: g.weight({ name: tensor, shape: [hiddenSize, width], source }) }));
  });
}

/** The family of `Gemma3ForConditionalGeneration`. */
export const gemma3: AnyAdapter = defineAdapter({
  modelType: "gemma3",
  config: schema,
  // transformers 4 and most files: `language_model.model.`, `vision_tower.vision_model.`; transformers 5: `model.`, without the rest.
  tensorNames: (name) => [
    name,
    name.replace(/^vision_tower\./, "vision_tower.vision_model."),
    `model.${name}`,
    name.replace(/^language_model\.model\./, "model.language_model."),
    name.replace(/^language_model\.lm_head\./, "lm_head."),
    name.replace(/^vision_tower\./, "model.vision_tower.vision_model."),
  ],
  configure,
});
