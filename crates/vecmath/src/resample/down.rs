//! The vertical pass: sixteen values of a row at a time.

use super::{HIGH_BITS, Pairs, Weights};
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
            pairs: Pairs::new(weights, false),
        }
    }

    /// The rows that output row `y` looks at; one more at its end may weigh nothing.
    pub fn window(&self, y: usize) -> Range<usize> {
        let (first, low, _) = self.pairs.of(y);
        first..first + 2 * low.len()
    }

    /// Makes output row `y`; `row` gives the rows of its window as blocks of sixteen bytes, for a row below the last one
    /// any.
    ///
    /// # Panics
    /// If a row has fewer blocks than `out`.
    pub fn resize<'a>(
        &self,
        y: usize,
        row: impl Fn(usize) -> &'a [[u8; 16]],
        out: &mut [[u8; 16]],
    ) {
        if self.pairs.high.is_empty() {
            self.resize_pass::<false>(y, row, out);
        } else {
            self.resize_pass::<true>(y, row, out);
        }
    }

    fn resize_pass<'a, const WIDE: bool>(
        &self,
        y: usize,
        row: impl Fn(usize) -> &'a [[u8; 16]],
        out: &mut [[u8; 16]],
    ) {
        let pairs = &self.pairs;
        let (first, low, high) = pairs.of(y);
        let blocks = out.len();
        let rows: Vec<[&[[u8; 16]]; 2]> = (0..low.len())
            .map(|pair| [0, 1].map(|i| &row(first + 2 * pair + i)[..blocks]))
            .collect();
        let start = I32x4::splat(1 << (pairs.precision - 1));
        for (x, out) in out.iter_mut().enumerate() {
            let mut sums = [start; 4];
            let mut high_sums = [I32x4::splat(0); 4];
            for ((&low, &high), rows) in low.iter().zip(high).zip(&rows) {
                let low = I16x8::splat_packed(low);
                let high = I16x8::splat_packed(high);
                let values = I16x8::row_pairs(&rows[0][x], &rows[1][x]);
                for (i, value) in values.into_iter().enumerate() {
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
