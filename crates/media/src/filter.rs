//! Weights of a resize.

use limbus_vecmath::resample::Weights;
use std::ops::Range;

/// How neighbouring pixels are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A triangle one input pixel to each side.
    Bilinear,
    /// Cubic convolution with a = -0.5, two input pixels to each side.
    Bicubic,
    /// A sinc windowed by a wider one, three input pixels to each side.
    Lanczos,
}

impl Filter {
    fn radius(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn at(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Bilinear if x < 1.0 => 1.0 - x,
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
            Self::Lanczos if x < 3.0 => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

/// `sin(pi x) / (pi x)`, 1 at 0.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = x * std::f64::consts::PI;
    angle.sin() / angle
}

/// The window of one output: its first input and its normalized weights.
struct Windows {
    filter: Filter,
    input: usize,
    scale: f64,
    support: f64,
    inverse: f64,
}

impl Windows {
    fn new(filter: Filter, input: usize, output: usize) -> Self {
        let scale = input as f64 / output as f64;
        Self {
            filter,
            input,
            scale,
            support: filter.radius() * scale.max(1.0),
            inverse: 1.0 / scale.max(1.0),
        }
    }

    fn fill(&self, i: usize, weights: &mut Vec<f64>) -> usize {
        let center = self.scale * (i as f64 + 0.5);
        // Both ends are truncated towards zero before they are clamped.
        let first = (center - self.support + 0.5).max(0.0) as usize;
        let end = ((center + self.support + 0.5) as usize).min(self.input);
        weights.clear();
        weights
            .extend((first..end).map(|j| self.filter.at((j as f64 - center + 0.5) * self.inverse)));
        let total: f64 = weights.iter().sum();
        if total != 0.0 {
            weights.iter_mut().for_each(|w| *w /= total);
        }
        first
    }
}

/// Weights of the outputs in `window` of an axis resized from `input` to `output`, as `i16` with the largest precision
/// below 23 bits that the largest weight of the whole axis allows, rounded half away from zero.
///
/// Source: PyTorch's `_compute_indices_int16_weights_aa`.
pub fn weights(filter: Filter, input: usize, output: usize, window: Range<usize>) -> Weights {
    let windows = Windows::new(filter, input, output);
    let mut row = Vec::new();
    let (mut largest, mut longest) = (0f64, 0);
    for i in 0..output {
        windows.fill(i, &mut row);
        largest = row.iter().copied().fold(largest, f64::max);
        longest = longest.max(row.len());
    }
    let fits =
        |precision: u32| ((0.5 + largest * f64::from(1u32 << (precision + 1))) as i64) < 1 << 15;
    let precision = (0..22).find(|&p| !fits(p)).unwrap_or(22);
    let taps = longest.next_multiple_of(4).max(4);
    let mut result = Weights {
        first: Vec::new(),
        weights: vec![0; window.len() * taps],
        taps,
        precision,
    };
    for (i, to) in window.zip(result.weights.chunks_exact_mut(taps)) {
        let first = windows.fill(i, &mut row);
        result.first.push(first);
        for (to, w) in to.iter_mut().zip(&row) {
            *to = (w * f64::from(1u32 << precision)).round() as i16;
        }
    }
    result
}
