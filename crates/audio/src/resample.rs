//! Band-limited resampling with a Kaiser-windowed sinc, exact ratio, no delay.
//!
//! The filter is the one known as "kaiser best": 64 zero crossings on each side, rolloff 0.9476, beta 14.77. Source: J. O.
//! Smith, "Digital Audio Resampling"; the same numbers as `torchaudio.functional.resample(..., lowpass_filter_width=64,
//! rolloff=0.9475937167399596, resampling_method="sinc_interp_kaiser", beta=14.769656459379492)`.
//!
//! Where the ratio allows, the filter is applied to spectra, a sixth of the work of the sums that it stands for.

use crate::resample_spectra::Spectra;
use crate::resample_sums::resample_by_sums;
use std::f64::consts::PI;

const ZERO_CROSSINGS: f64 = 64.0;
const ROLLOFF: f64 = 0.947_593_716_739_959_6;
const BETA: f64 = 14.769_656_459_379_492;

/// A ratio of rates in lowest terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    /// Samples of a period before.
    pub step: usize,
    /// Samples of a period after.
    pub phases: usize,
}

impl Ratio {
    fn new(from: u32, to: u32) -> Self {
        let divisor = gcd(from, to);
        Self {
            step: (from / divisor) as usize,
            phases: (to / divisor) as usize,
        }
    }
}

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
    let ratio = Ratio::new(from, to);
    let kernel = Kernel::new(ratio);
    let len = resampled_len(samples.len(), from, to);
    match Spectra::new(ratio, &kernel) {
        Some(spectra) => spectra.resample(samples, len),
        None => resample_by_sums(samples, len, ratio, &kernel),
    }
}

/// The filter; times are in samples of the source.
pub(crate) struct Kernel {
    /// It cuts at half of the lower of the two rates, a little below; 1 is half of the source's.
    pub bandwidth: f64,
    /// It is zero further away.
    pub reach: f64,
    peak: f64,
}

impl Kernel {
    fn new(Ratio { step, phases }: Ratio) -> Self {
        let bandwidth = ROLLOFF * (phases as f64 / step as f64).min(1.0);
        Self {
            bandwidth,
            reach: ZERO_CROSSINGS / bandwidth,
            peak: bessel_i0(BETA),
        }
    }

    /// The filter at `time`.
    pub fn at(&self, time: f64) -> f64 {
        let t = time * self.bandwidth;
        let inside = 1.0 - (t / ZERO_CROSSINGS).powi(2);
        if inside < 0.0 {
            return 0.0;
        }
        let sinc = if t == 0.0 {
            1.0
        } else {
            (PI * t).sin() / (PI * t)
        };
        self.bandwidth * sinc * bessel_i0(BETA * inside.sqrt()) / self.peak
    }

    /// The spectrum at frequencies around the cut, in which it falls from one to zero, in shares of `bandwidth`; outside of
    /// it one or zero is right within 1e-7.
    pub const FALL: [f64; 2] = [1.0 - EDGE, 1.0 + EDGE];
}

/// Half of the main lobe of the window's spectrum, `sqrt(beta^2 + pi^2) / (64 pi)`, is 0.0751.
const EDGE: f64 = 0.08;

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
