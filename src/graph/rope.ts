/**
 * Rotary position parameters: which frequencies a checkpoint's configuration means.
 *
 * @module
 */

/** Rope parameters, in the spelling of transformers 5 (`rope_parameters`). */
export type RopeParameters = {
  /** How the frequencies are scaled. */
  readonly type: "default" | "linear" | "llama3";
  /** Base of the frequencies, such as 10000. */
  readonly theta: number;
  /** `linear`, `llama3`: by how much the context was stretched. */
  readonly factor?: number;
  /** `llama3`: frequencies with fewer turns than this over the old context are divided by `factor`. */
  readonly lowFreqFactor?: number;
  /** `llama3`: frequencies with more turns than this over the old context are kept. */
  readonly highFreqFactor?: number;
  /** `llama3`: length of the old context in tokens. */
  readonly originalMaxPositions?: number;
};

/**
 * Computes the angle per position for each pair of elements.
 *
 * Source: Su et al. 2021 for `default`; transformers `modeling_rope_utils.py` for `linear` and `llama3`.
 *
 * @param rope The parameters.
 * @param rotaryDim Elements of a head that are rotated; even.
 * @returns `[rotaryDim / 2]` radians per position.
 */
export function ropeFrequencies(rope: RopeParameters, rotaryDim: number): Float64Array {
  return Float64Array.from({ length: rotaryDim / 2 }, (_, pair) => {
    // transformers computes these in f32, and positions reach 1e5: the rounding is part of the model.
    const frequency = Math.fround(1 / Math.fround(rope.theta ** Math.fround(2 * pair / rotaryDim)));
    if (rope.type === "default") return frequency;
    const factor = rope.factor ?? 1;
    if (rope.type === "linear") return Math.fround(frequency / factor);
    const { lowFreqFactor = 1, highFreqFactor = 4, originalMaxPositions = 8192 } = rope;
    const wavelength = 2 * Math.PI / frequency;
    if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
    if (wavelength > originalMaxPositions / lowFreqFactor) return Math.fround(frequency / factor);
    const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return Math.fround((1 - smooth) * frequency / factor + smooth * frequency);
  });
}
