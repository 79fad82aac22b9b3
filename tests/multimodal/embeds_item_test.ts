import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidRequestError, UnsupportedModalityError } from "../../src/core/errors.ts";
import type { Tensor } from "../../src/core/tensor.ts";
import { readEmbeds } from "../../src/multimodal/embeds_item.ts";

const RULES = { embeds: { image: ["image_grid_thw"] }, hiddenSize: 3 } as const;
const GRID: Tensor = { type: "int64", dims: [1, 3], data: BigInt64Array.of(1n, 2n, 2n) };

function rows(dims: number[], type: Tensor["type"] = "float32"): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { type, dims, data: Float32Array.from({ length }, (_, i) => i / 8) };
}

Deno.test("rows of one item, with or without a leading 1, become an item of that many tokens", () => {
  for (const dims of [[4, 3], [1, 4, 3]]) {
    const info = readEmbeds("image", 2, { image_embeds: rows(dims), image_grid_thw: GRID }, RULES);
    assertEquals([info.kind, info.modality, info.index, info.numRows], ["embeds", "image", 2, 4]);
    assertEquals(info.tensors, { image_embeds: rows([4, 3]), image_grid_thw: GRID });
  }
});

Deno.test("other ranks, widths, types, names and numbers are refused, with what was expected and found", () => {
  const cases: [Record<string, Tensor>, string][] = [
    [
      { image_embeds: rows([3]), image_grid_thw: GRID },
      "[num_rows, hidden_size] or [1, num_rows, hidden_size]: found [3]",
    ],
    [{ image_embeds: rows([2, 4, 3]), image_grid_thw: GRID }, "found [2, 4, 3]"],
    [{ image_embeds: rows([1, 1, 4, 3]), image_grid_thw: GRID }, "found [1, 1, 4, 3]"],
    [{ image_embeds: rows([4, 5]), image_grid_thw: GRID }, "rows of 3: found rows of 5"],
    [{ image_embeds: rows([0, 3]), image_grid_thw: GRID }, "at least 1 row: found 0"],
    [{ image_embeds: rows([4, 3], "float16"), image_grid_thw: GRID }, "in float32: found float16"],
    [{ image_embeds: rows([4, 3]) }, "the tensors image_embeds, image_grid_thw: found 1, of which 1 are these"],
    [{ image_grid_thw: GRID }, "found 1, of which 1 are these"],
    [{ image_embeds: rows([4, 3]), image_grid_thw: GRID, secret: GRID }, "found 3, of which 2 are these"],
    [{ image_embeds: rows([4, 3]), secret: GRID }, "found 2, of which 1 are these"],
    [{}, "found none"],
  ];
  for (const [tensors, message] of cases) {
    const error = assertThrows(() => readEmbeds("image", 1, tensors, RULES), InvalidRequestError, message);
    assert(!error.message.includes("secret"), error.message);
  }
  for (const odd of [NaN, Infinity, -Infinity]) {
    const image_embeds = rows([4, 3]);
    image_embeds.data[7] = odd;
    const tensors = { image_embeds, image_grid_thw: GRID };
    assertThrows(() => readEmbeds("image", 1, tensors, RULES), InvalidRequestError, "finite numbers");
  }
  const audio = { audio_embeds: rows([4, 3]) };
  assertThrows(() => readEmbeds("audio", 0, audio, RULES), UnsupportedModalityError, "found precomputed embeddings");
});
