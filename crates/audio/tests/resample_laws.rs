//! Resampling against the plain sum over all samples, and against what is known of band-limited signals. The numbers of
//! torchaudio are compared in the repository's own tests.

use fastrand::Rng;
use limbus_audio::resample::{resample, resampled_len};
use std::f64::consts::PI;

fn noise(rng: &mut Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| rng.f32() * 2.0 - 1.0).collect()
}

/// Window as an integral instead of a series: I0(x) is the mean of exp(x cos t), which 100 points give exactly.
fn bessel_i0(x: f64) -> f64 {
    (0..100)
        .map(|i| (x * (PI * (f64::from(i) + 0.5) / 100.0).cos()).exp())
        .sum::<f64>()
        / 100.0
}

/// Sample `j` of the result.
fn naive(samples: &[f32], from: u32, to: u32, j: usize) -> f64 {
    let bandwidth = 0.947_593_716_739_959_6 * (f64::from(to) / f64::from(from)).min(1.0);
    let beta = 14.769_656_459_379_492;
    let time = j as f64 * f64::from(from) / f64::from(to);
    let value = |(i, &sample): (usize, &f32)| {
        let t = (i as f64 - time) * bandwidth;
        let inside = 1.0 - (t / 64.0).powi(2);
        if inside < 0.0 {
            return 0.0;
        }
        let sinc = if t == 0.0 {
            1.0
        } else {
            (PI * t).sin() / (PI * t)
        };
        f64::from(sample) * bandwidth * sinc * bessel_i0(beta * inside.sqrt())
    };
    samples.iter().enumerate().map(value).sum::<f64>() / bessel_i0(beta)
}

#[test]
fn equals_the_plain_sum() {
    let mut rng = Rng::with_seed(3);
    for (from, to) in [
        (8000, 16000),
        (44100, 16000),
        (48000, 16000),
        (11025, 16000),
        (22050, 16000),
        (16000, 8000),
        (7919, 16000),
    ] {
        let len = rng.usize(1..=120);
        let samples = noise(&mut rng, len);
        let got = resample(&samples, from, to);
        assert_eq!(got.len(), resampled_len(len, from, to));
        for (j, got) in got.iter().enumerate() {
            let want = naive(&samples, from, to, j);
            assert!(
                (f64::from(*got) - want).abs() < 1e-5,
                "{from} to {to}: {got} for {want}"
            );
        }
    }
}

#[test]
fn tones_in_the_band_pass_and_others_vanish() {
    let tone = |hertz: f64, rate: f64, len: usize| -> Vec<f32> {
        (0..len)
            .map(|i| (2.0 * PI * hertz * i as f64 / rate).sin() as f32)
            .collect()
    };
    let apart = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f32::max)
    };
    for (from, to) in [
        (44100u32, 16000u32),
        (48000, 16000),
        (8000, 16000),
        (22050, 16000),
    ] {
        let nyquist = f64::from(from.min(to)) / 2.0;
        for share in [0.01, 0.3, 0.7, 0.85] {
            let source = tone(share * nyquist, f64::from(from), from as usize / 5);
            let got = resample(&source, from, to);
            let want = tone(share * nyquist, f64::from(to), got.len());
            // The ends of the source are an edge in the sound.
            let inner = got.len() / 4..got.len() * 3 / 4;
            assert!(
                apart(&got[inner.clone()], &want[inner]) < 1e-4,
                "{from} to {to} at {share}"
            );
        }
    }
    // Above the new Nyquist frequency: 80 dB down or more.
    let got = resample(&tone(9000.0, 48000.0, 9600), 48000, 16000);
    assert!(got[800..2400].iter().all(|x| x.abs() < 1e-4));
}

#[test]
fn lengths_are_rounded_up() {
    assert_eq!(resampled_len(0, 44100, 16000), 0);
    assert_eq!(resampled_len(1, 44100, 16000), 1);
    assert_eq!(resampled_len(441, 44100, 16000), 160);
    assert_eq!(resampled_len(442, 44100, 16000), 161);
    for len in [0, 1, 2, 3, 500] {
        assert_eq!(resample(&vec![0.5; len], 8000, 16000).len(), 2 * len);
        assert_eq!(resample(&vec![0.5; len], 16000, 16000), vec![0.5; len]);
        assert_eq!(
            resample(&vec![0.5; len], 767_999, 16000).len(),
            resampled_len(len, 767_999, 16000)
        );
    }
}

#[test]
fn ratios_with_many_phases_are_worked_off_in_blocks() {
    // 16000 phases of 360 taps do not fit the table at once.
    let samples = noise(&mut Rng::with_seed(8), 50_000);
    let got = resample(&samples, 44_101, 16_000);
    assert_eq!(got.len(), resampled_len(50_000, 44_101, 16_000));
    for j in (0..got.len()).step_by(611) {
        let want = naive(&samples, 44_101, 16_000, j);
        assert!(
            (f64::from(got[j]) - want).abs() < 1e-5,
            "{j}: {} for {want}",
            got[j]
        );
    }
}

#[test]
fn blocks_join_without_a_seam() {
    // By so many samples the blocks of the spectra advance; there are several groups of eight of them.
    let mut rng = Rng::with_seed(12);
    for (from, to, advance) in [
        (44100, 16000, 2400),
        (48000, 16000, 1912),
        (8000, 16000, 3824),
        (22050, 16000, 2240),
    ] {
        let samples = noise(&mut rng, 70_000);
        let got = resample(&samples, from, to);
        assert_eq!(got.len(), resampled_len(samples.len(), from, to));
        let seams =
            (1..got.len() / advance).flat_map(|block| block * advance - 2..block * advance + 2);
        for j in seams.step_by(3).chain((0..got.len()).step_by(1009)) {
            let want = naive(&samples, from, to, j);
            assert!(
                (f64::from(got[j]) - want).abs() < 2e-6,
                "{from} to {to}, {j}: {} for {want}",
                got[j]
            );
        }
    }
}
