//! Eight-bit integers for products: weights once, rows of activations at each run.
//!
//! A weight is 7 bits, `round(w / scale) + 64` with one scale for each row of the matrix, because the instruction that
//! multiplies bytes wants one side in 0..=127; an activation is `round(x / scale)` in -127..=127 with one scale for each row.
//! The sum of products is then too large by 64 times the sum of the row's activations, which is kept beside it.

use crate::lanes::F32x4;
use crate::pack::PANEL;

/// Steps of the products are made of this many bytes of a row.
pub const STEP: usize = 16;

/// Added to a quantized weight.
const WEIGHT_ZERO: i32 = 64;

/// Bytes of a quantized row of `k` numbers: whole steps.
pub fn row_bytes(k: usize) -> usize {
    k.div_ceil(STEP) * STEP
}

/// To the nearest whole number, halves to even.
#[inline(always)]
fn round(x: f32) -> i32 {
    F32x4::splat(x).nearest().to_array()[0] as i32
}

/// Packs a matrix `[n, k]` into panels of bytes, four steps of `k` side by side for each of the 8 lanes; see
/// [`crate::pack::pack_panels`] for `width` and `offset`. `scales` gets one scale for each lane of each panel.
///
/// # Safety
/// `from` is readable for `n * k` floats; `to` is writable for `n / width` (rounded up) times `8 * row_bytes(k)` bytes and
/// `scales` for as many times 8 floats.
pub unsafe fn pack_panels_q8(
    (from, n, k): (*const f32, usize, usize),
    to: *mut i8,
    scales: *mut f32,
    width: usize,
    offset: usize,
) {
    let bytes = row_bytes(k);
    for panel in 0..n.div_ceil(width) {
        for lane in 0..width {
            let row = panel * width + lane;
            // SAFETY: `row < n` for reads; writes are inside the panel.
            unsafe {
                let weight = |i: usize| {
                    if row < n && i < k {
                        *from.add(row * k + i)
                    } else {
                        0.0
                    }
                };
                let largest = (0..k).fold(0.0, |most: f32, i| most.max(weight(i).abs()));
                let scale = if largest > 0.0 { largest / 63.0 } else { 1.0 };
                *scales.add(panel * PANEL + offset + lane) = scale;
                for i in 0..bytes {
                    let at = (panel * bytes + i / 4 * 4) * PANEL + (offset + lane) * 4 + i % 4;
                    *to.add(at) = (round(weight(i) / scale) + WEIGHT_ZERO) as i8;
                }
            }
        }
    }
}

/// Quantized rows: `[m, row_bytes(k)]` bytes, then `[m]` scales (`f32`), then `[m]` corrections (`i32`).
#[derive(Clone, Copy, Debug)]
pub struct QuantizedRows {
    /// Where they begin.
    pub at: *mut i8,
    /// Rows.
    pub m: usize,
    /// Numbers in a row.
    pub k: usize,
}

impl QuantizedRows {
    /// The bytes of a row.
    ///
    /// # Safety
    /// `row` is below `m`.
    #[inline(always)]
    pub unsafe fn row(&self, row: usize) -> *mut i8 {
        // SAFETY: the caller's promise.
        unsafe { self.at.add(row * row_bytes(self.k)) }
    }
    /// The scale of a row.
    ///
    /// # Safety
    /// `row` is below `m`.
    #[inline(always)]
    pub unsafe fn scale(&self, row: usize) -> *mut f32 {
        // SAFETY: the caller's promise; rows are whole steps, so that this is aligned.
        unsafe { self.row(self.m).cast::<f32>().add(row) }
    }
    /// What is added to a row's products.
    ///
    /// # Safety
    /// `row` is below `m`.
    #[inline(always)]
    pub unsafe fn correction(&self, row: usize) -> *mut i32 {
        // SAFETY: the caller's promise.
        unsafe { self.scale(self.m).cast::<i32>().add(row) }
    }

    /// Quantizes rows `from..to` of `x` `[m, k]`.
    ///
    /// # Safety
    /// `x` is readable, this is writable, and nobody else writes those rows.
    pub unsafe fn fill(&self, x: *const f32, from: usize, to: usize) {
        for row in from..to {
            // SAFETY: the caller's promise.
            unsafe {
                let x = x.add(row * self.k);
                let zero = F32x4::splat(0.0);
                let (mut high, mut low) = (zero, zero);
                let whole = self.k / 4 * 4;
                for i in (0..whole).step_by(4) {
                    let lanes = F32x4::load(x.add(i));
                    (high, low) = (high.max(lanes), low.min(lanes));
                }
                let lanes = high.max(zero.sub(low)).largest();
                let largest = (whole..self.k).fold(lanes, |most, i| most.max((*x.add(i)).abs()));
                let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
                let factor = F32x4::splat(1.0 / scale);
                let to = self.row(row);
                let steps = self.k / STEP * STEP;
                // Whole numbers: exact as long as a row is shorter than 2^24 / 127.
                let mut sums = F32x4::splat(0.0);
                for i in (0..steps).step_by(STEP) {
                    let quads: [F32x4; 4] = core::array::from_fn(|j| {
                        F32x4::load(x.add(i + 4 * j)).mul(factor).nearest()
                    });
                    let [a, b, c, d] = quads;
                    sums = sums.add(a.add(b).add(c.add(d)));
                    F32x4::store_bytes(quads, to.add(i));
                }
                let mut sum = sums.sum() as i32;
                for i in steps..row_bytes(self.k) {
                    let value = if i < self.k {
                        F32x4::splat(*x.add(i))
                    } else {
                        F32x4::splat(0.0)
                    };
                    let value = value.mul(factor).nearest().to_array()[0] as i32;
                    sum += value;
                    *to.add(i) = value as i8;
                }
                *self.scale(row) = scale;
                *self.correction(row) = -WEIGHT_ZERO * sum;
            }
        }
    }
}
