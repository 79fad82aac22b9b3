//! Attention of one head over keys and values in panels: `softmax(scale * q k^T) v`.

use crate::activation::exp;
use crate::cache::CacheView;
use crate::gemm::{TILE_ROWS, Tiles, row_times_panel, rows_times_panel};
use crate::lanes::F32x4;
use crate::pack::PANEL;

/// Queries that are worked on together; each needs a row of scores in the scratch.
pub const QUERY_BLOCK: usize = 2 * TILE_ROWS;

/// One head of one sequence.
#[derive(Clone, Copy, Debug)]
pub struct HeadAttention {
    /// Query of the first token; tokens lie `stride` floats apart.
    pub q: *const f32,
    /// Result of the first token; tokens lie `stride` floats apart.
    pub y: *mut f32,
    /// Floats from one token to the next.
    pub stride: usize,
    /// Position of the first query, for causal masks.
    pub first_position: usize,
    /// Keys that are valid.
    pub num_keys: usize,
    /// Whether a query sees only its own position and those before.
    pub causal: bool,
    /// Most keys that a query sees, its own included; at least 1.
    pub window: usize,
    /// Factor of the scores.
    pub scale: f32,
    /// Added to the scaled scores, one for each key; null for none. Tokens lie `bias_stride` floats apart.
    pub bias: *const f32,
    /// Floats from one token's biases to the next's; 0 if all share them.
    pub bias_stride: usize,
}

impl HeadAttention {
    /// Keys `from..to` that query `token` sees.
    fn seen(&self, token: usize) -> (usize, usize) {
        if !self.causal {
            return (0, self.num_keys);
        }
        let to = (self.first_position + token + 1).min(self.num_keys);
        (to.saturating_sub(self.window), to)
    }

    /// Computes queries `from..to`, at most [`QUERY_BLOCK`].
    ///
    /// # Safety
    /// The pointers hold what their fields say; `cache` has the keys and values of `head`; `scratch` is writable for
    /// `QUERY_BLOCK` times `num_keys` (rounded up to 8) floats and belongs to this thread; nobody else writes those queries.
    pub unsafe fn run(
        &self,
        cache: &CacheView,
        head: usize,
        scratch: *mut f32,
        from: usize,
        to: usize,
    ) {
        let dim = cache.head_dim;
        let width = self.num_keys.div_ceil(PANEL) * PANEL;
        // Keys that some query of the block sees, widened to whole panels.
        let first = self.seen(from).0 / PANEL * PANEL;
        let last = self.seen(to - 1).1;
        // SAFETY: the caller's promise.
        unsafe {
            let (keys, values) = (cache.keys_of(head), cache.values_of(head));
            let q = self.q.add(from * self.stride);
            let ones = [1.0; QUERY_BLOCK];
            for position in (first..last).step_by(PANEL) {
                let panel = keys.add(position * dim);
                multiply(
                    q,
                    self.stride,
                    dim,
                    panel,
                    scratch.add(position - first),
                    width,
                    &ones[..to - from],
                );
            }
            let mut factors = ones;
            for token in from..to {
                let (low, high) = self.seen(token);
                let row = scratch.add((token - from) * width);
                let mut scale = self.scale;
                if !self.bias.is_null() {
                    let bias = self.bias.add(token * self.bias_stride);
                    for key in low..high {
                        let score = row.add(key - first);
                        *score = *score * scale + *bias.add(key);
                    }
                    scale = 1.0;
                }
                factors[token - from] = powers(row, low - first, high - first, last - first, scale);
            }
            let y = self.y.add(from * self.stride);
            for i in (0..dim).step_by(PANEL) {
                let panel = values.add((i * cache.capacity / PANEL + first) * PANEL);
                multiply(
                    scratch,
                    width,
                    last - first,
                    panel,
                    y.add(i),
                    self.stride,
                    &factors[..to - from],
                );
            }
        }
    }
}

/// `y = x P` for some rows and one panel, 8 columns; each row times its factor.
#[inline(always)]
unsafe fn multiply(
    x: *const f32,
    x_stride: usize,
    k: usize,
    panel: *const f32,
    y: *mut f32,
    y_stride: usize,
    factors: &[f32],
) {
    for (row, rows) in Tiles::new(0, factors.len()) {
        // SAFETY: the caller's promise.
        unsafe {
            let x = x.add(row * x_stride);
            macro_rules! tile {
                ($rows:literal) => {
                    for (i, [a, b]) in rows_times_panel::<$rows>(x, x_stride, k, panel)
                        .into_iter()
                        .enumerate()
                    {
                        let factor = F32x4::load_splat(factors.as_ptr().add(row + i));
                        let at = y.add((row + i) * y_stride);
                        a.mul(factor).store(at);
                        b.mul(factor).store(at.add(4));
                    }
                };
            }
            match rows {
                6 => tile!(6),
                5 => tile!(5),
                4 => tile!(4),
                3 => tile!(3),
                2 => tile!(2),
                _ => {
                    let factor = F32x4::load_splat(factors.as_ptr().add(row));
                    let [a, b] = row_times_panel(x, k, panel);
                    let at = y.add(row * y_stride);
                    a.mul(factor).store(at);
                    b.mul(factor).store(at.add(4));
                }
            }
        }
    }
}

/// Powers of `scores[low..high]`, the largest 1; the others of `0..len` become 0. The softmax is these times the result.
#[inline(always)]
unsafe fn powers(scores: *mut f32, low: usize, high: usize, len: usize, scale: f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe {
        for i in (0..low).chain(high..len) {
            *scores.add(i) = 0.0;
        }
        let mut largest = f32::NEG_INFINITY;
        let mut i = low;
        let mut lanes = F32x4::splat(f32::NEG_INFINITY);
        while i + 4 <= high {
            lanes = lanes.max(F32x4::load(scores.add(i)));
            i += 4;
        }
        while i < high {
            largest = largest.max(*scores.add(i));
            i += 1;
        }
        let largest = F32x4::splat(largest.max(lanes.largest()));
        let scale = F32x4::splat(scale);
        let mut sums = F32x4::splat(0.0);
        let mut sum = 0.0;
        i = low;
        while i + 4 <= high {
            let weight = exp(F32x4::load(scores.add(i)).sub(largest).mul(scale));
            weight.store(scores.add(i));
            sums = sums.add(weight);
            i += 4;
        }
        while i < high {
            let weight =
                exp(F32x4::load_splat(scores.add(i)).sub(largest).mul(scale)).to_array()[0];
            *scores.add(i) = weight;
            sum += weight;
            i += 1;
        }
        1.0 / (sum + sums.sum())
    }
}
