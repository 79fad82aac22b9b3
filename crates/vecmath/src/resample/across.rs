//! The horizontal pass: four rows at a time, so that a weight is fetched once for all of them.

use super::{CHANNELS, HIGH_BITS, Pairs, SPARE, Weights};
use crate::simd::{FourRows, I16x8, I32x4};

/// Numbers of two neighbouring pixels of four rows, each value beside its right neighbour.
const PAIR: usize = 2 * 4 * CHANNELS;

/// Resizes rows of one width.
pub struct Across {
    pairs: Pairs,
    width: usize,
    /// Four rows, pixel pair by pixel pair: in each, for every row and channel, the left value and the right one.
    stream: Vec<[i16; PAIR]>,
}

impl Across {
    /// Prepares to resize rows of `width` pixels.
    pub fn new(width: usize, weights: &Weights) -> Self {
        Self {
            pairs: Pairs::new(weights),
            width,
            // One pair more: a group of pixels is written with a few numbers behind it.
            stream: vec![[0; PAIR]; width.div_ceil(4) * 2 + 1],
        }
    }

    /// Resizes four rows of `width` pixels. They are written `stride` bytes apart, and the byte behind each is overwritten.
    ///
    /// # Panics
    /// If a row has another length, or `out` no room for four rows and a byte behind each.
    pub fn resize(&mut self, rows: [&[u8]; 4], out: &mut [u8], stride: usize) {
        let mut outs = out.chunks_mut(stride);
        let mut outs = [(); 4].map(|()| outs.next().expect("room for four rows"));
        self.each(rows, |_, x, sums| {
            let at = x * CHANNELS..x * CHANNELS + 4;
            I32x4::store_rgb_rows(sums, outs.each_mut().map(|row| &mut row[at.clone()]));
        });
    }

    /// Resizes four rows of `width` pixels into two pairs of rows, as [`super::Down`] takes them: each value above the one
    /// below it. [`SPARE`] numbers behind each are overwritten.
    ///
    /// # Panics
    /// If a row has another length, or there is no room for a pair and the numbers behind it.
    pub fn resize_to_pairs(&mut self, rows: [&[u8]; 4], out: [&mut [i16]; 2]) {
        let [above, below] = out;
        self.each(rows, |store, x, sums| {
            let at = 2 * CHANNELS * x..2 * CHANNELS * (x + 1) + SPARE;
            store.store_pairs(sums, [&mut above[at.clone()], &mut below[at]]);
        });
    }

    /// Hands over the outputs of four rows, one after the other, three sums for each row.
    #[inline(always)]
    fn each(&mut self, rows: [&[u8]; 4], take: impl FnMut(FourRows, usize, [I32x4; 3])) {
        for row in rows {
            assert_eq!(row.len(), self.width * CHANNELS, "rows of one width");
        }
        let four = FourRows::new();
        self.interleave(four, rows);
        if self.pairs.high.is_empty() {
            self.pass::<false>(four, take);
        } else {
            self.pass::<true>(four, take);
        }
    }

    /// Fills the stream.
    fn interleave(&mut self, four: FourRows, rows: [&[u8]; 4]) {
        let stream = self.stream.as_flattened_mut();
        // Of every sixteen bytes twelve are four pixels.
        for group in 0..self.width.div_ceil(4) {
            let at = group * 4 * CHANNELS;
            let to = &mut stream[group * 2 * PAIR..];
            if at + 16 <= rows[0].len() {
                four.interleave(rows.map(|row| &row[at..at + 16]), to);
            } else {
                let tails = rows.map(|row| {
                    let mut tail = [0; 16];
                    tail[..row.len() - at].copy_from_slice(&row[at..]);
                    tail
                });
                four.interleave(tails.each_ref().map(|tail| &tail[..]), to);
            }
        }
    }

    #[inline(always)]
    fn pass<const WIDE: bool>(
        &self,
        four: FourRows,
        mut take: impl FnMut(FourRows, usize, [I32x4; 3]),
    ) {
        let pairs = &self.pairs;
        let start = I32x4::splat(1 << (pairs.precision - 1));
        for x in 0..pairs.windows.len() - 1 {
            let (begin, low, high) = pairs.of(x);
            let values = &self.stream[begin / 2..];
            let mut sums = [start; 3];
            let mut high_sums = [I32x4::splat(0); 3];
            for ((&low, &high), values) in low.iter().zip(high).zip(values) {
                let low = I16x8::splat_packed(low);
                let high = I16x8::splat_packed(high);
                for (i, at) in [0, 8, 16].into_iter().enumerate() {
                    let value = I16x8::load(&values[at..at + 8]);
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
            take(four, x, sums.map(|sum| sum.shr(pairs.precision)));
        }
    }
}
