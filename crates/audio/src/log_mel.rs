//! The log-mel spectrogram of Whisper.
//!
//! Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", and transformers
//! `WhisperFeatureExtractor`: frames around every `hop` samples (reflected at the ends), Hann window, power spectrum, mel
//! filters, base-10 logarithm, at most 8 below the loudest, `(x + 4) / 4`.
//!
//! All runs in 64 bits, as in the NumPy implementation there, four frames at a time: two in the lanes of a register, and two
//! more as the imaginary parts of the first, whose spectra come apart by their symmetry.

use crate::mel_filters::{MelFilter, mel_filters};
use limbus_vecmath::f64x2::{F64x2, log10};
use limbus_vecmath::fft::{Complex, Fft};

/// Highest frequency of the filters, hertz, whatever the sampling rate.
const MAX_HERTZ: f64 = 8000.0;

/// Power below which everything counts as silence.
const FLOOR: f64 = 1e-10;

/// Frames at a time.
const FRAMES: usize = 4;

/// A log-mel transform for one configuration.
pub struct LogMel {
    hop: usize,
    window: Vec<f64>,
    filters: Vec<MelFilter>,
    transform: Fft<F64x2>,
}

impl LogMel {
    /// Prepares `num_mels` filters over windows of `n_fft` samples, an even number of at least 2, every `hop` samples.
    ///
    /// # Panics
    /// If `n_fft` or `hop` is not such a number.
    pub fn new(num_mels: usize, sampling_rate: u32, n_fft: usize, hop: usize) -> Self {
        assert!(
            n_fft >= 2 && n_fft.is_multiple_of(2) && hop > 0,
            "an even window and a hop"
        );
        let turn = 2.0 * std::f64::consts::PI / n_fft as f64;
        Self {
            hop,
            window: (0..n_fft)
                .map(|i| 0.5 - 0.5 * (i as f64 * turn).cos())
                .collect(),
            filters: mel_filters(num_mels, n_fft / 2 + 1, sampling_rate, MAX_HERTZ),
            transform: Fft::new(n_fft),
        }
    }

    /// Features `[num_mels, num_samples / hop]` of the samples, cut or filled with `padding` to `num_samples`.
    ///
    /// # Panics
    /// If `num_samples` is not more than half a window: there would be nothing to reflect.
    pub fn features(&self, samples: &[f32], num_samples: usize, padding: f32) -> Vec<f32> {
        let n = self.window.len();
        assert!(num_samples > n / 2, "more samples than half a window");
        let num_frames = num_samples / self.hop;
        let padded = reflect(samples, num_samples, n / 2, padding);
        let mut logs = vec![FLOOR.log10() as f32; self.filters.len() * num_frames];
        let mut spectrum = vec![Complex::zero(); n];
        let mut scratch = vec![Complex::zero(); n];
        let mut powers = vec![[F64x2::splat(0.0); 2]; n / 2 + 1];
        for first in (0..num_frames).step_by(FRAMES) {
            // What is past the last frame counts for nothing; it must only exist.
            let frames: [&[f32]; FRAMES] = std::array::from_fn(|i| {
                let at = (first + i).min(num_frames - 1) * self.hop;
                &padded[at..at + n]
            });
            if frames.iter().all(|frame| frame.iter().all(|&x| x == 0.0)) {
                continue;
            }
            self.load(frames, &mut spectrum);
            self.transform.forward(&mut spectrum, &mut scratch);
            take_apart(&spectrum, &mut powers);
            let count = FRAMES.min(num_frames - first);
            for (filter, row) in self.filters.iter().zip(logs.chunks_exact_mut(num_frames)) {
                let sums = filter
                    .apply(&powers)
                    .map(|sum| log10(sum.pmax(F64x2::splat(FLOOR))));
                let [[a, b], [c, d]] = sums.map(F64x2::to_array);
                let values = [a, b, c, d].map(|x| x as f32);
                row[first..first + count].copy_from_slice(&values[..count]);
            }
        }
        let loudest = logs.iter().fold(
            f32::NEG_INFINITY,
            |most, &x| if most < x { x } else { most },
        );
        let lowest = loudest - 8.0;
        for value in &mut logs {
            let kept = if *value < lowest { lowest } else { *value };
            *value = (kept + 4.0) / 4.0;
        }
        logs
    }

    /// Samples times window: frames 0 and 1 as real parts, 2 and 3 as imaginary ones.
    fn load(&self, [a, b, c, d]: [&[f32]; FRAMES], spectrum: &mut [Complex<F64x2>]) {
        let pairs = |x: &[f32], y: &[f32], i: usize, window: F64x2| {
            F64x2::new(f64::from(x[i]), f64::from(y[i])).mul(window)
        };
        let n = self.window.len();
        let (a, b, c, d) = (&a[..n], &b[..n], &c[..n], &d[..n]);
        for (i, (z, &window)) in spectrum.iter_mut().zip(&self.window).enumerate() {
            let window = F64x2::splat(window);
            *z = Complex {
                re: pairs(a, b, i, window),
                im: pairs(c, d, i, window),
            };
        }
    }
}

/// The samples with half a window before and behind, reflected without repeating the outermost.
fn reflect(samples: &[f32], num_samples: usize, half: usize, padding: f32) -> Vec<f32> {
    let mut padded = vec![padding; num_samples + 2 * half];
    let len = samples.len().min(num_samples);
    padded[half..half + len].copy_from_slice(&samples[..len]);
    for i in 1..=half {
        padded[half - i] = padded[half + i];
        padded[half + num_samples - 1 + i] = padded[half + num_samples - 1 - i];
    }
    padded
}

/// Powers of the frequencies up to half of the rate: of frames 0 and 1, then of 2 and 3.
fn take_apart(spectrum: &[Complex<F64x2>], powers: &mut [[F64x2; 2]]) {
    let n = spectrum.len();
    let quarter = F64x2::splat(0.25);
    for (bin, power) in powers.iter_mut().enumerate() {
        let (z, mirrored) = (spectrum[bin], spectrum[if bin == 0 { 0 } else { n - bin }]);
        let norm = |re: F64x2, im: F64x2| re.mul(re).add(im.mul(im)).mul(quarter);
        *power = [
            norm(z.re.add(mirrored.re), z.im.sub(mirrored.im)),
            norm(z.im.add(mirrored.im), z.re.sub(mirrored.re)),
        ];
    }
}

impl MelFilter {
    /// Weighted sums of powers.
    #[inline(always)]
    fn apply(&self, powers: &[[F64x2; 2]]) -> [F64x2; 2] {
        let mut sums = [F64x2::splat(0.0); 2];
        let seen = &powers[self.first..][..self.weights.len()];
        for (power, &weight) in seen.iter().zip(&self.weights) {
            let weight = F64x2::splat(weight);
            sums[0] = sums[0].add(power[0].mul(weight));
            sums[1] = sums[1].add(power[1].mul(weight));
        }
        sums
    }
}
