//! Inner products with one filter.

use crate::simd::F32x4;

/// Products of each row with `filter` at the same place, eight numbers at a time.
///
/// The filter is read once for all rows. Each sum is of eight partial ones, in 32 bits.
///
/// # Panics
/// If a row is shorter than the filter.
pub fn dots<const ROWS: usize>(rows: [&[f32]; ROWS], filter: &[f32]) -> [f32; ROWS] {
    let len = filter.len();
    let rows = rows.map(|row| &row[..len]);
    let (taps, rest) = filter.as_chunks::<8>();
    let blocks = rows.map(|row| &row.as_chunks::<8>().0[..taps.len()]);
    let mut sums = [[F32x4::splat(0.0); 2]; ROWS];
    for (at, taps) in taps.iter().enumerate() {
        let (low, high) = (F32x4::load(&taps[..4]), F32x4::load(&taps[4..]));
        for (sum, blocks) in sums.iter_mut().zip(&blocks) {
            let seen = &blocks[at];
            sum[0] = sum[0].add(F32x4::load(&seen[..4]).mul(low));
            sum[1] = sum[1].add(F32x4::load(&seen[4..]).mul(high));
        }
    }
    std::array::from_fn(|i| {
        let left = rows[i][len - rest.len()..].iter().zip(rest);
        let left: f32 = left.map(|(x, y)| x * y).sum();
        sums[i][0].add(sums[i][1]).to_array().iter().sum::<f32>() + left
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum() {
        let mut rng = fastrand::Rng::with_seed(3);
        let mut noise =
            |len: usize| -> Vec<f32> { (0..len).map(|_| rng.f32() * 2.0 - 1.0).collect() };
        for len in 0..70 {
            let filter = noise(len);
            let rows: [Vec<f32>; 3] = std::array::from_fn(|_| noise(len + 2));
            let got = dots([&rows[0], &rows[1], &rows[2]], &filter);
            for (got, row) in got.iter().zip(&rows) {
                let want: f64 = row
                    .iter()
                    .zip(&filter)
                    .map(|(&x, &y)| f64::from(x) * f64::from(y))
                    .sum();
                assert!(
                    (f64::from(*got) - want).abs() < 1e-6 * (1.0 + len as f64),
                    "{len}"
                );
            }
        }
    }
}
