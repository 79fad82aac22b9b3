import { assertEquals, assertThrows } from "@std/assert";
import { AdapterError } from "../../src/core/errors.ts";
import { type GridItem, mropePositions } from "../../src/multimodal/mrope_positions.ts";
import { type GoldenCase, readFamily } from "../kit/family_goldens.ts";

/** What the goldens of these families have beside the rest. */
interface MropeCase extends GoldenCase {
  positionIds: number[][];
  positionDelta: number;
}

/** The pictures of a case: each lies behind the token that opens it, cells of 2 x 2 patches. */
function itemsOf({ promptTokenIds, tensors }: GoldenCase, imageTokenId: number): GridItem[] {
  const grids = tensors?.image_grid_thw.head ?? [];
  const items: GridItem[] = [];
  let from = 0;
  for (let i = 0; i < grids.length; i += 3) {
    const [frames, rows, columns] = [grids[i], grids[i + 1] / 2, grids[i + 2] / 2];
    const range = { offset: promptTokenIds.indexOf(imageTokenId, from), length: frames * rows * columns };
    items.push({ range, grid: { frames, rows, columns } });
    from = range.offset + range.length;
  }
  return items;
}

for (const family of ["qwen2_vl", "qwen2_5_vl"]) {
  Deno.test(`positions of ${family} are those of transformers`, () => {
    for (const { folder, cases } of readFamily(family)) {
      const config = JSON.parse(
        Deno.readTextFileSync(new URL(`../testdata/${family}/${folder}/config.json`, import.meta.url)),
      );
      for (const golden of cases as MropeCase[]) {
        const items = itemsOf(golden, config.image_token_id);
        const found = mropePositions(golden.promptTokenIds.length, items.toReversed());
        assertEquals([...found.positionIds], golden.positionIds.flat(), `${folder}: ${golden.title}`);
        assertEquals(found.positionDelta, golden.positionDelta, `${folder}: ${golden.title}`);
      }
    }
  });
}

Deno.test("frames count up from where the item begins", () => {
  const item = { range: { offset: 1, length: 4 }, grid: { frames: 2, rows: 1, columns: 2 } };
  const { positionIds, positionDelta } = mropePositions(6, [item]);
  assertEquals([...positionIds], [
    ...[0, 1, 1, 2, 2, 3],
    ...[0, 1, 1, 1, 1, 3],
    ...[0, 1, 2, 1, 2, 3],
  ]);
  assertEquals(positionDelta, -2);
});

Deno.test("a prompt without items counts up, an empty one has no positions", () => {
  const { positionIds, positionDelta } = mropePositions(3, []);
  assertEquals([[...positionIds], positionDelta], [[0, 1, 2, 0, 1, 2, 0, 1, 2], 0]);
  assertEquals(mropePositions(0, []), { positionIds: new Int32Array(0), positionDelta: 0 });
});

Deno.test("a grid with another number of cells than tokens is an error", () => {
  const item = { range: { offset: 0, length: 3 }, grid: { frames: 1, rows: 2, columns: 2 } };
  assertThrows(() => mropePositions(3, [item]), AdapterError, "1 x 2 x 2 cells to have as many tokens: found 3");
});
