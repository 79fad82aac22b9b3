//! Resampling by spectra: blocks of the sound are transformed, filtered, and transformed back with another length.
//!
//! Seen as one period, a block is the sum of waves of all its frequencies. The filter weakens each by its own spectrum, and
//! read at other times the wave is the same one; so filtering is a product for each frequency, and a transform back of
//! another length reads the sum at the new rate. Those times are kept whose filters reach no further than the block's sound.
//! Source: the overlap-save method, as in A. Oppenheim and R. Schafer, "Discrete-Time Signal Processing".
//!
//! Eight blocks go at a time: one in each lane, and as many more as imaginary parts, which a real filter keeps apart.

use crate::resample::{Kernel, Ratio};
use limbus_vecmath::fft::{Complex, Fft, is_fast};
use limbus_vecmath::simd::F32x4;

/// Blocks at a time.
const BLOCKS: usize = 8;

/// Least length of a block, in reaches of the filter: two of them are read twice.
const LEAST_REACHES: f64 = 24.0;

/// Longest block of a transform.
const LONGEST: usize = 1 << 18;

type Spectrum = Vec<Complex<F32x4>>;

/// Resampling at one ratio.
pub(crate) struct Spectra {
    /// Samples between the beginnings of two blocks, before and after.
    advance: [usize; 2],
    /// Samples that the filter reaches to each side.
    reach: usize,
    /// Length of the transform there.
    before: usize,
    /// Length of the transform back.
    after: usize,
    /// Of each frequency from zero on what is kept of it, with the factor of both transforms; those left out are zero.
    gains: Vec<f32>,
}

impl Spectra {
    /// Prepares for a ratio, or does not where a prime factor makes transforms slow or a period is very long.
    pub fn new(Ratio { step, phases }: Ratio, kernel: &Kernel) -> Option<Self> {
        let periods = (LEAST_REACHES * kernel.reach / step as f64).ceil() as usize;
        let periods = periods.max(2).next_power_of_two();
        let (before, after) = (periods.checked_mul(step)?, periods.checked_mul(phases)?);
        if !is_fast(step) || !is_fast(phases) || before.max(after) > LONGEST {
            return None;
        }
        let reach = kernel.reach as usize + 1;
        let kept = (before - 2 * reach) / step;
        Some(Self {
            advance: [kept * step, kept * phases],
            reach,
            before,
            after,
            gains: gains(kernel, before),
        })
    }

    /// The first `len` samples after resampling.
    pub fn resample(&self, samples: &[f32], len: usize) -> Vec<f32> {
        let (forward, backward) = (Fft::new(self.before), Fft::new(self.after));
        let room = |len: usize| vec![Complex::zero(); len];
        let (mut from, mut from_scratch) = (room(self.before), room(self.before));
        let (mut to, mut to_scratch) = (room(self.after), room(self.after));
        let mut out = vec![0.0; len];
        for (i, outs) in out.chunks_mut(BLOCKS * self.advance[1]).enumerate() {
            self.load(samples, i * BLOCKS, &mut from);
            forward.forward(&mut from, &mut from_scratch);
            self.filter(&from, &mut to);
            backward.forward(&mut to, &mut to_scratch);
            self.store(&to, outs);
        }
        out
    }

    /// Puts blocks from `first` on into the lanes: the samples of each from its beginning on, those before it at the end.
    fn load(&self, samples: &[f32], first: usize, to: &mut Spectrum) {
        let (reach, body) = (self.reach, self.before - 2 * self.reach);
        // What a block reads: its reach in front, its body, its reach behind.
        let mut blocks = vec![0.0; BLOCKS * self.before];
        for (i, block) in blocks.chunks_exact_mut(self.before).enumerate() {
            let start = (first + i) * self.advance[0];
            let skipped = reach.saturating_sub(start);
            let seen = samples.get(start + skipped - reach..).unwrap_or_default();
            let seen = &seen[..seen.len().min(self.before - skipped)];
            block[skipped..skipped + seen.len()].copy_from_slice(seen);
        }
        let rows: [&[f32]; BLOCKS] =
            std::array::from_fn(|i| &blocks[i * self.before..(i + 1) * self.before]);
        let (front, behind) = to.split_at_mut(body + reach);
        read_lanes(rows.map(|row| &row[reach..]), front);
        read_lanes(rows.map(|row| &row[..reach]), behind);
    }

