import { decodeAudio, resampleAudio } from "../../src/multimodal/audio.ts";
import { AudioProcessor } from "../../src/multimodal/audio_processor.ts";
import type { Measurement } from "./main.ts";
import { runPython } from "./python.ts";

const [RUNS, ROUNDS] = [7, 3];

/** Pinned here only: the product must not know it. A variable, so that nothing resolves it before it is asked for. */
const TRANSFORMERS_JS: string = "npm:@huggingface/transformers@3.8.1";

const WHISPER = {
  feature_extractor_type: "WhisperFeatureExtractor",
  feature_size: 128,
  sampling_rate: 16_000,
  hop_length: 160,
  n_fft: 400,
  chunk_length: 30,
  n_samples: 480_000,
  nb_max_frames: 3000,
};

type Times = Record<string, number>;

async function fastest(work: () => unknown): Promise<number> {
  let best = Infinity;
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await work();
    if (run > 0) best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Samples of `audio.py`. */
function readSamples(path: string): Float32Array {
  return new Float32Array(Deno.readFileSync(path).buffer);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // soundfile is not installed
  }
}

async function timeLimbus(folder: string): Promise<Times> {
  const noise = readSamples(`${folder}/noise.f32`);
  const mono = readSamples(`${folder}/mono_44k.f32`);
  const processor = AudioProcessor.fromConfig(WHISPER);
  const found: Times = {
    features: await fastest(() => processor.process([noise], { samplingRate: 16_000 })),
    resample: await fastest(() => resampleAudio(mono, 44_100, 16_000)),
  };
  for (const format of ["flac", "mp3", "ogg"]) {
    const path = `${folder}/sound.${format}`;
    if (!exists(path)) continue;
    const file = Deno.readFileSync(path);
    found[format] = await fastest(() => decodeAudio(file, { samplingRate: 44_100 }));
  }
  return found;
}

async function timePython(python: string, folder: string): Promise<Times> {
  return JSON.parse(await runPython(python, "audio.py", [folder, RUNS]));
}

/** The extractor of the npm package, or nothing where it cannot be loaded. */
async function timeTransformersJs(folder: string): Promise<Times> {
  const { WhisperFeatureExtractor } = await import(TRANSFORMERS_JS).catch(() => ({}));
  if (!WhisperFeatureExtractor) return {};
  const extractor = new WhisperFeatureExtractor(WHISPER);
  const noise = readSamples(`${folder}/noise.f32`);
  return { "transformers.js": await fastest(() => extractor(noise)) };
}

/**
 * Log-mel features of 30 s, resampling and decoding of 30 s of stereo, against transformers, soxr, libsndfile and
 * transformers.js: one thread each, in turns, the fastest run of each.
 *
 * @param python With transformers; compressed files are left out if it lacks soundfile, soxr if it lacks that.
 */
export async function benchAudio(python: string): Promise<Measurement[]> {
  const folder = Deno.makeTempDirSync({ prefix: "limbus-bench-" });
  const best: Times = {};
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const found = { ...await timePython(python, folder), ...prefixed(await timeLimbus(folder)) };
      const all: Times = { ...found, ...await timeTransformersJs(folder) };
      for (const [name, time] of Object.entries(all)) best[name] = Math.min(best[name] ?? Infinity, time);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  const against = (what: string, ours: string, theirs: string, peer: string, goal: string): Measurement[] => {
    const [limbus, other] = [best[`limbus ${ours}`], best[theirs]];
    if (limbus === undefined || other === undefined) return [];
    const note = `${limbus.toFixed(1)} ms against ${other.toFixed(1)} ms`;
    return [{ name: `${what}, times as fast as ${peer}`, value: other / limbus, unit: "x", goal, note }];
  };
  const logMel = "log-mel of 30 s, 128 mels";
  return [
    { name: logMel, value: best["limbus features"], unit: "ms", goal: "20 or less" },
    ...against(logMel, "features", "torch", "transformers (torch)", "more than 1"),
    ...against(logMel, "features", "numpy", "transformers (NumPy)", "more than 1"),
    ...against(logMel, "features", "transformers.js", "transformers.js", "more than 1"),
    ...against("44.1 to 16 kHz", "resample", "resample torch", "torchaudio's formula", "more than 1"),
    ...against("44.1 to 16 kHz", "resample", "resample soxr", "soxr HQ", "none, shorter filter"),
    ...["flac", "mp3", "ogg"].flatMap((format) =>
      against(`${format} of 30 s`, format, format, "libsndfile", "0.5 or more")
    ),
  ];
}

function prefixed(times: Times): Times {
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [`limbus ${name}`, time]));
}
