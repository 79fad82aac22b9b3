/**
 * Weighs values by softmax of scaled scores; the inner part that both forms of attention share.
 *
 * @param query `[headDim]`.
 * @param keys Key of each position that is seen, `[headDim]`.
 * @param values Value of each position that is seen, `[headDim]`.
 * @param scale Factor of the scores.
 * @returns `[headDim]` weighted mean of the values.
 */
export function attend(query: Float32Array, keys: Float32Array[], values: Float32Array[], scale: number): Float64Array {
  const scores = keys.map((key) => scale * key.reduce((sum, value, i) => sum + value * query[i], 0));
  const largest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(query.length);
  values.forEach((value, position) => value.forEach((element, i) => mean[i] += weights[position] / total * element));
  return mean;
}
