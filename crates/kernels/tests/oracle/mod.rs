//! Random numbers, and the comparison of results with plain arithmetic in `f64`.
#![allow(dead_code)] // each law uses a part of it

use fastrand::Rng;

/// Random floats in `-scale..scale`.
pub fn floats(rng: &mut Rng, len: usize, scale: f32) -> Vec<f32> {
    (0..len).map(|_| (rng.f32() * 2.0 - 1.0) * scale).collect()
}

/// Fails unless every element agrees within `tolerance` times the larger of 1 and the expected magnitude.
pub fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(a) - b).abs() / b.abs().max(1.0);
        assert!(
            difference <= tolerance,
            "element {i}: expected {b}, found {a}"
        );
    }
}

/// `e^x`-based activations, by their definitions.
pub fn activate(code: u32, x: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    match code {
        1 => x * sigmoid(x),
        2 => x * normal_distribution(x),
        3 => 0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044_715 * x * x * x)).tanh()),
        4 => x * sigmoid(1.702 * x),
        5 => x.max(0.0),
        6 => x.tanh(),
        _ => x,
    }
}

/// The normal distribution function, by its density summed in small steps.
fn normal_distribution(x: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let end = x.abs().min(9.0);
    let steps = 2000;
    let width = end / f64::from(steps);
    // Simpson's rule.
    let inner: f64 = (1..steps)
        .map(|i| density(f64::from(i) * width) * if i % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    let half = width / 3.0 * (density(0.0) + inner + density(end));
    if x < 0.0 { 0.5 - half } else { 0.5 + half }
}
