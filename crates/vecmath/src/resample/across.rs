//! The horizontal pass: four rows at a time, so that a weight is fetched once for all of them.

use super::{CHANNELS, HIGH_BITS, Pairs, Weights};
use crate::simd::{I16x8, I32x4, interleave_rows};

/// Bytes of two neighbouring pixels of four rows, each value beside its right neighbour.
const PAIR: usize = 2 * 4 * CHANNELS;

/// Resizes rows of one width.
pub struct Across {
    pairs: Pairs,
    width: usize,
    /// Four rows, pixel pair by pixel pair: in each, for every row and channel, the left value and the right one.
    stream: Vec<[u8; PAIR]>,
}

impl Across {
    /// Prepares to resize rows of `width` pixels.
    pub fn new(width: usize, weights: &Weights) -> Self {
        Self {
            pairs: Pairs::new(weights, true),
            width,
            // One pair more: a group of pixels is written with a few bytes behind it.
            stream: vec![[0; PAIR]; width.div_ceil(4) * 2 + 1],
        }
    }

    /// Resizes four rows of `width` pixels. They are written `stride` bytes apart, and the byte behind each is overwritten.
    ///
    /// # Panics
    /// If a row has another length, or `out` no room for four rows and a byte behind each.
    pub fn resize(&mut self, rows: [&[u8]; 4], out: &mut [u8], stride: usize) {
        for row in rows {
            assert_eq!(row.len(), self.width * CHANNELS, "rows of one width");
        }
        self.interleave(rows);
        if self.pairs.high.is_empty() {
            self.resize_pass::<false>(out, stride);
        } else {
            self.resize_pass::<true>(out, stride);
        }
    }

    /// Fills the stream.
    fn interleave(&mut self, rows: [&[u8]; 4]) {
        let stream = self.stream.as_flattened_mut();
        // Of every sixteen bytes twelve are four pixels.
        for group in 0..self.width.div_ceil(4) {
            let at = group * 4 * CHANNELS;
            let to = &mut stream[group * 2 * PAIR..];
            if at + 16 <= rows[0].len() {
                interleave_rows(rows.map(|row| &row[at..at + 16]), to);
            } else {
                let tails = rows.map(|row| {
                    let mut tail = [0; 16];
                    tail[..row.len() - at].copy_from_slice(&row[at..]);
                    tail
                });
                interleave_rows(tails.each_ref().map(|tail| &tail[..]), to);
            }
        }
    }

    fn resize_pass<const WIDE: bool>(&self, out: &mut [u8], stride: usize) {
        let pairs = &self.pairs;
        let start = I32x4::splat(1 << (pairs.precision - 1));
        let (top, bottom) = out.split_at_mut(2 * stride);
        let (first, second) = top.split_at_mut(stride);
        let (third, fourth) = bottom.split_at_mut(stride);
        for x in 0..pairs.windows.len() - 1 {
            let (begin, low, high) = pairs.of(x);
            let values = &self.stream[begin / 2..];
            let mut sums = [start; 3];
            let mut high_sums = [I32x4::splat(0); 3];
            for ((&low, &high), values) in low.iter().zip(high).zip(values) {
                let low = I16x8::splat_packed(low);
                let high = I16x8::splat_packed(high);
                let values = [0, 8, 16].map(|at| I16x8::load_u8(&values[at..at + 8]));
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
            let sums = sums.map(|sum| sum.shr(pairs.precision));
            let at = x * CHANNELS..x * CHANNELS + 4;
            I32x4::store_rgb_rows(
                sums,
                [
                    &mut first[at.clone()],
                    &mut second[at.clone()],
                    &mut third[at.clone()],
                    &mut fourth[at],
                ],
            );
        }
    }
}
