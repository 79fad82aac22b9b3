//! One axis of a resize of 8-bit RGB pixels with `i16` weights.
//!
//! An output value is `clamp((2^(p-1) + sum of weight * pixel) >> p)` with the precision `p` of the weights, in `i32`.
//! Source: the integer path of `upsample_bilinear2d_aa`, `upsample_bicubic2d_aa` and `upsample_lanczos2d_aa` in PyTorch's
//! UpSampleKernelAVXAntialias.

use crate::simd::{I16x8, I32x4};

/// Channels of a pixel.
pub const CHANNELS: usize = 3;

/// Bytes that the horizontal pass may look at beyond a row; they count for nothing.
const PADDING: usize = 16;

/// The weights of one axis.
#[derive(Clone, Debug)]
pub struct Weights {
    /// For each output: index of the first input it looks at.
    pub first: Vec<usize>,
    /// For each output `taps` weights; those beyond its window are zero.
    pub weights: Vec<i16>,
    /// Weights of an output, a multiple of four.
    pub taps: usize,
    /// Bits behind the point, 1 to 22.
    pub precision: u32,
}

impl Weights {
    /// Number of outputs.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is no output.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Weights of output `i`.
    fn row(&self, i: usize) -> &[i16] {
        &self.weights[i * self.taps..(i + 1) * self.taps]
    }
}

/// Resizes every row of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn horizontal(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let height = pixels.len() / (width * CHANNELS);
    let out_bytes = weights.len() * CHANNELS;
    let mut out = vec![0; height * out_bytes + 1];
    // A copy of the row with room behind it: the last window may reach over the end with zero weights.
    let mut row = vec![0; width * CHANNELS + weights.taps * CHANNELS + PADDING];
    let start = I32x4::splat(1 << (weights.precision - 1));
    for (y, pixels) in pixels.chunks_exact(width * CHANNELS).enumerate() {
        row[..pixels.len()].copy_from_slice(pixels);
        // Pixels are stored four bytes at a time: the fourth byte is the next pixel's, written right after.
        let out = &mut out[y * out_bytes..];
        for (x, &first) in weights.first.iter().enumerate() {
            let window = &row[first * CHANNELS..][..weights.taps * CHANNELS + 4];
            let mut sums = [start, I32x4::splat(0)];
            // Every twelve bytes are four pixels; sixteen are looked at.
            for (w, bytes) in weights
                .row(x)
                .chunks_exact(4)
                .zip(window.windows(16).step_by(12))
            {
                let [left, right] = I16x8::rgb_pairs(bytes);
                sums[0] = sums[0].add(left.dot(I16x8::splat_pair([w[0], w[1]])));
                sums[1] = sums[1].add(right.dot(I16x8::splat_pair([w[2], w[3]])));
            }
            sums[0]
                .add(sums[1])
                .shr(weights.precision)
                .store_rgb(&mut out[x * CHANNELS..]);
        }
    }
    out.truncate(height * out_bytes);
    out
}

/// Resizes every column of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn vertical(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let stride = width * CHANNELS;
    let height = pixels.len() / stride;
    let mut out = vec![0; weights.len() * stride];
    let start = I32x4::splat(1 << (weights.precision - 1));
    // The last columns go through padded copies of sixteen bytes.
    let whole = stride / 16 * 16;
    let row = |y: usize| &pixels[y.min(height - 1) * stride..][..stride];
    for (y, out) in out.chunks_exact_mut(stride).enumerate() {
        let (first, w) = (weights.first[y], weights.row(y));
        let rows: Vec<&[u8]> = (0..weights.taps).map(|tap| row(first + tap)).collect();
        for x in (0..whole).step_by(16) {
            let sums = column(start, w, &rows, x);
            I32x4::store_u8(sums.map(|s| s.shr(weights.precision)), &mut out[x..]);
        }
        let rest = stride - whole;
        if rest > 0 {
            let mut tails = vec![[0u8; 16]; weights.taps];
            for (row, tail) in rows.iter().zip(&mut tails) {
                tail[..rest].copy_from_slice(&row[whole..]);
            }
            let tails: Vec<&[u8]> = tails.iter().map(|tail| &tail[..]).collect();
            let mut last = [0; 16];
            I32x4::store_u8(
                column(start, w, &tails, 0).map(|s| s.shr(weights.precision)),
                &mut last,
            );
            out[whole..].copy_from_slice(&last[..rest]);
        }
    }
    out
}

/// Sixteen neighbouring sums, from byte `x` on, over the rows of a window.
#[inline(always)]
fn column(start: I32x4, w: &[i16], rows: &[&[u8]], x: usize) -> [I32x4; 4] {
    let mut sums = [start; 4];
    for (pair, rows) in w.chunks_exact(2).zip(rows.chunks_exact(2)) {
        // Padding of the window, and rows at its rim that weigh nothing.
        if pair == [0, 0] {
            continue;
        }
        let weight = I16x8::splat_pair([pair[0], pair[1]]);
        let values = I16x8::row_pairs(&rows[0][x..], &rows[1][x..]);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.add(value.dot(weight));
        }
    }
    sums
}

/// Both passes by their definition, one value at a time: what [`horizontal`] and [`vertical`] must equal.
pub fn naive(pixels: &[u8], width: usize, weights: &Weights, is_horizontal: bool) -> Vec<u8> {
    let height = pixels.len() / (width * CHANNELS);
    let (out_width, out_height) = if is_horizontal {
        (weights.len(), height)
    } else {
        (width, weights.len())
    };
    let mut out = Vec::new();
    for y in 0..out_height {
        for x in 0..out_width {
            for c in 0..CHANNELS {
                let o = if is_horizontal { x } else { y };
                let mut sum = 1i64 << (weights.precision - 1);
                for (tap, &w) in weights.row(o).iter().enumerate().filter(|(_, w)| **w != 0) {
                    let i = weights.first[o] + tap;
                    let (from_x, from_y) = if is_horizontal { (i, y) } else { (x, i) };
                    sum +=
                        i64::from(w) * i64::from(pixels[(from_y * width + from_x) * CHANNELS + c]);
                }
                out.push((sum >> weights.precision).clamp(0, 255) as u8);
            }
        }
    }
    out
}
