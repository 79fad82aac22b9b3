/**
 * Compares drawn sound files with libsndfile, sample by sample, and log-mel features of drawn sounds with transformers:
 *
 *     deno run -A tests/testdata/audio/parity.ts --python path/to/python [--files 1000] [--sounds 40] [--seed 1]
 *
 * WAV and FLAC must be equal up to the rounding of the mix, MP3, Ogg Vorbis and features within 1e-5. Prints what differs and
 * ends with code 1 if anything does.
 *
 * @module
 */
import { decodeAudio } from "../../../src/multimodal/audio.ts";
import { AudioProcessor } from "../../../src/multimodal/audio_processor.ts";
import { type ParityCases, runParity } from "../../kit/parity.ts";

interface Cases extends ParityCases {
  readonly files: readonly { name: string; mono: string; rate: number; channels: number; options: string }[];
  readonly sounds: readonly { sound: string; features: string; featureSize: number }[];
}

/** Largest distance of two samples, in the full scale of a sound; what WAV and FLAC lose is the rounding of the mix. */
const TOLERANCES: Record<string, number> = { wav: 1.2e-7, flac: 1.2e-7, mp3: 1e-5, ogg: 1e-5 };
const FEATURE_TOLERANCE = 1e-5;

function readFloats(path: string): Float32Array {
  return new Float32Array(Deno.readFileSync(path).buffer);
}

function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0);
}

function compareFiles(folder: string, { files }: Cases, report: (text: string) => void): Record<string, number> {
  const largest: Record<string, number> = {};
  for (const { name, mono, rate, channels, options } of files) {
    const about = `${name}, ${channels} channels at ${rate} Hz, ${options}`;
    const format = name.split(".")[1];
    try {
      const found = decodeAudio(Deno.readFileSync(`${folder}/${name}`));
      const wanted = readFloats(`${folder}/${mono}`);
      const apart = distance(found.samples, wanted);
      const isEqual = found.samplingRate === rate && apart <= TOLERANCES[format];
      if (!isEqual) report(`${about}: ${apart} apart, ${found.samples.length} of ${wanted.length} samples`);
      else largest[format] = Math.max(largest[format] ?? 0, apart);
    } catch (error) {
      report(`${about}: ${error}`);
    }
  }
  return largest;
}

async function compareSounds(folder: string, { sounds }: Cases, report: (text: string) => void): Promise<number> {
  let largest = 0;
  for (const { sound, features, featureSize } of sounds) {
    const processor = AudioProcessor.fromConfig({
      feature_extractor_type: "WhisperFeatureExtractor",
      feature_size: featureSize,
    });
    const samples = readFloats(`${folder}/${sound}`);
    const { input_features } = await processor.process([samples], { samplingRate: 16000 });
    const apart = distance(input_features.data as Float32Array, readFloats(`${folder}/${features}`));
    if (!(apart <= FEATURE_TOLERANCE)) report(`${sound}, ${samples.length} samples, ${featureSize} mels: ${apart} apart`);
    else largest = Math.max(largest, apart);
  }
  return largest;
}

if (import.meta.main) {
  await runParity<Cases>({
    script: new URL("parity.py", import.meta.url),
    options: { files: "1000", sounds: "40", seed: "1" },
    async compare(folder, cases, report) {
      const largest = compareFiles(folder, cases, report);
      const features = await compareSounds(folder, cases, report);
      const counts = `${cases.files.length} files and ${cases.sounds.length} sounds, at most apart:`;
      return [counts, { ...largest, features }];
    },
  });
}
