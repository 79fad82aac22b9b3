//! Band-limited resampling with a Kaiser-windowed sinc, exact ratio, no delay.
//!
//! The filter is the one known as "kaiser best": 64 zero crossings on each side, rolloff 0.9476, beta 14.77. Source: J. O.
//! Smith, "Digital Audio Resampling"; the same numbers as `torchaudio.functional.resample(..., lowpass_filter_width=64,
//! rolloff=0.9475937167399596, resampling_method="sinc_interp_kaiser", beta=14.769656459379492)`.

use limbus_vecmath::dot::dots;
use std::f64::consts::PI;

const ZERO_CROSSINGS: f64 = 64.0;
const ROLLOFF: f64 = 0.947_593_716_739_959_6;
const BETA: f64 = 14.769_656_459_379_492;

/// Most filter taps kept at a time, 16 MiB of them.
const MAX_TAPS: usize = 1 << 22;

/// Periods that read a filter together.
const PERIODS: usize = 4;

/// Number of samples after resampling: `ceil(len * to / from)`.
pub fn resampled_len(len: usize, from: u32, to: u32) -> usize {
    (len as u128 * u128::from(to)).div_ceil(u128::from(from)) as usize
}

/// Resamples; sample `i` of the result is the sound at the time `i / to`.
///
/// # Panics
/// If a rate is zero.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    assert!(from > 0 && to > 0, "sampling rates above zero");
    if from == to {
        return samples.to_vec();
    }
    let divisor = gcd(from, to);
    let (step, phases) = ((from / divisor) as usize, (to / divisor) as usize);
    let len = resampled_len(samples.len(), from, to);
    let mut out = vec![0.0; len];

    // Times are in samples of the source; the filter cuts at the lower of the two rates.
    let bandwidth = ROLLOFF * (f64::from(to) / f64::from(from)).min(1.0);
    let reach = ZERO_CROSSINGS / bandwidth;
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
                fill_filter(filter, first - center, bandwidth);
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

/// Taps at `offset`, `offset + 1`, ... samples from the centre.
fn fill_filter(filter: &mut [f32], offset: f64, bandwidth: f64) {
    let peak = bessel_i0(BETA);
    for (i, tap) in filter.iter_mut().enumerate() {
        let t = (offset + i as f64) * bandwidth;
        let inside = 1.0 - (t / ZERO_CROSSINGS).powi(2);
        *tap = if inside < 0.0 {
            0.0
        } else {
            let sinc = if t == 0.0 {
                1.0
            } else {
                (PI * t).sin() / (PI * t)
            };
            (bandwidth * sinc * bessel_i0(BETA * inside.sqrt()) / peak) as f32
        };
    }
}

/// Modified Bessel function of the first kind, order zero, by its power series (Abramowitz and Stegun 9.6.10).
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
