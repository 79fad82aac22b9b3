//! One axis of a resize of 8-bit RGB pixels with integer weights.
//!
//! An output value is `clamp((2^(p-1) + sum of weight * pixel) >> p)` with the precision `p` of the weights, in `i32`.
//! Sources: with weights of 16 bits the integer path of `upsample_bilinear2d_aa`, `upsample_bicubic2d_aa` and
//! `upsample_lanczos2d_aa` in PyTorch's UpSampleKernelAVXAntialias; with weights of 24 the 8-bit path of Pillow's Resample.c.
//! The latter are cut into two halves, a product of 16 bits each; sums wrap, and what they come to does not.

mod across;
mod down;

pub use across::Across;
pub use down::{Down, pair_rows};

/// Channels of a pixel.
pub const CHANNELS: usize = 3;

/// Sixteen values of a row and of the one below it, each above the other.
pub type PairBlock = [[i16; 8]; 4];

/// Numbers behind a pair of rows that the horizontal pass overwrites.
pub const SPARE: usize = 2;

/// Bits below the high half of a weight.
pub const HIGH_BITS: u32 = 15;

/// The weights of one axis.
#[derive(Clone, Debug)]
pub struct Weights {
    /// For each output: index of the first input it looks at.
    pub first: Vec<usize>,
    /// For each output `taps` weights; those beyond its window are zero.
    pub weights: Vec<i16>,
    /// What counts 2^15 times beside them; empty if all weights fit sixteen bits.
    pub high: Vec<i16>,
    /// Weights of an output.
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

    /// The high halves of output `i`; nothing if there are none.
    fn high_row(&self, i: usize) -> &[i16] {
        if self.high.is_empty() {
            &[]
        } else {
            &self.high[i * self.taps..(i + 1) * self.taps]
        }
    }
}

/// Weights two by two, as the products take them.
struct Pairs {
    /// For each output: its first input and where its pairs begin; one entry more, for where the last ones end.
    windows: Vec<(usize, usize)>,
    /// A weight in the lower half, the next one in the upper.
    low: Vec<i32>,
    /// The same of the high halves; as long as `low`, or empty.
    high: Vec<i32>,
    precision: u32,
}

impl Pairs {
    /// Leaves out what weighs nothing at the end of a window; every window begins at an even input.
    fn new(weights: &Weights) -> Self {
        let mut pairs = Self {
            windows: Vec::with_capacity(weights.len() + 1),
            low: Vec::new(),
            high: Vec::new(),
            precision: weights.precision,
        };
        let pack = |row: &[i16], at: usize, shift: usize| {
            let half = |i: usize| i.checked_sub(shift).and_then(|i| row.get(i)).copied();
            let [lower, upper] = [at, at + 1].map(|i| half(i).unwrap_or(0));
            (i32::from(upper) << 16) | (i32::from(lower) & 0xffff)
        };
        for (i, &first) in weights.first.iter().enumerate() {
            let (row, high) = (weights.row(i), weights.high_row(i));
            let shift = first % 2;
            pairs.windows.push((first - shift, pairs.low.len()));
            let weighs = |tap: &usize| row[*tap] != 0 || high.get(*tap).is_some_and(|&w| w != 0);
            let used = (0..row.len()).rfind(weighs).map_or(0, |tap| tap + 1);
            for at in (0..used + shift).step_by(2) {
                pairs.low.push(pack(row, at, shift));
                if !high.is_empty() {
                    pairs.high.push(pack(high, at, shift));
                }
            }
        }
        pairs.windows.push((0, pairs.low.len()));
        pairs
    }

    /// First input and the pairs of output `i`, low and high; without high halves the low ones twice.
    fn of(&self, i: usize) -> (usize, &[i32], &[i32]) {
        let (first, begin) = self.windows[i];
        let low = &self.low[begin..self.windows[i + 1].1];
        let high = match self.high.get(begin..begin + low.len()) {
            Some(high) if !self.high.is_empty() => high,
            _ => low,
        };
        (first, low, high)
    }
}

/// Resizes every row of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn horizontal(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let height = pixels.len() / (width * CHANNELS);
    let out_bytes = weights.len() * CHANNELS;
    let mut across = Across::new(width, weights);
    let stride = out_bytes + 1;
    let mut block = vec![0; 4 * stride];
    let mut out = Vec::with_capacity(height * out_bytes);
    let rows: Vec<&[u8]> = pixels.chunks_exact(width * CHANNELS).collect();
    for four in rows.chunks(4) {
        let at = |i: usize| four[i.min(four.len() - 1)];
        across.resize([at(0), at(1), at(2), at(3)], &mut block, stride);
        for row in block.chunks_exact(stride).take(four.len()) {
            out.extend_from_slice(&row[..out_bytes]);
        }
    }
    out
}

/// Resizes every column of `pixels` `[height, width, 3]` to `weights.len()` pixels.
pub fn vertical(pixels: &[u8], width: usize, weights: &Weights) -> Vec<u8> {
    let row_bytes = width * CHANNELS;
    let blocks = row_bytes.div_ceil(16);
    let rows: Vec<&[u8]> = pixels.chunks_exact(row_bytes).collect();
    let mut pairs = vec![PairBlock::default(); rows.len().div_ceil(2) * blocks];
    for (to, two) in pairs.chunks_exact_mut(blocks).zip(rows.chunks(2)) {
        pair_rows(two[0], two[two.len() - 1], to);
    }
    let down = Down::new(weights);
    let mut row = vec![[0; 16]; blocks];
    let mut out = Vec::with_capacity(weights.len() * row_bytes);
    for y in 0..weights.len() {
        down.resize(y, |y| &pairs[y / 2 * blocks..][..blocks], &mut row);
        out.extend_from_slice(&row.as_flattened()[..row_bytes]);
    }
    out
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
