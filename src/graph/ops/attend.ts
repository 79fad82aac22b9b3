/** One key that a query sees. */
export interface SeenKey {
  /** `[headDim]`. */
  readonly key: Float32Array;
  /** `[headDim]`. */
  readonly value: Float32Array;
  /** Added to the score; 0 if absent. */
  readonly bias?: number;
}

/**
 * Weighs values by softmax of scaled scores; the inner part that both forms of attention share.
 *
 * @param query `[headDim]`.
 * @param seen The keys that are seen, with their values.
 * @param scale Factor of the scores.
 * @param softcap Scores are bent to `softcap * tanh(score / softcap)` before biases are added; not if absent.
 * @returns `[headDim]` weighted mean of the values.
 */
export function attend(
  query: Float32Array,
  seen: readonly SeenKey[],
  scale: number,
  softcap?: number,
): Float64Array {
  const scores = seen.map(({ key, bias = 0 }) => {
    const score = scale * key.reduce((sum, value, i) => sum + value * query[i], 0);
    return (softcap === undefined ? score : softcap * Math.tanh(score / softcap)) + bias;
  });
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(query.length);
  seen.forEach(({ value }, at) => value.forEach((element, i) => mean[i] += weights[at] / total * element));
  return mean;
}
