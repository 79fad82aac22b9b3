//! Matrix products of quantized rows and weights; sums are exact integers, bias, activation and residual are `f32`.

use crate::gemm::{Gemm, Tiles, rows_per_block};
use crate::lanes::{F32x4, I32x4};
use crate::pack::PANEL;
use crate::quantize::{QuantizedRows, STEP, row_bytes};

/// One product.
#[derive(Clone, Copy, Debug)]
pub struct GemmQ8 {
    /// Everything but `x` and `weight`, which are not read.
    pub product: Gemm,
    /// `[m, k]`.
    pub rows: QuantizedRows,
    /// Panels of [`crate::quantize::pack_panels_q8`].
    pub weight: *const i8,
    /// Their scales, `[panels, 8]`.
    pub scales: *const f32,
}

impl GemmQ8 {
    /// Computes the columns of panels `from..to`.
    ///
    /// # Safety
    /// All pointers hold what their fields say; nobody else writes those columns of the result.
    pub unsafe fn run(&self, from: usize, to: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.run_part((0, self.product.m), (from, to)) }
    }

    /// Computes the columns of panels `from..to` in some rows.
    ///
    /// # Safety
    /// All pointers hold what their fields say; nobody else writes those columns of those rows of the result.
    pub unsafe fn run_part(&self, rows: (usize, usize), (from, to): (usize, usize)) {
        let block = rows_per_block(row_bytes(self.rows.k));
        let mut first = rows.0;
        while first < rows.1 {
            let last = (first + block).min(rows.1);
            for panel in from..to {
                // SAFETY: the caller's promise.
                unsafe { self.column(panel, first, last) };
            }
            first = last;
        }
    }

    #[inline(always)]
    unsafe fn column(&self, panel: usize, first: usize, last: usize) {
        for (row, rows) in Tiles::new(first, last) {
            // SAFETY: rows below `m`, panels below `panels()`.
            unsafe {
                match rows {
                    6 => self.tile::<6>(panel, row),
                    5 => self.tile::<5>(panel, row),
                    4 => self.tile::<4>(panel, row),
                    3 => self.tile::<3>(panel, row),
                    2 => self.tile::<2>(panel, row),
                    _ => self.tile::<1>(panel, row),
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn tile<const ROWS: usize>(&self, panel: usize, row: usize) {
        let bytes = row_bytes(self.rows.k);
        // SAFETY: as `run`.
        unsafe {
            let start: [I32x4; ROWS] =
                core::array::from_fn(|i| I32x4::splat(*self.rows.correction(row + i)));
            let x = self.rows.row(row).cast_const();
            let weight = self.weight.add(panel * bytes * PANEL);
            let sums = if ROWS == 1 {
                [row_times_panel(x, bytes, weight, start[0]); ROWS]
            } else {
                rows_times_panel(x, bytes, weight, start)
            };
            let scales = self.scales.add(panel * PANEL);
            let scales = [F32x4::load(scales), F32x4::load(scales.add(4))];
            let bias = self.product.bias_of(panel);
            let values = core::array::from_fn(|i| {
                let scale = F32x4::splat(*self.rows.scale(row + i));
                [0, 1].map(|half| {
                    let sum: I32x4 = sums[i][half];
                    sum.to_f32().mul(scale.mul(scales[half])).add(bias[half])
                })
            });
            self.product.finish::<ROWS>(panel, row, values);
        }
    }
}

/// Products of `ROWS` rows of `bytes` with one panel, added to `start`.
///
/// # Safety
/// The rows are readable one behind the other, `panel` for `8 * bytes`.
#[inline(always)]
unsafe fn rows_times_panel<const ROWS: usize>(
    x: *const i8,
    bytes: usize,
    panel: *const i8,
    start: [I32x4; ROWS],
) -> [[I32x4; 2]; ROWS] {
    let mut sums = start.map(|sum| [sum; 2]);
    let mut panel = panel;
    for at in (0..bytes).step_by(STEP) {
        // SAFETY: `at < bytes`.
        unsafe {
            let quads: [I32x4; ROWS] = core::array::from_fn(|i| I32x4::load(x.add(i * bytes + at)));
            macro_rules! step {
                ($lane:literal) => {
                    let w = [
                        I32x4::load(panel.add($lane * 32)),
                        I32x4::load(panel.add($lane * 32 + 16)),
                    ];
                    for (sum, quad) in sums.iter_mut().zip(&quads) {
                        let value = quad.spread::<$lane>();
                        *sum = [value.dot(w[0], sum[0]), value.dot(w[1], sum[1])];
                    }
                };
            }
            step!(0);
            step!(1);
            step!(2);
            step!(3);
            panel = panel.add(4 * 32);
        }
    }
    sums
}

/// Product of one row with one panel: eight partial sums, so that no product waits for the one before.
///
/// # Safety
/// `x` is readable for `bytes`, `panel` for `8 * bytes`.
#[inline(always)]
unsafe fn row_times_panel(
    x: *const i8,
    bytes: usize,
    panel: *const i8,
    start: I32x4,
) -> [I32x4; 2] {
    let mut sums = [[I32x4::splat(0); 2]; 4];
    sums[0] = [start; 2];
    let mut panel = panel;
    for at in (0..bytes).step_by(STEP) {
        // SAFETY: `at < bytes`.
        unsafe {
            let quad = I32x4::load(x.add(at));
            macro_rules! step {
                ($lane:literal) => {
                    let value = quad.spread::<$lane>();
                    let [a, b] = sums[$lane];
                    let w = panel.add($lane * 32);
                    sums[$lane] = [
                        value.dot(I32x4::load(w), a),
                        value.dot(I32x4::load(w.add(16)), b),
                    ];
                };
            }
            step!(0);
            step!(1);
            step!(2);
            step!(3);
            panel = panel.add(4 * 32);
        }
    }
    let [a, b, c, d] = sums;
    [
        a[0].add(b[0]).add(c[0].add(d[0])),
        a[1].add(b[1]).add(c[1].add(d[1])),
    ]
}
