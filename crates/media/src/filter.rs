//! Weights of a resize.

use limbus_vecmath::resample::{HIGH_BITS, Weights};
use std::ops::Range;

/// How neighbouring pixels are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every input pixel of an output alike.
    Box,
    /// A triangle one input pixel to each side.
    Bilinear,
    /// A sinc windowed by a raised cosine, one input pixel to each side.
    Hamming,
    /// Cubic convolution with a = -0.5, two input pixels to each side.
    Bicubic,
    /// A sinc windowed by a wider one, three input pixels to each side.
    Lanczos,
}

/// Whose weights, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {
    /// torchvision's of an 8-bit tensor on a CPU: `i16`.
    Torchvision,
    /// Pillow's of a picture of 8 bits a channel: 22 bits behind the point.
    Pillow,
}

impl Filter {
    fn radius(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn at(self, signed: f64) -> f64 {
        let x = signed.abs();
        match self {
            // Of two inputs at the rim the left one is out.
            Self::Box if signed > -0.5 && signed <= 0.5 => 1.0,
            Self::Bilinear if x < 1.0 => 1.0 - x,
            Self::Hamming if x == 0.0 => 1.0,
            Self::Hamming if x < 1.0 => sinc(x) * raised_cosine(x),
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
            Self::Lanczos if x < 3.0 => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

/// 0.08 at 1 and a little above 1 near 0: the constants are `f32`, as in Pillow.
fn raised_cosine(x: f64) -> f64 {
    f64::from(0.54f32) + f64::from(0.46f32) * (x * std::f64::consts::PI).cos()
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

/// Weights of the outputs in `window` of an axis resized from `input` to `output`.
///
/// torchvision: as `i16` with the largest precision below 23 bits that the largest weight of the whole axis allows.
/// Pillow: as 24 bits with a precision of 22, in two halves. Both round half away from zero.
///
/// Sources: PyTorch's `_compute_indices_int16_weights_aa`, Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`.
pub fn weights(
    filter: Filter,
    exact: Exact,
    input: usize,
    output: usize,
    window: Range<usize>,
) -> Weights {
    let windows = Windows::new(filter, input, output);
    let mut row = Vec::new();
    // The weights of the window, unrounded: they are asked for once.
    let (mut firsts, mut exacts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let (mut largest, mut longest) = (0f64, 0);
    for i in 0..output {
        // Pillow's precision does not depend on what is not seen.
        if exact == Exact::Pillow && !window.contains(&i) {
            continue;
        }
        let first = windows.fill(i, &mut row);
        largest = row.iter().copied().fold(largest, f64::max);
        if window.contains(&i) {
            longest = longest.max(row.len());
            firsts.push(first);
            exacts.extend_from_slice(&row);
            ends.push(exacts.len());
        }
    }
    let precision = match exact {
        Exact::Torchvision => precision_of(largest),
        Exact::Pillow => PILLOW_PRECISION,
    };
    let taps = longest.max(1);
    let zeros = vec![0; window.len() * taps];
    let high = match exact {
        Exact::Torchvision => Vec::new(),
        Exact::Pillow => zeros.clone(),
    };
    let mut result = Weights {
        first: firsts,
        weights: zeros,
        high,
        taps,
        precision,
    };
    let one = f64::from(1u32 << precision);
    let mut begin = 0;
    for (o, end) in ends.into_iter().enumerate() {
        for (tap, w) in exacts[begin..end].iter().enumerate() {
            let at = o * taps + tap;
            match exact {
                Exact::Torchvision => result.weights[at] = (w * one).round() as i16,
                Exact::Pillow => {
                    let whole = (w * one + 0.5f64.copysign(*w)) as i32;
                    result.weights[at] = (whole & ((1 << HIGH_BITS) - 1)) as i16;
                    result.high[at] = (whole >> HIGH_BITS) as i16;
                }
            }
        }
        begin = end;
    }
    result
}

/// Bits behind the point of Pillow's weights.
const PILLOW_PRECISION: u32 = 22;

/// The precision at which the largest weight of an axis just fits `i16`.
fn precision_of(largest: f64) -> u32 {
    let fits =
        |precision: u32| ((0.5 + largest * f64::from(1u32 << (precision + 1))) as i64) < 1 << 15;
    (0..22).find(|&p| !fits(p)).unwrap_or(22)
}
