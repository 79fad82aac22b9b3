/**
 * A toy family outside the package: a picture is cut into cells, each cell becomes one token, and a token that takes no row
 * ends each line of cells. The language network is a small Llama.
 *
 * @module
 */
import {
  type CheckpointConfigs,
  decodeImage,
  defineAdapter,
  type ItemInfo,
  type ItemTensors,
  type Model,
  MultiModalField,
  type ProcessorKwargs,
  PromptReplacement,
  PromptUpdateDetails,
  resizeImage,
  type Tensor,
  textDecoder,
  z,
} from "@limbus/limbus/adapter";
import { buildGraph, decoderSchema, linearLayer, outputRows, projector, toFloat } from "@limbus/limbus/graph";

// 1. Configuration: what of config.json the family reads. An error names file and key.
const schema = z.looseObject({
  text_config: decoderSchema,
  vision_config: z.strictObject({
    /** Side of a cell, pixels. */
    cell_size: z.int().min(1).max(64),
    /** Most cells across and down. */
    max_cells: z.int().min(1).max(64),
    /** Width of a cell's features. */
    hidden_size: z.int().min(1),
  }),
});

/** Settings that a request may give. */
const kwargsSchema = z.strictObject({ max_cells: z.int().min(1).max(64).optional() });

/** Cells of a picture. */
interface Grid {
  readonly rows: number;
  readonly columns: number;
}

function configure(config: z.output<typeof schema>, { tokenizer }: CheckpointConfigs): Model {
  const { text_config: text, vision_config: vision } = config;
  const size = vision.cell_size;
  const language = textDecoder(text, { prefix: "language_model.model", head: "language_model.lm_head" });
  const [cellId] = tokenizer.encode("<cell>");
  const [rowId] = tokenizer.encode("<row>");
  const [pictureId] = tokenizer.encode("<picture>");

  const gridOf = (width: number, height: number, kwargs: ProcessorKwargs): Grid => {
    const most = (kwargs as z.output<typeof kwargsSchema>).max_cells ?? vision.max_cells;
    return { rows: Math.min(most, Math.ceil(height / size)), columns: Math.min(most, Math.ceil(width / size)) };
  };
  const gridOfItem = (item: ItemInfo, kwargs: ProcessorKwargs): Grid => {
    if (item.kind === "image") return gridOf(item.width, item.height, kwargs);
    if (item.kind === "audio") return { rows: 0, columns: 0 };
    const [rows, columns] = Array.from(item.tensors.cell_grid.data as BigInt64Array, Number);
    return { rows, columns };
  };

  return {
    // 2. The base model: what the engine must know of it; its network is at the end.
    language: language.language,
    languageInputs: language.languageInputs,
    // 3. Inputs: what may come in, and what the chat template shows for it.
    limits: { image: 4 },
    placeholder: (modality) => modality === "image" ? "<picture>" : null,
    // 4. How many rows an item takes, in closed form, and the item that takes most.
    numTokens: (item, kwargs) => {
      const { rows, columns } = gridOfItem(item, kwargs);
      return rows * columns;
    },
    largestItem: (modality) => {
      const side = vision.max_cells * size;
      return { kind: "image", modality, index: 0, width: side, height: side };
    },
    // 5. The processor: files to tensors, and how these belong to the items.
    processorKwargs: kwargsSchema,
    processors: {
      // deno-lint-ignore require-await
      image: async (files, { maxPixels, alpha, kwargs = {} }) => {
        const pictures = files.map((file) => {
          const picture = decodeImage(file, { maxPixels, alpha });
          const grid = gridOf(picture.width, picture.height, kwargs);
          const [width, height] = [grid.columns * size, grid.rows * size];
          return { grid, ...resizeImage(picture, { width, height, resample: "bilinear", exactTo: "torchvision" }) };
        });
        const grids = pictures.flatMap(({ grid }) => [BigInt(grid.rows), BigInt(grid.columns)]);
        return {
          cells: cutIntoCells(pictures, size),
          cell_grid: { type: "int64", dims: [pictures.length, 2], data: BigInt64Array.from(grids) },
        };
      },
    },
    fields: ({ cell_grid }) => ({
      cells: MultiModalField.flatFromSizes("image", cellsOfEach(cell_grid)),
      cell_grid: MultiModalField.batched("image", { keepOnCpu: true }),
    }),
    embeds: { image: ["cell_grid"] },
    // 6. Prompt updates: what the items do to the prompt.
    promptUpdates: (items, kwargs) => [{
      modality: "image",
      numItems: items.length,
      updates: [
        new PromptReplacement({
          target: [pictureId],
          replacement: (index) => {
            const { rows, columns } = gridOfItem(items[index], kwargs);
            const line = [...Array<number>(columns).fill(cellId), rowId];
            return PromptUpdateDetails.selectTokenId(Array.from({ length: rows }, () => line).flat(), cellId);
          },
        }),
      ],
    }],
    // 7. Networks: tower and connector to `rows`, and the language network.
    networks: {
      encoders: {
        image: {
          graph: () =>
            buildGraph("cells", (g) => {
              const cells = toFloat(g, g.input("cells", "float32", [1, "num_cells", 3 * size * size]));
              const features = linearLayer(g, cells, "cell_embedding", vision.hidden_size, true);
              const { hiddenSize } = text;
              outputRows(g, projector(g, features, { hiddenSize, activation: "gelu", hasBias: true }));
            }),
          feeds: ({ cells }: ItemTensors) => ({ cells: { ...cells, dims: [1, ...cells.dims] } }),
        },
      },
      language: language.graph,
    },
  };
}

/** Cells of all pictures one behind the other, line by line, values 0 to 1. Shape `[num_cells, 3 * size * size]`. */
function cutIntoCells(pictures: readonly { grid: Grid; width: number; data: Uint8Array }[], size: number): Tensor {
  const numCells = pictures.reduce((sum, { grid }) => sum + grid.rows * grid.columns, 0);
  const data = new Float32Array(numCells * 3 * size * size);
  let at = 0;
  for (const { grid, width, data: pixels } of pictures) {
    for (let cell = 0; cell < grid.rows * grid.columns; cell++) {
      const [top, left] = [Math.floor(cell / grid.columns) * size, cell % grid.columns * size];
      for (let y = top; y < top + size; y++) {
        for (let i = 0; i < 3 * size; i++) data[at++] = pixels[(y * width + left) * 3 + i] / 255;
      }
    }
  }
  return { type: "float32", dims: [numCells, 3 * size * size], data };
}

/** Number of cells of each picture. */
function cellsOfEach({ dims, data }: Tensor): number[] {
  const sides = Array.from(data as BigInt64Array, Number);
  return Array.from({ length: dims[0] }, (_, picture) => sides[2 * picture] * sides[2 * picture + 1]);
}

export default defineAdapter({
  modelType: "toy_vlm",
  config: schema,
  tensorNames: (name) => [name],
  configure,
});
