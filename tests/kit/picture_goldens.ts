/**
 * Compares picture processors with what transformers' ones gave.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ImageProcessor } from "../../src/multimodal/image_processor.ts";
import { pictureSettings } from "../../src/multimodal/image_processors/settings.ts";
import { sha256 } from "../testdata/image/goldens.ts";
import { drawnPicture } from "./drawn_picture.ts";
import { readFamily } from "./family_goldens.ts";

/** `processed.json`: settings, and for pictures of some sizes shape and hash of `pixel_values`. */
type ProcessedGolden = { config: object; outputs: [width: number, height: number, dims: number[], sha256: string][] }[];

const at = (family: string, name: string) => new URL(`../testdata/${family}/${name}`, import.meta.url);

/** Settings of the picture processor of a checkpoint, in the form of transformers 4 or 5. */
export function readPictureSettings(family: string, folder: string): object {
  for (const name of ["preprocessor_config.json", "processor_config.json"]) {
    try {
      return JSON.parse(Deno.readTextFileSync(at(family, `${folder}/${name}`)));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Expected picture settings in ${family}/${folder}: found none`);
}

/**
 * Every tensor of every case of a family, all its pictures in one batch.
 *
 * @param changes Settings that the family puts over those of a checkpoint.
 */
export async function checkBatches(family: string, changes: (folder: string) => object = () => ({})): Promise<void> {
  for (const { folder, cases } of readFamily(family)) {
    const settings = pictureSettings(readPictureSettings(family, folder));
    const processor = ImageProcessor.fromConfig({ ...settings, ...changes(folder) });
    for (const { title, files, tensors, processorKwargs } of cases) {
      if (!tensors || processorKwargs) continue;
      const outputs = await processor.process(files.map((file) => Deno.readFileSync(at(family, file))));
      assertEquals(Object.keys(outputs).sort(), Object.keys(tensors).sort());
      for (const [name, { dims, sum, stride, head }] of Object.entries(tensors)) {
        assertEquals(outputs[name].dims, dims, `${title}: ${name}`);
        const values = Array.from(outputs[name].data as Float32Array, Number);
        head.forEach((want, i) => assertAlmostEquals(values[i * stride], want, 1e-5, `${name} at ${i * stride}`));
        const total = values.reduce((a, b) => a + b, 0);
        assertAlmostEquals(total, sum, 1e-6 * values.length + 1e-6, `${title}: sum of ${name}`);
      }
    }
  }
}

/** `pixel_values` of drawn pictures for many settings and sizes, bit for bit. */
export async function checkProcessed(family: string, processorType: string): Promise<void> {
  const goldens: ProcessedGolden = JSON.parse(Deno.readTextFileSync(at(family, "processed.json")));
  for (const { config, outputs } of goldens) {
    const processor = ImageProcessor.fromConfig({ image_processor_type: processorType, ...config });
    for (const [width, height, dims, hash] of outputs) {
      const { pixel_values } = await processor.process([await drawnPicture(width, height)]);
      const about = `${width} x ${height} with ${JSON.stringify(config)}`;
      assertEquals([...pixel_values.dims], dims, about);
      assertEquals(await sha256(pixel_values.data), hash, about);
    }
  }
}
