import { CoreImage } from "../../src/compute/core.ts";
import { decodeIntoCore } from "../../src/multimodal/image.ts";
import { type Measurement, median } from "./main.ts";
import { runPython } from "./python.ts";

const [RUNS, ROUNDS] = [7, 3];

/** As in images.py. */
const SIZES: Readonly<Record<string, readonly [width: number, height: number]>> = {
  photo: [1680, 1050],
  "4k": [3840, 2160],
};
const RESIZES = [["4k", 1008, 560], ["4k", 336, 336], ["photo", 2576, 1610]] as const;

/** Goals of the resizes that have one. */
const GOALS: Readonly<Record<string, string>> = {
  "4k to 1008 x 560, pillow": "2 or more, 20 ms or less",
};

function milliseconds(work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return median(times.slice(1));
}

function timeLimbus(folder: string): Record<string, number> {
  const found: Record<string, number> = {};
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  for (const name of names.filter((name) => !name.endsWith(".rgb"))) {
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    found[name] = milliseconds(() => decodeIntoCore(bytes).free());
  }
  for (const [name, width, height] of RESIZES) {
    using image = CoreImage.fromPixels(Deno.readFileSync(`${folder}/${name}.rgb`), ...SIZES[name]);
    const title = `${name} to ${width} x ${height}`;
    found[`${title}, pillow`] = milliseconds(() => image.resizeAsPillow(width, height, "bicubic").free());
    found[`${title}, torchvision`] = milliseconds(() => image.resize(width, height, "bicubic").free());
  }
  return found;
}

async function timePython(python: string, folder: string): Promise<Record<string, number>> {
  return JSON.parse(await runPython(python, "images.py", [folder, RUNS]));
}

/** Decoding and bicubic resizes, exact to the reference, against Pillow and torchvision: one thread each, in turns. */
export async function benchImages(python: string): Promise<Measurement[]> {
  const folder = Deno.makeTempDirSync({ prefix: "limbus-bench-" });
  try {
    const [ours, theirs]: Record<string, number>[][] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(await timePython(python, folder));
      ours.push(timeLimbus(folder));
    }
    return Object.keys(theirs[0]).map((name) => {
      const [limbus, reference] = [ours, theirs].map((rounds) => Math.min(...rounds.map((times) => times[name])));
      const isFile = /\.(jpg|png|webp)$/.test(name);
      const peer = name.endsWith("torchvision") ? "torchvision" : "pillow";
      return {
        name: `${isFile ? "decode " : "resize "}${name.replace(/, .*/, "")}, times as fast as ${peer}`,
        value: reference / limbus,
        unit: "x",
        goal: GOALS[name] ?? (name.endsWith("jpg") ? "0.67 or more" : undefined),
        note: `${limbus.toFixed(1)} ms against ${reference.toFixed(1)} ms`,
      };
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
