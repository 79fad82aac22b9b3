//! Resampling by sums of products, for ratios of any kind.

use crate::resample::{Kernel, Ratio};
use limbus_vecmath::dot::dots;

/// Most filter taps kept at a time, 16 MiB of them.
const MAX_TAPS: usize = 1 << 22;

/// Periods that read a filter together.
const PERIODS: usize = 4;

/// The first `len` samples after resampling.
pub(crate) fn resample_by_sums(
    samples: &[f32],
    len: usize,
    Ratio { step, phases }: Ratio,
    kernel: &Kernel,
) -> Vec<f32> {
    let mut out = vec![0.0; len];
    let reach = kernel.reach;
    let taps = (2.0 * reach) as usize + 2;
    let before = reach as usize + 1;
    let mut padded = vec![0.0f32; before + samples.len() + step + taps];
    padded[before..before + samples.len()].copy_from_slice(samples);

    let used = phases.min(len);
    let block = (MAX_TAPS / taps).clamp(1, used.max(1));
    let mut filters = vec![0.0f32; block * taps];
    for first_phase in (0..used).step_by(block) {
        let block_phases = first_phase..(first_phase + block).min(used);
        let firsts: Vec<usize> = block_phases
            .clone()
            .zip(filters.chunks_exact_mut(taps))
            .map(|(phase, filter)| {
                let center = (phase * step) as f64 / phases as f64;
                let first = (center - reach).ceil();
                for (i, tap) in filter.iter_mut().enumerate() {
                    *tap = kernel.at(first - center + i as f64) as f32;
                }
                // At least zero: `before` is more than the reach.
                (first + before as f64) as usize
            })
            .collect();
        for (block, outs) in out.chunks_mut(PERIODS * phases).enumerate() {
            for ((phase, filter), first) in block_phases
                .clone()
                .zip(filters.chunks_exact(taps))
                .zip(&firsts)
            {
                let row = |period: usize| {
                    // Behind the last period there is nothing to compute: any other row will do.
                    let period = if period * phases + phase < outs.len() {
                        period
                    } else {
                        0
                    };
                    &padded[(block * PERIODS + period) * step + first..][..taps]
                };
                if phase >= outs.len() {
                    break;
                }
                let found = dots::<PERIODS>(std::array::from_fn(row), filter);
                for (out, found) in outs[phase..].iter_mut().step_by(phases).zip(found) {
                    *out = found;
                }
            }
        }
    }
    out
}
