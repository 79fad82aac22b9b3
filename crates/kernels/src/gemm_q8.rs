//! Matrix products of quantized rows and weights; sums are exact integers, bias, activation and residual are `f32`.

use crate::gemm::{Gemm, TILE_ROWS};
use crate::lanes::{F32x4, I32x4};
use crate::pack::PANEL;
use crate::quantize::{QuantizedRows, STEP, row_bytes};

/// Bytes of rows that are run through all panels before the next rows are read.
const ROWS_BYTES: usize = 256 * 1024;

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
        let bytes = row_bytes(self.rows.k);
        let block = (ROWS_BYTES / bytes.max(1)).max(TILE_ROWS) / TILE_ROWS * TILE_ROWS;
        let mut first = 0;
        while first < self.product.m {
            let last = (first + block).min(self.product.m);
            for panel in from..to {
                // SAFETY: the caller's promise.
                unsafe { self.column(panel, first, last) };
            }
            first = last;
        }
    }

    #[inline(always)]
    unsafe fn column(&self, panel: usize, first: usize, last: usize) {
        let mut row = first;
        // SAFETY: rows below `m`, panels below `panels()`.
        unsafe {
            while row + TILE_ROWS <= last {
                self.tile::<TILE_ROWS>(panel, row);
                row += TILE_ROWS;
            }
            match last - row {
                5 => self.tile::<5>(panel, row),
                4 => self.tile::<4>(panel, row),
                3 => self.tile::<3>(panel, row),
                2 => self.tile::<2>(panel, row),
                1 => self.tile::<1>(panel, row),
                _ => {}
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
            for (i, sum) in sums.iter().enumerate() {
                let scale = F32x4::splat(*self.rows.scale(row + i));
                let value = |half: usize| {
                    sum[half]
                        .to_f32()
                        .mul(scale.mul(scales[half]))
                        .add(bias[half])
                };
                self.product.finish(panel, row + i, [value(0), value(1)]);
            }
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
