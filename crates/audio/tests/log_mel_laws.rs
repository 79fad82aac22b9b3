//! The log-mel spectrogram against the definition: a discrete Fourier transform by its sum, in 64 bits. The numbers of
//! transformers are compared in the repository's own tests.

use fastrand::Rng;
use limbus_audio::log_mel::LogMel;
use limbus_audio::mel_filters::mel_filters;
use std::f64::consts::PI;

fn noise(rng: &mut Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| rng.f32() * 2.0 - 1.0).collect()
}

fn naive(
    samples: &[f32],
    num_samples: usize,
    num_mels: usize,
    n_fft: usize,
    hop: usize,
) -> Vec<f64> {
    let at = |i: isize| {
        let last = num_samples as isize - 1;
        let i = if i < 0 {
            -i
        } else if i > last {
            2 * last - i
        } else {
            i
        };
        f64::from(samples.get(i as usize).copied().unwrap_or(0.0))
    };
    let num_frames = num_samples / hop;
    let filters = mel_filters(num_mels, n_fft / 2 + 1, 16000, 8000.0);
    let mut logs = vec![0.0; num_mels * num_frames];
    for frame in 0..num_frames {
        let windowed: Vec<f64> = (0..n_fft)
            .map(|i| {
                let hann = 0.5 - 0.5 * (2.0 * PI * i as f64 / n_fft as f64).cos();
                hann * at((frame * hop + i) as isize - (n_fft / 2) as isize)
            })
            .collect();
        let power: Vec<f64> = (0..=n_fft / 2)
            .map(|bin| {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, x) in windowed.iter().enumerate() {
                    let turn = 2.0 * PI * ((i * bin) % n_fft) as f64 / n_fft as f64;
                    re += x * turn.cos();
                    im -= x * turn.sin();
                }
                re * re + im * im
            })
            .collect();
        for (mel, filter) in filters.iter().enumerate() {
            let sum: f64 = filter
                .weights
                .iter()
                .zip(&power[filter.first..])
                .map(|(w, p)| w * p)
                .sum();
            logs[mel * num_frames + frame] = sum.max(1e-10).log10();
        }
    }
    let loudest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.iter()
        .map(|x| (x.max(loudest - 8.0) + 4.0) / 4.0)
        .collect()
}

#[test]
fn equals_the_definition() {
    let mut rng = Rng::with_seed(2);
    for (num_mels, n_fft, hop, len, num_samples) in [
        (80, 400, 160, 1601, 1920),
        (128, 400, 160, 5000, 3200),
        (40, 64, 20, 333, 333),
        (80, 400, 160, 0, 800),
    ] {
        let samples = noise(&mut rng, len);
        let got = LogMel::new(num_mels, 16000, n_fft, hop).features(&samples, num_samples, 0.0);
        let want = naive(&samples, num_samples, num_mels, n_fft, hop);
        assert_eq!(got.len(), num_mels * (num_samples / hop));
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            assert!(
                (f64::from(*got) - want).abs() < 2e-6,
                "element {i}: {got} for {want}"
            );
        }
    }
}

#[test]
fn filters_are_triangles_of_equal_energy_that_meet() {
    for num_mels in [80, 128] {
        let filters = mel_filters(num_mels, 201, 16000, 8000.0);
        assert_eq!(filters.len(), num_mels);
        let mut end = 0;
        for filter in &filters {
            assert!(!filter.weights.is_empty() && filter.first >= end.min(filter.first));
            let peak = filter.weights.iter().copied().fold(0.0, f64::max);
            let at = filter
                .weights
                .iter()
                .position(|&w| w == peak)
                .expect("a peak");
            assert!(
                filter.weights[..=at].is_sorted() && filter.weights[at..].iter().rev().is_sorted()
            );
            end = filter.first + filter.weights.len();
        }
        assert!(end <= 201);
    }
}

#[test]
fn silence_is_the_floor() {
    let features = LogMel::new(80, 16000, 400, 160).features(&[], 3200, 0.0);
    assert!(features.iter().all(|&x| x == (-10.0 + 4.0) / 4.0));
}
