//! One axis of a resize of 8-bit RGB pixels with integer weights.
//!
//! An output value is `clamp((2^(p-1) + sum of weight * pixel) >> p)` with the precision `p` of the weights, in `i32`.
//! Sources: with weights of 16 bits the integer path of `upsample_bilinear2d_aa`, `upsample_bicubic2d_aa` and
//! `upsample_lanczos2d_aa` in PyTorch's UpSampleKernelAVXAntialias; with weights of 24 the 8-bit path of Pillow's Resample.c.
//! The latter are cut into two halves, a product of 16 bits each; sums wrap, and what they come to does not.

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
    /// What counts 2^15 times beside them; empty if all weights fit sixteen bits.
    pub high: Vec<i16>,
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

    /// The high halves of output `i`; with `WIDE` unset any slice of that length.
    fn high_row<const WIDE: bool>(&self, i: usize) -> &[i16] {
        if WIDE {
            &self.high[i * self.taps..(i + 1) * self.taps]
        } else {
            self.row(i)
        }
    }

    /// What the sums of both halves come to.
    #[inline(always)]
    fn finish<const WIDE: bool>(&self, low: I32x4, high: I32x4) -> I32x4 {
        let sum = if WIDE {
            high.shl(HIGH_BITS).add(low)
        } else {
            low
        };
        sum.shr(self.precision)
    }
}

/// Bits below the high half of a weight.
pub const HIGH_BITS: u32 = 15;

/// Resizes every row of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn horizontal(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    if weights.high.is_empty() {
        horizontal_pass::<false>(pixels, width, weights)
    } else {
        horizontal_pass::<true>(pixels, width, weights)
    }
}

fn horizontal_pass<const WIDE: bool>(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
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
            let mut high_sums = [I32x4::splat(0); 2];
            let rows = weights.row(x).chunks_exact(4);
            let rows = rows.zip(weights.high_row::<WIDE>(x).chunks_exact(4));
            // Every twelve bytes are four pixels; sixteen are looked at.
            for ((w, high), bytes) in rows.zip(window.windows(16).step_by(12)) {
                let [left, right] = I16x8::rgb_pairs(bytes);
                sums[0] = sums[0].add(left.dot(I16x8::splat_pair([w[0], w[1]])));
                sums[1] = sums[1].add(right.dot(I16x8::splat_pair([w[2], w[3]])));
                if WIDE {
                    let [first, second] = &mut high_sums;
                    *first = first.add(left.dot(I16x8::splat_pair([high[0], high[1]])));
                    *second = second.add(right.dot(I16x8::splat_pair([high[2], high[3]])));
                }
            }
            weights
                .finish::<WIDE>(sums[0].add(sums[1]), high_sums[0].add(high_sums[1]))
                .store_rgb(&mut out[x * CHANNELS..]);
        }
    }
    out.truncate(height * out_bytes);
    out
}

/// Resizes every column of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn vertical(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    if weights.high.is_empty() {
        vertical_pass::<false>(pixels, width, weights)
    } else {
        vertical_pass::<true>(pixels, width, weights)
    }
}

fn vertical_pass<const WIDE: bool>(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let stride = width * CHANNELS;
    let height = pixels.len() / stride;
    let mut out = vec![0; weights.len() * stride];
    // The last columns go through padded copies of sixteen bytes.
    let whole = stride / 16 * 16;
    let row = |y: usize| &pixels[y.min(height - 1) * stride..][..stride];
    for (y, out) in out.chunks_exact_mut(stride).enumerate() {
        let first = weights.first[y];
        let rows: Vec<&[u8]> = (0..weights.taps).map(|tap| row(first + tap)).collect();
        for x in (0..whole).step_by(16) {
            I32x4::store_u8(column::<WIDE>(weights, y, &rows, x), &mut out[x..]);
        }
        let rest = stride - whole;
        if rest > 0 {
            let mut tails = vec![[0u8; 16]; weights.taps];
            for (row, tail) in rows.iter().zip(&mut tails) {
                tail[..rest].copy_from_slice(&row[whole..]);
            }
            let tails: Vec<&[u8]> = tails.iter().map(|tail| &tail[..]).collect();
            let mut last = [0; 16];
            I32x4::store_u8(column::<WIDE>(weights, y, &tails, 0), &mut last);
            out[whole..].copy_from_slice(&last[..rest]);
        }
    }
    out
}

/// Sixteen neighbouring values of output `y`, from byte `x` on, over the rows of its window.
#[inline(always)]
fn column<const WIDE: bool>(weights: &Weights, y: usize, rows: &[&[u8]], x: usize) -> [I32x4; 4] {
    let mut sums = [I32x4::splat(1 << (weights.precision - 1)); 4];
    let mut high_sums = [I32x4::splat(0); 4];
    let pairs = weights.row(y).chunks_exact(2);
    let pairs = pairs.zip(weights.high_row::<WIDE>(y).chunks_exact(2));
    for ((pair, high), rows) in pairs.zip(rows.chunks_exact(2)) {
        // Padding of the window, and rows at its rim that weigh nothing.
        if pair == [0, 0] && (!WIDE || high == [0, 0]) {
            continue;
        }
        let weight = I16x8::splat_pair([pair[0], pair[1]]);
        let high_weight = I16x8::splat_pair([high[0], high[1]]);
        let values = I16x8::row_pairs(&rows[0][x..], &rows[1][x..]);
        for ((sum, high_sum), value) in sums.iter_mut().zip(&mut high_sums).zip(values) {
            *sum = sum.add(value.dot(weight));
            if WIDE {
                *high_sum = high_sum.add(value.dot(high_weight));
            }
        }
    }
    std::array::from_fn(|i| weights.finish::<WIDE>(sums[i], high_sums[i]))
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
                let high = |tap: usize| weights.high.get(o * weights.taps + tap).copied();
                let whole = |(tap, &low): (usize, &i16)| {
                    i64::from(low) + (i64::from(high(tap).unwrap_or(0)) << HIGH_BITS)
                };
                let row = weights.row(o).iter().enumerate().map(whole).enumerate();
                for (tap, w) in row.filter(|(_, w)| *w != 0) {
                    let i = weights.first[o] + tap;
                    let (from_x, from_y) = if is_horizontal { (i, y) } else { (x, i) };
                    sum += w * i64::from(pixels[(from_y * width + from_x) * CHANNELS + c]);
                }
                out.push((sum >> weights.precision).clamp(0, 255) as u8);
            }
        }
    }
    out
}
