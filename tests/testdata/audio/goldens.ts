/** Values of a golden, thinned out. */
export interface Sampled {
  length: number;
  sum: number;
  stride: number;
  head: number[];
}

/** What `make_goldens.py` wrote. */
export interface AudioGoldens {
  files: Record<
    string,
    { samplingRate: number; channels: number; numFrames: number; mono: Sampled; at16k: Sampled }
  >;
  features: {
    title: string;
    featureSize: number;
    dims: number[];
    features: Sampled;
    maskDims: number[];
    mask: number[];
  }[];
  maskOfSamples: { dims: number[]; sum: number };
}

export const goldens: AudioGoldens = JSON.parse(
  Deno.readTextFileSync(new URL("goldens.json", import.meta.url)),
);

export function readSound(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, import.meta.url));
}
