/**
 * The interpreter, which lowerings are compared with, gives the rows of transformers too; and so does f16.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as ort from "onnxruntime-web";
import { interpret, type Tensor } from "../../src/graph/mod.ts";
import { openGraph } from "../graph/running.ts";
import { openCheckpointEncoder } from "../kit/checkpoint_encoder.ts";
import { type FamilyGolden, readFamily } from "../kit/family_goldens.ts";

const FAMILIES = ["llava_next", "mistral3"];

/** Relative to the larger of 1 and the row's element; f16 through two or three layers. */
const TOLERANCE = { interpreter: 1e-4, f16: 5e-2 } as const;

function checkRows(rows: Tensor, golden: FamilyGolden["cases"][number], tolerance: number): void {
  assertEquals(rows.dims, golden.rows!.dims);
  golden.rows!.values.forEach((want, i) => {
    const at = i * golden.rows!.stride;
    assertAlmostEquals(Number(rows.data[at]), want, tolerance * Math.max(1, Math.abs(want)), `element ${at}`);
  });
}

for (const family of FAMILIES) {
  for (const golden of readFamily(family)) {
    const picture = (name: string) => Deno.readFileSync(new URL(`../testdata/${family}/${name}`, import.meta.url));
    const cases = golden.cases.filter(({ files, processorKwargs }) => files.length === 1 && !processorKwargs);

    Deno.test(`the interpreter encodes the pictures of ${family}/${golden.folder} as transformers does`, async () => {
      const { graph, read, feeds } = await openCheckpointEncoder(family, golden.folder);
      for (const one of cases) {
        checkRows(interpret(graph, read, await feeds(picture(one.files[0]))).rows, one, TOLERANCE.interpreter);
      }
    });

    Deno.test(`WASM f16 encodes the pictures of ${family}/${golden.folder} as transformers does`, async () => {
      const { graph, read, feeds } = await openCheckpointEncoder(family, golden.folder);
      await using session = await openGraph(graph, read, { ort, target: "wasm", dtype: "f16" });
      for (const one of cases) {
        checkRows((await session.run(await feeds(picture(one.files[0])))).rows, one, TOLERANCE.f16);
      }
    });
  }
}
