import { decodeAudio } from "../../src/multimodal/audio.ts";
import { AudioProcessor } from "../../src/multimodal/audio_processor.ts";
import { ImageProcessor } from "../../src/multimodal/image_processor.ts";
import { type Measurement, median } from "./main.ts";
import { runPython } from "./python.ts";

const [RUNS, ROUNDS, THREADS] = [9, 3, 1];

const HALF = [0.5, 0.5, 0.5];

/** Processors as real checkpoints configure them: a JPEG of 1300 x 876 pixels, or a WAV of 20 s, from file to tensors. */
const CASES: Readonly<Record<string, Record<string, unknown>>> = {
  llava: {
    image_processor_type: "CLIPImageProcessor",
    size: { shortest_edge: 336 },
    crop_size: { height: 336, width: 336 },
  },
  llava_next: {
    image_processor_type: "LlavaNextImageProcessor",
    image_grid_pinpoints: [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]],
    size: { shortest_edge: 336 },
    crop_size: { height: 336, width: 336 },
  },
  qwen2_vl: { image_processor_type: "Qwen2VLImageProcessor" },
  idefics3: { image_processor_type: "Idefics3ImageProcessor" },
  gemma3: {
    image_processor_type: "Gemma3ImageProcessor",
    size: { height: 896, width: 896 },
    image_mean: HALF,
    image_std: HALF,
  },
  mistral3: {
    image_processor_type: "PixtralImageProcessor",
    size: { longest_edge: 1540 },
    patch_size: { height: 14, width: 14 },
  },
  qwen2_audio: { feature_extractor_type: "WhisperFeatureExtractor", feature_size: 128 },
};

function pictureWork(config: Record<string, unknown>, file: Uint8Array): () => Promise<unknown> {
  const processor = ImageProcessor.fromConfig(config);
  return () => processor.process([file]);
}

function soundWork(config: Record<string, unknown>, file: Uint8Array): () => Promise<unknown> {
  const processor = AudioProcessor.fromConfig(config);
  return () => {
    const { samples, samplingRate } = decodeAudio(file, { samplingRate: 16_000 });
    return processor.process([samples], { samplingRate });
  };
}

async function timeLimbus(folder: string): Promise<Record<string, number>> {
  const picture = Deno.readFileSync(`${folder}/picture.jpg`);
  const sound = Deno.readFileSync(`${folder}/sound.wav`);
  const found: Record<string, number> = {};
  for (const [name, config] of Object.entries(CASES)) {
    const work = config.feature_extractor_type ? soundWork(config, sound) : pictureWork(config, picture);
    const times: number[] = [];
    for (let run = 0; run < RUNS + 2; run++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    found[name] = median(times.slice(2));
  }
  return found;
}

async function timeTransformers(python: string, folder: string): Promise<Record<string, number>> {
  const cases = `${folder}/cases.json`;
  Deno.writeTextFileSync(cases, JSON.stringify(CASES));
  return JSON.parse(await runPython(python, "processing.py", [cases, folder, RUNS, THREADS]));
}

/** Media processing, decoding included, against transformers' torchvision processors: one thread each, in turns. */
export async function benchProcessing(python: string): Promise<Measurement[]> {
  const folder = Deno.makeTempDirSync({ prefix: "limbus-bench-" });
  try {
    const [ours, theirs]: Record<string, number>[][] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(await timeTransformers(python, folder));
      ours.push(await timeLimbus(folder));
    }
    return Object.keys(CASES).map((name) => {
      const [limbus, transformers] = [ours, theirs].map((rounds) => median(rounds.map((times) => times[name])));
      return {
        name: `${name} processor, times as fast as transformers`,
        value: transformers / limbus,
        unit: "x",
        goal: "1 or more",
        note: `${limbus.toFixed(1)} ms against ${transformers.toFixed(1)} ms`,
      };
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
