import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import type { CheckpointConfigs } from "../../src/models/adapter.ts";
import { idefics3, patchPositions } from "../../src/models/idefics3.ts";
import { checkCase, loadFamily, readFamily } from "../kit/family_goldens.ts";

for (const { folder, cases } of readFamily("idefics3")) {
  Deno.test(`idefics3: ${folder} equals transformers on WASM`, async (t) => {
    const model = await loadFamily("idefics3", folder, "wasm");
    await using _ = model.engine;
    for (const golden of cases) await t.step(golden.title, () => checkCase(model, golden));
  });
}

Deno.test("positions of a tile's patches are those of transformers, whatever the sizes of tile and table", () => {
  const goldens: [number, number, number[]][] = JSON.parse(
    Deno.readTextFileSync(new URL("../testdata/idefics3/positions.json", import.meta.url)),
  );
  for (const [table, side, columns] of goldens) {
    const { dims, data } = patchPositions({ imageSize: 3 * table, patchSize: 3 } as never, 3 * side);
    assertEquals(dims, [side * side]);
    assertEquals([...data.subarray(0, side)].map(Number), columns, `${side} patches, ${table} positions`);
    const lastRow = columns.map((column) => BigInt(table * columns[side - 1] + column));
    assertEquals([...data.subarray(-side)], lastRow);
  }
});

const tokenizer: CheckpointConfigs["tokenizer"] = {
  tokenToId: (token) => token === "<image>" ? 7 : undefined,
  encode: (text) => Uint32Array.from(text.match(/<image>|[^<]+|</g) ?? [], (part) => part === "<image>" ? 7 : 1),
};

/** The family on a tower of 4 x 4 patches, 4 rows a tile. */
function configure(settings: object = {}, processor: object = {}, config: object = {}) {
  const json = {
    model_type: "idefics3",
    image_token_id: 7,
    vision_config: { hidden_size: 8, num_attention_heads: 1, image_size: 28, patch_size: 7 },
    text_config: { hidden_size: 8, num_attention_heads: 1, vocab_size: 9 },
    ...config,
  };
  const preprocessor = {
    image_processor_type: "Idefics3ImageProcessor",
    size: { longest_edge: 84 },
    max_image_size: { longest_edge: 28 },
    ...settings,
  };
  return idefics3.configure(idefics3.config.parse(json), {
    config: json,
    imageProcessor: { name: "preprocessor_config.json", value: preprocessor },
    processor: { name: "processor_config.json", value: { image_seq_len: 4, ...processor } },
    tokenizer,
  });
}

Deno.test("a tile has as many rows as the prompt has placeholders for it, else the checkpoint is refused", () => {
  const picture = { modality: "image", index: 0, kind: "image", width: 80, height: 60 } as const;
  assertEquals(configure().numTokens(picture, {}), (3 * 3 + 1) * 4);
  assertEquals(configure().numTokens(picture, { do_image_splitting: false }), 4);
  assertEquals(configure().numTokens(picture, { size: { longest_edge: 40 } }), (2 * 2 + 1) * 4);
  const [{ updates }] = configure().promptUpdates([picture], {});
  const content = updates[0].content as (index: number) => { isEmbed: Uint8Array };
  assertEquals(content(0).isEmbed.filter(Boolean).length, 40);
  const refused: [() => unknown, string][] = [
    [() => configure({}, { image_seq_len: 5 }), "processor_config.json: image_seq_len"],
    [() => configure({ max_image_size: { longest_edge: 21 } }), "preprocessor_config.json: max_image_size"],
    [() => configure({}, {}, { image_token_id: 6 }), "config.json: image_token_id"],
  ];
  for (const [call, param] of refused) assertEquals(assertThrows(call, CheckpointError).param, param);
});

Deno.test("a request may choose splitting and size, nothing else", () => {
  const { processorKwargs } = configure();
  const accepted = [{}, { do_image_splitting: false }, { size: { longest_edge: 512 } }, {
    size: { height: 3, width: 4 },
  }];
  const refused = [{ max_image_size: { longest_edge: 14 } }, { size: { longest_edge: 0 } }, { size: 5 }, {
    do_pad: true,
  }];
  for (const kwargs of accepted) assertEquals(processorKwargs!.safeParse(kwargs).success, true);
  for (const kwargs of refused) assertEquals(processorKwargs!.safeParse(kwargs).success, false, JSON.stringify(kwargs));
});
