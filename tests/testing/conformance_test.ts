/**
 * The laws of the kit can fail: adapters that are wrong in one place break the law that is meant for it.
 *
 * @module
 */
import { assertRejects } from "@std/assert";
import toy from "../../examples/toy_vlm/toy_vlm.ts";
import { type AnyAdapter, type Model, MultiModalField, PromptReplacement, z } from "../../src/models/mod.ts";
import { checkConformance } from "../../src/testing/mod.ts";

const CHECKPOINT = new URL("../../examples/toy_vlm/checkpoint", import.meta.url);

/** The toy family with one part of its model replaced. */
function wrong(change: (model: Model) => Partial<Model>): AnyAdapter {
  return {
    ...toy,
    configure(config, configs) {
      const model = toy.configure(config, configs);
      return { ...model, ...change(model) };
    },
  };
}

/** What the mistake is, the wrong part, and the law that it breaks. */
const MISTAKES: [string, (model: Model) => Partial<Model>, string][] = [
  [
    "a closed form that forgets the last line",
    ({ numTokens }) => ({ numTokens: (item, kwargs) => Math.max(1, numTokens(item, kwargs) - 1) }),
    "a prompt given as text equals the prompt given as its ids",
  ],
  [
    "a closed form that is wrong for large pictures only",
    ({ numTokens }) => ({
      numTokens: (item, kwargs) =>
        numTokens(item, kwargs) + Number(item.kind === "image" && item.width > 1000 && item.height > 1000),
    }),
    "the closed form = the embed positions, over 400 sizes",
  ],
  [
    "an encoder that gives one row too many",
    ({ networks }) => ({
      networks: {
        ...networks,
        encoders: {
          image: {
            ...networks.encoders.image!,
            feeds: ({ cells }) => {
              const [num, width] = cells.dims;
              const data = new Float32Array((num + 1) * width);
              data.set(cells.data as Float32Array);
              return { cells: { ...cells, dims: [1, num + 1, width], data } };
            },
          },
        },
      },
    }),
    "rows of an item = its embed positions = its closed form",
  ],
  [
    "a largest item that is not the largest",
    () => ({ largestItem: (modality) => ({ kind: "image", modality, index: 0, width: 8, height: 8 }) }),
    "no item takes more rows than the declared largest",
  ],
  [
    "a processor that remembers",
    ({ processors }) => {
      let calls = 0;
      return {
        processors: {
          image: async (files, options) => {
            const { cells, ...others } = await processors.image!(files, options);
            const shade = calls++ / 1000;
            return { ...others, cells: { ...cells, data: (cells.data as Float32Array).map((value) => value + shade) } };
          },
        },
      };
    },
    "a prompt given as text equals the prompt given as its ids",
  ],
  [
    "items that change places",
    ({ promptUpdates }) => ({
      promptUpdates: (items, kwargs) => promptUpdates(items.toReversed(), kwargs),
    }),
    "a prompt given as text equals the prompt given as its ids",
  ],
  [
    "fields in which items begin at the wrong place",
    () => ({
      fields: ({ cell_grid }) => {
        const grids = Array.from(cell_grid.data as BigInt64Array, Number);
        const sizes = Array.from({ length: grids.length / 2 }, (_, at) => grids[2 * at] * grids[2 * at + 1]);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const slices = sizes.map((size): [number, number] => sizes.length === 1 ? [0, size] : [total - size, total]);
        return {
          cells: MultiModalField.flat("image", slices),
          cell_grid: MultiModalField.batched("image", { keepOnCpu: true }),
        };
      },
    }),
    "fields share out what a processor makes of several items",
  ],
  [
    "settings that are passed over",
    () => ({ processorKwargs: z.looseObject({}) }),
    "unknown mm_processor_kwargs are refused",
  ],
  [
    "updates that search the wrong token",
    () => ({
      promptUpdates: (items) => [{
        modality: "image",
        numItems: items.length,
        updates: [new PromptReplacement({ target: [1, 2, 3], replacement: [4] })],
      }],
    }),
    "a prompt given as text equals the prompt given as its ids",
  ],
  [
    "rows that are not taken as an item's",
    ({ embeds, numTokens }) => ({
      embeds,
      numTokens: (item, kwargs) => item.kind === "embeds" ? 1 : numTokens(item, kwargs),
    }),
    "an item's rows, sent as precomputed embeddings, equal the item",
  ],
];

for (const [mistake, change, law] of MISTAKES) {
  Deno.test(`the kit finds ${mistake}`, async () => {
    const subject = { name: "wrong", adapter: wrong(change), checkpoint: CHECKPOINT };
    await assertRejects(() => checkConformance(subject), Error, `to keep the law "${law}`);
  });
}
