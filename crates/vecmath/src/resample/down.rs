//! The vertical pass: sixteen values of a row at a time, out of pairs of rows.

use super::{HIGH_BITS, PairBlock, Pairs, Weights};
use crate::simd::{I16x8, I32x4};
use std::ops::Range;

/// Makes rows out of the rows of their windows.
pub struct Down {
    pairs: Pairs,
}

impl Down {
    /// Prepares to resize columns.
    pub fn new(weights: &Weights) -> Self {
        Self {
            pairs: Pairs::new(weights),
        }
    }

    /// The rows that output row `y` looks at, whole pairs from an even one on; the last one may weigh nothing.
    pub fn window(&self, y: usize) -> Range<usize> {
        let (first, low, _) = self.pairs.of(y);
        first..first + 2 * low.len()
    }

    /// Makes output row `y`; `pair` gives the pair that begins at an even row of its window.
    ///
    /// # Panics
    /// If a pair has fewer blocks than `out`.
    pub fn resize<'a>(
        &self,
        y: usize,
        pair: impl Fn(usize) -> &'a [PairBlock],
        out: &mut [[u8; 16]],
    ) {
        if self.pairs.high.is_empty() {
            self.pass::<false>(y, pair, out);
        } else {
            self.pass::<true>(y, pair, out);
        }
    }

    fn pass<'a, const WIDE: bool>(
        &self,
        y: usize,
        pair: impl Fn(usize) -> &'a [PairBlock],
        out: &mut [[u8; 16]],
    ) {
        let pairs = &self.pairs;
        let (first, low, high) = pairs.of(y);
        let rows: Vec<&[PairBlock]> = (0..low.len())
            .map(|i| &pair(first + 2 * i)[..out.len()])
            .collect();
        let start = I32x4::splat(1 << (pairs.precision - 1));
        for (x, out) in out.iter_mut().enumerate() {
            let mut sums = [start; 4];
            let mut high_sums = [I32x4::splat(0); 4];
            for ((&low, &high), row) in low.iter().zip(high).zip(&rows) {
                let low = I16x8::splat_packed(low);
                let high = I16x8::splat_packed(high);
                for (i, values) in row[x].iter().enumerate() {
                    let value = I16x8::load(values);
                    sums[i] = sums[i].add(value.dot(low));
                    if WIDE {
                        high_sums[i] = high_sums[i].add(value.dot(high));
                    }
                }
            }
            if WIDE {
                for (sum, high) in sums.iter_mut().zip(high_sums) {
                    *sum = high.shl(HIGH_BITS).add(*sum);
                }
            }
            I32x4::store_u8(sums.map(|sum| sum.shr(pairs.precision)), out);
        }
    }
}

/// Two rows as a pair, each value above the one below it; the rest of the last block is zero.
///
/// # Panics
/// If the rows differ in length or `out` has too few blocks.
pub fn pair_rows(above: &[u8], below: &[u8], out: &mut [PairBlock]) {
    assert_eq!(above.len(), below.len(), "rows of one length");
    let out = &mut out[..above.len().div_ceil(16)];
    let mut put = |i: usize, above: &[u8; 16], below: &[u8; 16]| {
        for (to, values) in out[i].iter_mut().zip(I16x8::row_pairs(above, below)) {
            values.store(to);
        }
    };
    let ((above, above_rest), (below, below_rest)) = (above.as_chunks(), below.as_chunks());
    for (i, (above, below)) in above.iter().zip(below).enumerate() {
        put(i, above, below);
    }
    if !above_rest.is_empty() {
        let [above_end, below_end] = [above_rest, below_rest].map(|rest| {
            let mut end = [0; 16];
            end[..rest.len()].copy_from_slice(rest);
            end
        });
        put(above.len(), &above_end, &below_end);
    }
}
