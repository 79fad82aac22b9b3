import { assertEquals, assertStrictEquals } from "@std/assert";
import { buildGraph, decoder, decoderSchema, lowerToProgram, type Plan } from "../../../src/graph/mod.ts";
import { hoistLastToken } from "../../../src/graph/program/last_rows.ts";
import { imageEncoder } from "../blocks/image_encoder.ts";
import { readGolden } from "../golden.ts";

const CONFIG = {
  model_type: "llama",
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: 40,
};

/** Rows and columns of every matrix product, in the order of the program. */
function products({ phases }: Plan): string[] {
  return phases.flat().filter(({ kernel }) => kernel === "gemm").map(({ words }) => `${words[5]}x${words[6]}`);
}

Deno.test("in the last layer only keys and values are computed for all tokens", () => {
  const program = lowerToProgram(buildGraph("language", (g) => decoder(g, decoderSchema.parse(CONFIG))));
  const plan = program.plan({ inputs_embeds: [1, 9, 16], position_ids: [1, 9] });
  // Queries, keys, values; output; gate and up; down; and again; then logits.
  const first = ["9x16", "9x8", "9x8", "9x16", "9x24", "9x16"];
  assertEquals(products(plan).toSorted(), [...first, "1x16", "9x8", "9x8", "1x16", "1x24", "1x16", "1x40"].toSorted());
  const step = program.plan({ inputs_embeds: [1, 1, 16], position_ids: [1, 1] });
  assertEquals(new Set(products(step).map((size) => size.split("x")[0])), new Set(["1"]));
});

Deno.test("logits of chosen tokens and towers are left as they are", () => {
  const chosen = buildGraph("language", (g) => decoder(g, decoderSchema.parse(CONFIG), { logits: "indices" }));
  assertStrictEquals(hoistLastToken(chosen), chosen);
  const tower = imageEncoder(readGolden("siglip_full").config);
  assertStrictEquals(hoistLastToken(tower), tower);
});
