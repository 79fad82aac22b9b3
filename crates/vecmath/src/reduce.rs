//! Reductions over logits: maxima, the best token, sums of exponentials. One pass over the memory each.

use crate::simd::{F32x4, U32x4};
use std::f32::consts::LOG2_E;
use std::hint::black_box;

/// Logits in one block of [`block_maxima`] and [`exp_sums`].
pub const BLOCK: usize = 256;
/// Elements of a step: four vectors, so that no addition waits for the one before.
const STEP: usize = 16;

/// The sixteen elements of a step, as four vectors.
#[inline(always)]
fn step(s: &[f32]) -> [F32x4; 4] {
    let s = &s[..STEP];
    [
        F32x4::load(s),
        F32x4::load(&s[4..]),
        F32x4::load(&s[8..]),
        F32x4::load(&s[12..]),
    ]
}

/// The elements behind the last whole step, filled up with minus infinity.
fn last_step(s: &[f32]) -> [f32; STEP] {
    let rest = &s[s.len() / STEP * STEP..];
    let mut padded = [f32::NEG_INFINITY; STEP];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// Largest element of each block of [`BLOCK`]; `None` if there is a NaN.
pub fn block_maxima(x: &[f32]) -> Option<Vec<f32>> {
    let mut nan = U32x4::splat(0);
    let mut largest = |block: &[f32]| {
        let mut best = [F32x4::splat(f32::NEG_INFINITY); 4];
        let mut take = |v: [F32x4; 4]| {
            nan = nan.or((v[0].ne(v[0]).or(v[1].ne(v[1]))).or(v[2].ne(v[2]).or(v[3].ne(v[3]))));
            for (best, v) in best.iter_mut().zip(v) {
                *best = best.pmax(v);
            }
        };
        block.chunks_exact(STEP).for_each(|s| take(step(s)));
        if !block.len().is_multiple_of(STEP) {
            take(step(&last_step(block)));
        }
        let lanes = best[0].pmax(best[1]).pmax(best[2].pmax(best[3])).to_array();
        lanes
            .iter()
            .fold(f32::NEG_INFINITY, |m, &v| if m < v { v } else { m })
    };
    let maxima = x.chunks(BLOCK).map(&mut largest).collect();
    (!nan.any()).then_some(maxima)
}

/// Largest of the maxima.
pub fn largest(maxima: &[f32]) -> f32 {
    maxima.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Index of the largest element, the lowest of equals. `maxima` are those of [`block_maxima`].
///
/// # Panics
/// If there is no element.
pub fn argmax(x: &[f32], maxima: &[f32]) -> usize {
    let mut best = 0;
    for (i, &m) in maxima.iter().enumerate() {
        if m > maxima[best] {
            best = i;
        }
    }
    let block = &x[best * BLOCK..];
    let offset = block
        .iter()
        .position(|&v| v == maxima[best])
        .expect("the maximum is in its block");
    best * BLOCK + offset
}

/// Below this [`Exponential`] is 0, so that no subnormal is made.
const EXP_FLOOR: f32 = -87.0;

/// `exp((x - max) / temperature)` for `x` up to `max`: the weight of a logit.
///
/// The number is split into a whole and a broken power of two; the broken one is a polynomial of degree five, fitted to
/// the least relative error (9e-8) on [-1/2, 1/2]. Relative error below `2e-7 + 8e-8 |x - max| / temperature`.
#[derive(Clone, Copy)]
pub struct Exponential {
    max: f32,
    factor: f32,
    lowest: f32,
    /// Added to a number, this leaves no bits for a fraction, and the lowest ones hold the whole number.
    shift: f32,
    /// Of the polynomial, the highest power first; the last one is 1.
    coefficients: [f32; 6],
}

/// Coefficients of two to a broken power. The last but one is not ln 2: it takes a part of the error of the others.
#[allow(clippy::approx_constant)]
const COEFFICIENTS: [f32; 6] = [
    0.001_326_472_7,
    0.009_671_513,
    0.055_507_336,
    0.240_222_42,
    0.693_147,
    1.0,
];

impl Exponential {
    /// Logits below `floor` have weight 0, and so have those whose weight is below `exp(-87)`.
    pub fn new(max: f32, inverse_temperature: f32, floor: f32) -> Self {
        Self {
            max,
            factor: inverse_temperature * LOG2_E,
            lowest: floor
                .max(max + EXP_FLOOR / inverse_temperature)
                .max(f32::MIN),
            // V8 makes a constant vector anew wherever it is used; one of a value that the compiler cannot know stays.
            shift: black_box(12_582_912.0),
            coefficients: black_box(COEFFICIENTS),
        }
    }

    /// The lowest logit that has weight.
    pub fn lowest(&self) -> f32 {
        self.lowest
    }

    /// Weights of four logits.
    #[inline(always)]
    pub fn weights(&self, x: F32x4) -> F32x4 {
        let shift = F32x4::splat(self.shift);
        let power = x.sub(F32x4::splat(self.max)).mul(F32x4::splat(self.factor));
        let shifted = power.add(shift);
        let rest = power.sub(shifted.sub(shift));
        let [first, others @ ..] = self.coefficients;
        let mut p = F32x4::splat(first);
        for c in others {
            p = p.mul(rest).add(F32x4::splat(c));
        }
        let scaled = p.bits().add(shifted.bits().shl(23));
        scaled.and(x.ge(F32x4::splat(self.lowest))).as_f32()
    }

    /// The same of one logit: the same bits.
    pub fn weight(&self, x: f32) -> f32 {
        self.weights(F32x4::splat(x)).to_array()[0]
    }
}

/// For each block of [`BLOCK`] the sum of its weights.
///
/// `f32` within a block, where each of sixteen sums has as many terms; sum the blocks in `f64`. `maxima` are those of
/// [`block_maxima`]: a block without weight is not read.
pub fn exp_sums(x: &[f32], maxima: &[f32], exponential: Exponential) -> Vec<f64> {
    let sum_of = |(block, &best): (&[f32], &f32)| {
        if best < exponential.lowest {
            return 0.0;
        }
        let mut sums = [F32x4::splat(0.0); 4];
        let mut take = |v: [F32x4; 4]| {
            for (sum, v) in sums.iter_mut().zip(v) {
                *sum = sum.add(exponential.weights(v));
            }
        };
        block.chunks_exact(STEP).for_each(|s| take(step(s)));
        if !block.len().is_multiple_of(STEP) {
            take(step(&last_step(block)));
        }
        let lanes = sums[0].add(sums[1]).add(sums[2].add(sums[3])).to_array();
        lanes.iter().map(|&v| f64::from(v)).sum()
    };
    x.chunks(BLOCK).zip(maxima).map(sum_of).collect()
}

/// Natural logarithm of the sum of `exp(x)`, from the block sums of an [`Exponential`] of temperature 1 without a floor.
pub fn log_sum_exp(sums: &[f64], max: f32) -> f64 {
    f64::from(max) + sums.iter().sum::<f64>().ln()
}
