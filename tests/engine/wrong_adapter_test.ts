/**
 * Adapters that contradict themselves: the request that shows it fails with what the author needs to know, and no other.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { resolveEngineConfig } from "../../src/config.ts";
import { AdapterError } from "../../src/core/errors.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { ContentPart } from "../../src/core/message.ts";
import { loadModel } from "../../src/engine/load_model.ts";
import { LocalEngine } from "../../src/engine/local_engine.ts";
import type { AnyAdapter, Model } from "../../src/models/adapter.ts";
import { llava } from "../../src/models/llava.ts";
import { MultiModalField } from "../../src/multimodal/field.ts";
import { PromptReplacement } from "../../src/multimodal/prompt_update.ts";
import { createFakeExecutor } from "../../src/runtime/fake_executor.ts";

const DATA = new URL("../testdata/llava/", import.meta.url);
const PICTURE = Deno.readFileSync(new URL("wide.png", DATA));
/** Rows of a picture of this checkpoint, and the token that stands for one. */
const [ROWS, IMAGE_TOKEN] = [16, 380];

/** An engine whose adapter says something else than LLaVA's in one point. */
async function newEngine(change: (model: Model) => Partial<Model>, rows = ROWS, width?: number) {
  const adapter: AnyAdapter = {
    ...llava,
    configure: (config, configs) => {
      const model = llava.configure(config, configs);
      return { ...model, ...change(model) };
    },
  };
  const config = resolveEngineConfig({ model: fromFileUrl(new URL("clip-llama", DATA)) });
  const loaded = await loadModel(config, {
    adapters: [adapter],
    newExecutor: ({ vocabSize, hiddenSize }) => {
      const fake = createFakeExecutor({ vocabSize, hiddenSize, script: () => 300 });
      const encode = (_: unknown, tensors: Record<string, { dims: readonly number[] }>) => {
        const dims = [rows * Object.values(tensors)[0].dims[0], width ?? hiddenSize];
        return Promise.resolve({ type: "float32", dims, data: new Float32Array(dims[0] * dims[1]) } as const);
      };
      return { ...fake, encode: encode as typeof fake.encode };
    },
  });
  return new LocalEngine(loaded, config, { fetchMedia: () => Promise.resolve(PICTURE) });
}

let nextId = 0;
async function answer(engine: LocalEngine, numPictures: number): Promise<number> {
  const pictures = Array.from({ length: numPictures }, (_, i): ContentPart => ({
    type: "media",
    modality: "image",
    source: { kind: "bytes", bytes: PICTURE },
    param: `messages[0].content[${i}].image_url`,
  }));
  const content: ContentPart[] = [...pictures, { type: "text", text: "hi" }];
  const request: GenerateRequest = {
    requestId: `r${nextId++}`,
    prompt: { kind: "chat", messages: [{ role: "user", content }] },
    sampling: { temperature: 0, maxTokens: 3 },
  };
  let numTokens = 0;
  for await (const output of engine.generate(request)) {
    if (output.type === "delta") numTokens += output.tokenIds.length;
  }
  return numTokens;
}

/** Updates that replace this target by so many embed positions. */
const updates = (target: number, count: number, numItems?: number): Model["promptUpdates"] => (items) => [{
  modality: "image",
  numItems: numItems ?? items.length,
  updates: [new PromptReplacement({ target: [target], replacement: Array(count).fill(IMAGE_TOKEN) })],
}];

const batched = MultiModalField.batched("image");
const flat = (...ends: number[]) =>
  MultiModalField.flat("image", ends.map((end, i) => [ends[i - 1] ?? 0, end] as const), 1);

interface WrongAdapter {
  change: (model: Model) => Partial<Model>;
  rows?: number;
  width?: number;
  /** What the error must say. */
  says: string[];
  /** Input that it must name; default: that of the first picture. */
  param?: string;
}

