/**
 * Rotary position parameters: which frequencies a checkpoint's configuration means.
 *
 * @module
 */

/** Rope parameters, in the spelling of transformers 5 (`rope_parameters`). */
export type RopeParameters = {
  /** How the frequencies are scaled. */
  readonly type: "default" | "linear" | "llama3" | "yarn" | "longrope";
  /** Base of the frequencies, such as 10000. */
  readonly theta: number;
  /** `linear`, `llama3`, `yarn`: by how much the context was stretched. */
  readonly factor?: number;
  /** `llama3`: frequencies with fewer turns than this over the old context are divided by `factor`. */
  readonly lowFreqFactor?: number;
  /** `llama3`: frequencies with more turns than this over the old context are kept. */
  readonly highFreqFactor?: number;
  /** `llama3`, `yarn`, `longrope`: length of the old context in tokens. */
  readonly originalMaxPositions?: number;
  /** `yarn`: frequencies with more turns than this over the old context are kept; 32 if absent. */
  readonly betaFast?: number;
  /** `yarn`: frequencies with fewer turns than this over the old context are divided by `factor`; 1 if absent. */
  readonly betaSlow?: number;
  /** `yarn`: whether the ends of the ramp between both are whole pairs; true if absent. */
  readonly truncate?: boolean;
  /** `longrope`: divisor of each frequency in a sequence within the old context. */
  readonly shortFactors?: readonly number[];
  /** `longrope`: divisor of each frequency in a longer sequence. */
  readonly longFactors?: readonly number[];
  /** `yarn`, `longrope`: factor of cosines and sines; 1 if absent. */
  readonly attentionFactor?: number;
};

/** Pairs before `low` count 0, pairs after `high` 1, with a straight line between them. */
function yarnRamp(rope: RopeParameters, rotaryDim: number): (pair: number) => number {
  const { theta, originalMaxPositions = 2048, betaFast = 32, betaSlow = 1, truncate = true } = rope;
  const pairOfTurns = (turns: number) =>
    rotaryDim * Math.log(originalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  const [first, last] = [pairOfTurns(betaFast), pairOfTurns(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, rotaryDim - 1);
  const width = low === high ? 0.001 : high - low;
  return (pair) => Math.fround(Math.min(1, Math.max(0, (pair - low) / width)));
}

/**
 * Computes the angle per position for each pair of elements.
 *
 * Source: Su et al. 2021 for `default`; transformers `modeling_rope_utils.py` for the others.
 *
 * @param rope The parameters.
 * @param rotaryDim Elements of a head that are rotated; even.
 * @param isLong `longrope`: whether the sequence is longer than the old context.
 * @returns `[rotaryDim / 2]` radians per position.
 */
export function ropeFrequencies(rope: RopeParameters, rotaryDim: number, isLong = false): Float64Array {
  const { factor = 1 } = rope;
  const ramp = rope.type === "yarn" ? yarnRamp(rope, rotaryDim) : undefined;
  return Float64Array.from({ length: rotaryDim / 2 }, (_, pair) => {
    // transformers computes these in f32, and positions reach 1e5: the rounding is part of the model.
    const power = Math.fround(rope.theta ** Math.fround(2 * pair / rotaryDim));
    const frequency = Math.fround(1 / power);
    if (rope.type === "linear") return Math.fround(frequency / factor);
    if (rope.type === "longrope") {
      const divisor = (isLong ? rope.longFactors : rope.shortFactors)?.[pair] ?? 1;
      return Math.fround(1 / Math.fround(Math.fround(divisor) * power));
    }
    if (ramp) {
      const stretched = Math.fround(1 / Math.fround(factor * power));
      return Math.fround(stretched * ramp(pair) + frequency * (1 - ramp(pair)));
    }
    if (rope.type === "default") return frequency;
    const { lowFreqFactor = 1, highFreqFactor = 4, originalMaxPositions = 8192 } = rope;
    const wavelength = 2 * Math.PI / frequency;
    if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
    if (wavelength > originalMaxPositions / lowFreqFactor) return Math.fround(frequency / factor);
    const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return Math.fround((1 - smooth) * frequency / factor + smooth * frequency);
  });
}

/**
 * How position ids of a sequence begin. `longrope` has two sets of frequencies: ids from the old context's length on mean
 * those of long sequences, at the id minus that length, for every token of such a sequence.
 *
 * @param rope The parameters.
 * @param numTokens Length of the sequence.
 * @returns What is added to every position.
 */
export function ropeOffset(rope: RopeParameters, numTokens: number): number {
  const { type, originalMaxPositions = Infinity } = rope;
  return type === "longrope" && numTokens > originalMaxPositions ? originalMaxPositions : 0;
}

/**
 * Number of position ids that a table needs.
 *
 * @param rope The parameters.
 * @param maxPositions Length of the longest sequence.
 * @returns `maxPositions`, or more where sequences begin as {@linkcode ropeOffset} says.
 */
export function ropeTableRows(rope: RopeParameters, maxPositions: number): number {
  return ropeOffset(rope, maxPositions) + maxPositions;
}

/**
 * Computes the cosines or sines of all angles.
 *
 * @param kind Which.
 * @param rope The parameters.
 * @param rotaryDim Elements of a head that are rotated; even.
 * @param maxPositions Length of the longest sequence.
 * @returns `[rows, rotaryDim / 2]` by position id, with {@linkcode ropeTableRows} rows.
 */
export function ropeTable(
  kind: "cos" | "sin",
  rope: RopeParameters,
  rotaryDim: number,
  maxPositions: number,
): Float32Array<ArrayBuffer> {
  const half = rotaryDim / 2;
  const border = ropeOffset(rope, maxPositions) || Infinity;
  const { attentionFactor = 1 } = rope;
  const [short, long] = [false, true].map((isLong) => ropeFrequencies(rope, rotaryDim, isLong));
  const data = new Float32Array(ropeTableRows(rope, maxPositions) * half);
  for (let i = 0; i < data.length; i++) {
    const [id, pair] = [Math.floor(i / half), i % half];
    const angle = Math.fround(id < border ? id * short[pair] : (id - border) * long[pair]);
    data[i] = Math.fround(Math[kind](angle)) * attentionFactor;
  }
  return data;
}
