//! The log-mel spectrogram of Whisper.
//!
//! Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", and transformers
//! `WhisperFeatureExtractor`: frames around every `hop` samples (reflected at the ends), Hann window, power spectrum, mel
//! filters, base-10 logarithm, at most 8 below the loudest, `(x + 4) / 4`. The transform runs in 64 bits, so that it adds
//! no error of its own; samples times window are rounded to 32 bits, as there.

use crate::mel_filters::{MelFilter, mel_filters};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Highest frequency of the filters, hertz, whatever the sampling rate.
const MAX_HERTZ: f64 = 8000.0;

/// Power below which everything counts as silence.
const FLOOR: f64 = 1e-10;

/// A log-mel transform for one configuration.
pub struct LogMel {
    hop: usize,
    window: Vec<f32>,
    filters: Vec<MelFilter>,
    transform: Arc<dyn Fft<f64>>,
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
        // The rounding of torch.hann_window.
        let turn = (2.0 * std::f64::consts::PI / n_fft as f64) as f32;
        let window = (0..n_fft)
            .map(|i| (f64::from(i as f32 * turn).cos() as f32) * -0.5 + 0.5)
            .collect();
        Self {
            hop,
            window,
            filters: mel_filters(num_mels, n_fft / 2 + 1, sampling_rate, MAX_HERTZ),
            transform: FftPlanner::new().plan_fft_forward(n_fft),
        }
    }

    /// Features `[num_mels, num_samples / hop]` of the samples, cut or filled with `padding` to `num_samples`.
    ///
    /// # Panics
    /// If `num_samples` is not more than half a window: there would be nothing to reflect.
    pub fn features(&self, samples: &[f32], num_samples: usize, padding: f32) -> Vec<f32> {
        let half = self.window.len() / 2;
        assert!(num_samples > half, "more samples than half a window");
        let num_frames = num_samples / self.hop;
        let sample = |at: usize| samples.get(at).copied().unwrap_or(padding);
        // Reflected at both ends, without repeating the outermost sample.
        let padded: Vec<f32> = (0..num_samples + 2 * half)
            .map(|i| match i {
                _ if i < half => sample(half - i),
                _ if i < half + num_samples => sample(i - half),
                _ => sample(2 * (num_samples - 1) + half - i),
            })
            .collect();

        let mut logs = vec![FLOOR.log10() as f32; self.filters.len() * num_frames];
        let n = self.window.len();
        let mut spectrum = vec![Complex::default(); n];
        let mut scratch = vec![Complex::default(); self.transform.get_inplace_scratch_len()];
        let mut powers = vec![0.0; n / 2 + 1];
        // Two frames at a time: one is the real, one the imaginary part.
        for pair in (0..num_frames).step_by(2) {
            let window_at = |frame: usize| &padded[(frame * self.hop).min(padded.len() - n)..][..n];
            let (one, two) = (window_at(pair), window_at(pair + 1));
            if one.iter().chain(two).all(|&x| x == 0.0) {
                continue;
            }
            for (((z, &w), &x), &y) in spectrum.iter_mut().zip(&self.window).zip(one).zip(two) {
                *z = Complex::new(f64::from(x * w), f64::from(y * w));
            }
            self.transform
                .process_with_scratch(&mut spectrum, &mut scratch);
            for (part, frame) in (pair..num_frames.min(pair + 2)).enumerate() {
                for (bin, power) in powers.iter_mut().enumerate() {
                    let (z, mirrored) = (spectrum[bin], spectrum[(n - bin) % n].conj());
                    let twice = if part == 0 {
                        z + mirrored
                    } else {
                        z - mirrored
                    };
                    *power = twice.norm_sqr() / 4.0;
                }
                for (filter, row) in self.filters.iter().zip(logs.chunks_exact_mut(num_frames)) {
                    let seen = &powers[filter.first..][..filter.weights.len()];
                    let power: f64 = seen.iter().zip(&filter.weights).map(|(p, w)| p * w).sum();
                    row[frame] = power.max(FLOOR).log10() as f32;
                }
            }
        }
        let loudest = logs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for value in &mut logs {
            *value = (value.max(loudest - 8.0) + 4.0) / 4.0;
        }
        logs
    }
}
