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

/** What `make_compressed.py` wrote. */
export const compressed: Record<
  string,
  { samplingRate: number; channels: number; numFrames: number; mono: Sampled }
> = JSON.parse(Deno.readTextFileSync(new URL("compressed.json", import.meta.url)));

/** What `make_features.py` wrote. */
export const features: {
  features: {
    config: Record<string, number>;
    sound: string;
    title: string;
    dims: number[];
    numpy: Sampled;
    /** How far the extractor's two implementations are from each other. */
    torchApart: number;
  }[];
  voxtral: { dims: number[]; features: Sampled };
} = JSON.parse(Deno.readTextFileSync(new URL("features.json", import.meta.url)));

export function readSound(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, import.meta.url));
}