const WRONG: Record<string, WrongAdapter> = {
  "one row less than embed positions": {
    change: () => ({}),
    rows: ROWS - 1,
    says: ["image encoder of adapter llava", "16 rows for image 0", "found 15"],
  },
  "one row more than embed positions": { change: () => ({}), rows: ROWS + 1, says: ["adapter llava", "found 17"] },
  "rows of another width": { change: () => ({}), width: 31, says: ["adapter llava", "rows of 32", "found [32, 31]"] },
  "a token formula that says less than the updates give": {
    change: () => ({ numTokens: () => ROWS - 1 }),
    says: ["prompt updates of adapter llava", "image 0 its 15 embed positions", "found 16"],
  },
  "a token formula that says nothing": {
    change: () => ({ numTokens: () => 0 }),
    says: ["numTokens of adapter llava", "for image 0", "found 0"],
  },
  "a token formula that is no number": {
    change: () => ({ numTokens: () => NaN }),
    says: ["numTokens of adapter llava", "found NaN"],
  },
  "updates for fewer items than there are": {
    change: () => ({ promptUpdates: updates(IMAGE_TOKEN, ROWS, 1) }),
    says: ["promptUpdates of adapter llava", "2 image items", "found 1"],
  },
  "updates for more items than there are": {
    change: () => ({ promptUpdates: updates(IMAGE_TOKEN, ROWS, 3) }),
    says: ["2 image items", "found 3"],
  },
  "updates for none": { change: () => ({ promptUpdates: () => [] }), says: ["2 image items", "found 0"] },
  "updates for another modality": {
    change: () => ({
      promptUpdates: (items, kwargs) => [
        ...updates(IMAGE_TOKEN, ROWS)(items, kwargs),
        { modality: "audio", numItems: 1, updates: [] },
      ],
    }),
    says: ["promptUpdates of adapter llava", "0 audio items", "found 1"],
    param: undefined,
  },
  "an update that never matches": {
    change: () => ({ promptUpdates: updates(5, ROWS) }),
    says: ["Expected a place for image 0 (replacement at [5]): found none", "adapter llava"],
  },
  "updates that take the same tokens": {
    change: () => ({
      promptUpdates: (items) => [0, 1].map(() => ({ ...updates(IMAGE_TOKEN, ROWS)(items, {})[0] })),
    }),
    says: ["adapter llava", "2 image items", "found 4"],
  },
  "an update without embed positions": {
    change: () => ({ promptUpdates: updates(IMAGE_TOKEN, 0) }),
    says: ["image 0 its 16 embed positions", "found 0"],
  },
  "a mask that is not as long as its tokens": {
    change: () => ({
      promptUpdates: (items) => [{
        modality: "image",
        numItems: items.length,
        updates: [
          new PromptReplacement({
            target: [IMAGE_TOKEN],
            replacement: { full: Array(ROWS).fill(IMAGE_TOKEN), isEmbed: new Uint8Array(ROWS - 1) },
          }),
        ],
      }],
    }),
    says: ["a mask as long as the 16 tokens put in: found 15", "adapter llava"],
    param: undefined,
  },
  "fields of different counts": {
    change: () => ({
      processors: {
        image: async (items, options) => {
          const { pixel_values } = await llavaProcessor(items, options);
          return { pixel_values, image_sizes: { type: "int64", dims: [2, 2], data: new BigInt64Array(4) } };
        },
      },
      fields: () => ({ pixel_values: batched, image_sizes: batched }),
    }),
    says: ["every field to hold 1 image items: found pixel_values 1, image_sizes 2", "image 0", "adapter llava"],
  },
  "slices beyond the tensor": {
    change: () => ({ fields: () => ({ pixel_values: flat(4) }) }),
    says: ["slices of pixel_values within 0 to 3", "found 0 to 4", "image 0", "adapter llava"],
  },
  "no field for any output": {
    change: () => ({ fields: () => ({ pixels: batched }) }),
    says: ["a field for an output of the processor of image 0", "adapter llava"],
  },
  "positions for another length": {
    change: () => ({ languageInputs: () => ({ positionIds: new Int32Array(7) }) }),
    says: ["positionIds of adapter llava", "found 7"],
    param: undefined,
  },
  "an input for each token of another length": {
    change: () => ({ languageInputs: () => ({ perToken: { token_type_ids: new Int32Array(3) } }) }),
    says: ["token_type_ids of adapter llava", "found 3"],
    param: undefined,
  },
};

/** LLaVA's own processor, to be wrapped. */
let llavaProcessor: NonNullable<Model["processors"]["image"]>;

for (const [title, { change, rows, width, says, ...named }] of Object.entries(WRONG)) {
  Deno.test(`a wrong adapter (${title}) fails its request alone, with an error for its author`, async () => {
    await using engine = await newEngine(
      (model) => {
        llavaProcessor = model.processors.image!;
        return change(model);
      },
      rows,
      width,
    );
    const error = await assertRejects(() => answer(engine, 2), AdapterError);
    for (const part of says) assert(error.message.includes(part), error.message);
    assertEquals(error.param, "param" in named ? named.param : "messages[0].content[0].image_url");
    // Positions are asked for of every prompt, items only where there are some.
    if (!title.includes("another length")) assertEquals(await answer(engine, 0), 3);
  });
}

Deno.test("an error that is no Limbus error fails its request alone, too", async () => {
  await using engine = await newEngine(() => ({
    promptUpdates: () => {
      throw new TypeError("Cannot read properties of undefined");
    },
  }));
  await assertRejects(() => answer(engine, 1), TypeError);
  assertEquals(await answer(engine, 0), 3);
});

Deno.test("postprocessIds sees every prompt, ids or text, and must keep ids and origins together", async () => {
  const seen: number[] = [];
  await using engine = await newEngine(() => ({
    postprocessIds: ({ ids, origins }) => {
      seen.push(ids.length);
      return { ids: Uint32Array.from([...ids, 7]), origins: Uint8Array.from([...origins, 0]) };
    },
  }));
  const text = await engine.tokenize({ kind: "text", text: "hi" });
  const ids = await engine.tokenize({ kind: "tokens", tokenIds: [...text.tokenIds.subarray(0, -1)] });
  assertEquals(text.tokenIds.at(-1), 7);
  assertEquals(ids.tokenIds, text.tokenIds);
  assertEquals(seen, [text.tokenIds.length - 1, text.tokenIds.length - 1]);
  assertEquals(await answer(engine, 1), 3);

  await using wrong = await newEngine(() => ({ postprocessIds: ({ ids }) => ({ ids, origins: new Uint8Array(1) }) }));
  const error = await assertRejects(() => answer(wrong, 0), AdapterError);
  assert(error.message.startsWith("Expected postprocessIds of adapter llava to give as many origins as ids: found 1"));
});

Deno.test("an adapter that promises what it does not provide is refused at the start", async () => {
  const refused: [(model: Model) => Partial<Model>, string][] = [
    [
      () => ({ limits: { image: null, audio: 1 } }),
      "processors.audio of adapter llava to be a function, because limits",
    ],
    [() => ({ processors: {} }), "processors.image of adapter llava"],
    [(model) => ({ networks: { ...model.networks, encoders: {} } }), "networks.encoders.image of adapter llava"],
    [() => ({ limits: { image: -1 } }), "limits.image of adapter llava to be null or a number from 0"],
    [() => ({ promptUpdates: undefined as never }), "promptUpdates of adapter llava to be a function"],
  ];
  for (const [change, message] of refused) await assertRejects(() => newEngine(change), AdapterError, message);
});
