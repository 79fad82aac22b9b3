/**
 * Every built-in family keeps the laws that are published for all adapters, on every checkpoint of the goldens.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { builtinAdapters } from "../../src/models/registry.ts";
import { type ConformanceSubject, testConformance } from "../../src/testing/mod.ts";

const DATA = new URL("../testdata/", import.meta.url);

const QWEN_KWARGS = [{ min_pixels: 4096, max_pixels: 16384 }, { size: { shortest_edge: 3000, longest_edge: 9000 } }];

const TILE_KWARGS = [{ do_image_splitting: false }, { do_image_splitting: true, size: { longest_edge: 90 } }];

/** What is particular about the items of a family. */
const PARTICULARS: Record<string, Partial<ConformanceSubject>> = {
  gemma3: { processorKwargs: [{ do_pan_and_scan: true, pan_and_scan_min_crop_size: 10 }] },
  idefics3: { processorKwargs: TILE_KWARGS },
  qwen2_5_vl: { processorKwargs: QWEN_KWARGS },
  qwen2_vl: { processorKwargs: QWEN_KWARGS },
  smolvlm: { processorKwargs: TILE_KWARGS },
};

/** Folders below `tests/testdata` that hold a checkpoint, with its `model_type`. */
function* checkpoints(): Generator<[folder: string, modelType: string]> {
  const foldersIn = (url: URL) =>
    [...Deno.readDirSync(url)].filter((entry) => entry.isDirectory).map(({ name }) => name);
  for (const area of foldersIn(DATA).sort()) {
    for (const name of foldersIn(new URL(`${area}/`, DATA)).sort()) {
      const folder = `${area}/${name}`;
      try {
        const config = JSON.parse(Deno.readTextFileSync(new URL(`${folder}/config.json`, DATA)));
        yield [folder, config.model_type];
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

const found = [...checkpoints()];
for (const [folder, modelType] of found) {
  testConformance({ ...PARTICULARS[modelType], name: folder, checkpoint: new URL(folder, DATA) });
}

Deno.test("every built-in family is among them", () => {
  const tried = new Set(found.map(([, modelType]) => modelType));
  assertEquals(builtinAdapters.map(({ modelType }) => modelType).filter((modelType) => !tried.has(modelType)), []);
});
