/**
 * Compares thousands of drawn picture files, damaged ones and resizes with Pillow and torchvision, byte for byte:
 *
 *     deno run -A tests/testdata/image/parity.ts --python path/to/python [--files 3000] [--webps 3000] [--resizes 1000]
 *         [--damaged 3000] [--seed 1]
 *
 * Prints what differs and ends with code 1 if anything does.
 *
 * @module
 */
import { decodeImage, type ResizeFilter, resizeImage } from "../../../src/multimodal/image.ts";
import { MediaDecodeError } from "../../../src/core/errors.ts";
import { type ParityCases, runParity } from "../../kit/parity.ts";

interface Cases extends ParityCases {
  readonly files: readonly {
    name: string;
    options: object;
    width: number;
    height: number;
    white: string;
    drop: string;
  }[];
  readonly damaged: readonly { name: string; options: object; shown: string | null }[];
  readonly resizes: readonly {
    name: string;
    width: number;
    height: number;
    to: [width: number, height: number];
    results: [exactTo: "pillow" | "torchvision", resample: ResizeFilter, sha: string][];
  }[];
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)).toHex();
}

async function compareFiles(folder: string, { files }: Cases, report: (text: string) => void): Promise<void> {
  for (const { name, options, width, height, ...wanted } of files) {
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    for (const alpha of ["white", "drop"] as const) {
      try {
        const image = decodeImage(bytes, { alpha });
        const isEqual = image.width === width && image.height === height && await sha256(image.data) === wanted[alpha];
        if (!isEqual) report(`${name}, ${alpha}: other pixels, ${width} x ${height}, ${JSON.stringify(options)}`);
      } catch (error) {
        report(`${name}, ${alpha}: ${error}, ${JSON.stringify(options)}`);
      }
    }
  }
}

async function compareDamaged(folder: string, { damaged }: Cases, report: (text: string) => void): Promise<void> {
  for (const { name, options, shown } of damaged) {
    let found: string | null = null;
    try {
      found = await sha256(decodeImage(Deno.readFileSync(`${folder}/${name}`)).data);
    } catch (error) {
      if (!(error instanceof MediaDecodeError)) throw error;
    }
    if (found === shown) continue;
    const how = found === null ? "refused" : shown === null ? "shown, where Pillow refuses it" : "other pixels";
    report(`${name}: ${how}, ${JSON.stringify(options)}`);
  }
}

async function compareResizes(folder: string, { resizes }: Cases, report: (text: string) => void): Promise<void> {
  for (const { name, width, height, to, results } of resizes) {
    const image = { width, height, channels: 3 as const, data: Deno.readFileSync(`${folder}/${name}`) };
    for (const [exactTo, resample, sha] of results) {
      const resized = resizeImage(image, { width: to[0], height: to[1], resample, exactTo });
      if (await sha256(resized.data) === sha) continue;
      report(`${name}: other pixels by ${exactTo}'s ${resample}, ${width} x ${height} to ${to.join(" x ")}`);
    }
  }
}

if (import.meta.main) {
  await runParity<Cases>({
    script: new URL("parity.py", import.meta.url),
    options: { files: "3000", resizes: "1000", seed: "1", webps: "3000", damaged: "3000" },
    async compare(folder, cases, report) {
      await compareFiles(folder, cases, report);
      await compareDamaged(folder, cases, report);
      await compareResizes(folder, cases, report);
      const numResizes = cases.resizes.reduce((sum, { results }) => sum + results.length, 0);
      const { files, damaged } = cases;
      return [`${2 * files.length} decodes, ${damaged.length} damaged files and ${numResizes} resizes`];
    },
  });
}