    /// Weakens each frequency and puts it to where it lies in the other spectrum, real and imaginary parts changed places
    /// for the way back. What is too high to be told from a lower one is added to that.
    fn filter(&self, from: &Spectrum, to: &mut Spectrum) {
        to.fill(Complex::zero());
        let mut add = |at: usize, value: Complex<F32x4>, gain: F32x4| {
            to[at] = to[at].add(value.swap().scale(gain));
        };
        for (k, &gain) in self.gains.iter().enumerate() {
            let (gain, i, o) = (F32x4::splat(gain), k % self.before, k % self.after);
            add(o, from[i], gain);
            if k > 0 {
                let mirror = |at: usize, len: usize| if at == 0 { 0 } else { len - at };
                add(mirror(o, self.after), from[mirror(i, self.before)], gain);
            }
        }
    }

    /// Takes the blocks out of the lanes.
    fn store(&self, from: &Spectrum, outs: &mut [f32]) {
        let advance = self.advance[1];
        let mut pieces = vec![0.0; BLOCKS * advance.next_multiple_of(4)];
        let stride = pieces.len() / BLOCKS;
        write_lanes(from, &mut pieces, stride);
        for (out, piece) in outs.chunks_mut(advance).zip(pieces.chunks_exact(stride)) {
            out.copy_from_slice(&piece[..out.len()]);
        }
    }
}

/// Rows `0..4` as the lanes of real parts, the others of imaginary ones.
fn read_lanes(rows: [&[f32]; BLOCKS], to: &mut [Complex<F32x4>]) {
    let len = to.len();
    let rows = rows.map(|row| &row[..len]);
    for (n, z) in to.iter_mut().enumerate() {
        let [a, b, c, d, e, f, g, h] = rows.map(|row| row[n]);
        *z = Complex {
            re: F32x4::load(&[a, b, c, d]),
            im: F32x4::load(&[e, f, g, h]),
        };
    }
}

/// Lanes of imaginary parts (changed places) as the first four rows, of real ones as the others, `stride` numbers apart.
fn write_lanes(from: &[Complex<F32x4>], rows: &mut [f32], stride: usize) {
    let quads = from.chunks(4).take(stride / 4).enumerate();
    for (i, quad) in quads {
        let at = |n: usize| quad[n.min(quad.len() - 1)];
        let four = [at(0), at(1), at(2), at(3)];
        let lanes = [four.map(|z| z.im), four.map(|z| z.re)].map(F32x4::transpose);
        for (row, value) in lanes.as_flattened().iter().enumerate() {
            value.store(&mut rows[row * stride + 4 * i..]);
        }
    }
}

/// The filter's spectrum at the multiples of `1 / len`, divided by `len`.
fn gains(kernel: &Kernel, len: usize) -> Vec<f32> {
    // Sampled twice as often as the sound, so that no frequency of the filter is taken for another.
    let taps: Vec<f64> = (0..=(2.0 * kernel.reach) as usize)
        .map(|i| kernel.at(i as f64 / 2.0) / 2.0)
        .collect();
    let [pass, stop] = Kernel::FALL.map(|share| share * kernel.bandwidth * len as f64 / 2.0);
    (0..=stop as usize)
        .map(|k| {
            let gain = if (k as f64) < pass {
                1.0
            } else {
                cosine_sum(&taps, std::f64::consts::PI * k as f64 / len as f64)
            };
            (gain / len as f64) as f32
        })
        .collect()
}

/// `taps[0] + 2 * sum of taps[j] cos(j angle)`, by Clenshaw's recurrence.
fn cosine_sum(taps: &[f64], angle: f64) -> f64 {
    let twice = 2.0 * angle.cos();
    let (mut next, mut last) = (0.0, 0.0);
    for tap in taps[1..].iter().rev() {
        (next, last) = (2.0 * tap + twice * next - last, next);
    }
    taps[0] + next * twice / 2.0 - last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_sums_are_the_sum() {
        let taps: Vec<f64> = (0..40)
            .map(|i| 1.0 / (1.0 + f64::from(i * i % 17)))
            .collect();
        for i in 0..50 {
            let angle = f64::from(i) * 0.07;
            let others = taps.iter().enumerate().skip(1);
            let want = taps[0]
                + others
                    .map(|(j, tap)| 2.0 * tap * (angle * j as f64).cos())
                    .sum::<f64>();
            assert!((cosine_sum(&taps, angle) - want).abs() < 1e-11, "{angle}");
        }
    }
}
