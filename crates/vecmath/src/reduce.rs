//! Reductions over logits: maxima, the best token, sums of exponentials.

use crate::simd::{F32x4, U32x4};

/// Logits in one block of [`block_maxima`] and [`exp_sums`].
pub const BLOCK: usize = 256;

/// Largest element of each block of [`BLOCK`]; `None` if there is a NaN.
pub fn block_maxima(x: &[f32]) -> Option<Vec<f32>> {
    let mut nan = U32x4::splat(0);
    let mut scalar_nan = false;
    let maxima = x
        .chunks(BLOCK)
        .map(|block| {
            let quads = block.chunks_exact(4);
            let rest = quads.remainder();
            let mut best = F32x4::splat(f32::NEG_INFINITY);
            for quad in quads {
                let v = F32x4::load(quad);
                nan = nan.or(v.ne(v));
                best = best.pmax(v);
            }
            scalar_nan |= rest.iter().any(|v| v.is_nan());
            best.to_array()
                .iter()
                .chain(rest)
                .fold(f32::NEG_INFINITY, |m, &v| if m < v { v } else { m })
        })
        .collect();
    if nan.any() || scalar_nan {
        None
    } else {
        Some(maxima)
    }
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

/// Below this [`exp`] is 0, so that no subnormal is made.
const EXP_FLOOR: f32 = -87.0;

/// e to the power of each lane, relative error below 2e-7; 0 below -87.
///
/// Range reduction by ln 2 in two parts and a polynomial of degree five, as in Cephes' `expf`.
#[inline(always)]
pub fn exp(x: F32x4) -> F32x4 {
    let tiny = x.lt(F32x4::splat(EXP_FLOOR));
    let n = x.mul(F32x4::splat(std::f32::consts::LOG2_E)).nearest();
    let r = x
        .sub(n.mul(F32x4::splat(0.693_359_4)))
        .sub(n.mul(F32x4::splat(-2.121_944_4e-4)));
    let mut p = F32x4::splat(1.987_569_1e-4);
    for c in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5.000_000_3e-1,
    ] {
        p = p.mul(r).add(F32x4::splat(c));
    }
    let p = p.mul(r.mul(r)).add(r).add(F32x4::splat(1.0));
    let power = n.to_i32().add(U32x4::splat(127)).shl(23).as_f32();
    tiny.select(U32x4::splat(0), p.mul(power).bits()).as_f32()
}

/// [`exp`] of one number: the same bits.
pub fn exp_scalar(x: f32) -> f32 {
    exp(F32x4::splat(x)).to_array()[0]
}

/// For each block of [`BLOCK`] the sum of `exp((x - max) * inverse_temperature)`; elements below `floor` count as zero.
///
/// `f32` within a block, where it adds 64 numbers a lane; sum the blocks in `f64`. `maxima` are those of
/// [`block_maxima`]: a block without weight is not read.
pub fn exp_sums(
    x: &[f32],
    maxima: &[f32],
    max: f32,
    inverse_temperature: f32,
    floor: f32,
) -> Vec<f64> {
    let (m, t, f) = (
        F32x4::splat(max),
        F32x4::splat(inverse_temperature),
        F32x4::splat(floor),
    );
    let weight = |v: F32x4| {
        v.ge(f)
            .select(exp(v.sub(m).mul(t)).bits(), U32x4::splat(0))
            .as_f32()
    };
    let has_weight = |best: f32| best >= floor && (best - max) * inverse_temperature >= EXP_FLOOR;
    x.chunks(BLOCK)
        .zip(maxima)
        .map(|(block, &best)| {
            if !has_weight(best) {
                return 0.0;
            }
            let mut sum = F32x4::splat(0.0);
            let quads = block.chunks_exact(4);
            let mut padded = [f32::NEG_INFINITY; 4];
            padded[..quads.remainder().len()].copy_from_slice(quads.remainder());
            for quad in quads {
                sum = sum.add(weight(F32x4::load(quad)));
            }
            // -inf has weight 0, whatever the floor.
            sum.add(weight(F32x4::load(&padded)))
                .to_array()
                .iter()
                .map(|&v| f64::from(v))
                .sum()
        })
        .collect()
}

/// One of the weights that [`exp_sums`] adds up.
pub fn weight(x: f32, max: f32, inverse_temperature: f32) -> f64 {
    f64::from(exp_scalar((x - max) * inverse_temperature))
}

/// Natural logarithm of the sum of `exp(x)`; `maxima` are those of [`block_maxima`].
pub fn log_sum_exp(x: &[f32], maxima: &[f32]) -> f64 {
    let max = maxima.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    f64::from(max)
        + exp_sums(x, maxima, max, 1.0, f32::NEG_INFINITY)
            .iter()
            .sum::<f64>()
            .ln()
}
