//! Matrix products with packed weights: `y = act(x W^T + b) + r`, and the gated form `act(x G^T) * (x U^T)`.
//!
//! A tile of 6 rows and 8 columns stays in 12 registers while the whole of `k` passes by. Rows are read four steps at a time
//! and spread from the register, because a load costs an address check; larger tiles spill.

use crate::activation::{Activation, activate_each};
use crate::lanes::F32x4;
use crate::pack::PANEL;

/// Rows of a tile.
pub const TILE_ROWS: usize = 6;

/// Bytes of `x` that are run through all panels before the next rows are read: half of a usual second-level cache.
const ROWS_BYTES: usize = 256 * 1024;

/// Rows of so many bytes that are run through all panels before the next ones.
pub(crate) fn rows_per_block(row_bytes: usize) -> usize {
    (ROWS_BYTES / row_bytes.max(1)).max(TILE_ROWS) / TILE_ROWS * TILE_ROWS
}

/// Rows cut into tiles of nearly the same height: small tiles wait for their sums.
pub(crate) struct Tiles {
    row: usize,
    rest: usize,
    tiles: usize,
}

impl Tiles {
    pub(crate) fn new(first: usize, last: usize) -> Self {
        Self {
            row: first,
            rest: last - first,
            tiles: (last - first).div_ceil(TILE_ROWS),
        }
    }
}

impl Iterator for Tiles {
    /// First row and number of rows, at most [`TILE_ROWS`].
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.tiles == 0 {
            return None;
        }
        // A single row is a matter of tens of cycles: no division for it.
        let rows = if self.tiles == 1 {
            self.rest
        } else {
            self.rest.div_ceil(self.tiles)
        };
        let row = self.row;
        self.row += rows;
        self.rest -= rows;
        self.tiles -= 1;
        Some((row, rows))
    }
}

/// One product.
#[derive(Clone, Copy, Debug)]
pub struct Gemm {
    /// `[m, k]`.
    pub x: *const f32,
    /// Panels of [`crate::pack::pack_panels`].
    pub weight: *const f32,
    /// Panels of the bias, `[panels, 8]`; null for none.
    pub bias: *const f32,
    /// `[m, n]`, added behind the activation; null for none.
    pub residual: *const f32,
    /// `[m, n]`.
    pub y: *mut f32,
    /// Rows.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Columns of `x`.
    pub k: usize,
    /// Behind the bias.
    pub activation: Activation,
    /// Whether each panel holds 4 columns of a gate and the 4 of what it gates.
    pub gated: bool,
}

impl Gemm {
    /// Columns of the result that one panel makes.
    pub fn panel_columns(&self) -> usize {
        if self.gated { PANEL / 2 } else { PANEL }
    }

    /// Panels of the weight.
    pub fn panels(&self) -> usize {
        self.n.div_ceil(self.panel_columns())
    }

    /// Computes the columns of panels `from..to`.
    ///
    /// # Safety
    /// All pointers hold what their fields say; nobody else writes those columns of `y`.
    pub unsafe fn run(&self, from: usize, to: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.run_part((0, self.m), (from, to)) }
    }

    /// Computes the columns of panels `from..to` in some rows.
    ///
    /// # Safety
    /// All pointers hold what their fields say; nobody else writes those columns of those rows of `y`.
    pub unsafe fn run_part(&self, rows: (usize, usize), (from, to): (usize, usize)) {
        let block = rows_per_block(self.k * 4);
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
        // SAFETY: as `run`.
        unsafe {
            let x = self.x.add(row * self.k);
            let weight = self.weight.add(panel * self.k * PANEL);
            let sums = if ROWS == 1 {
                [row_times_panel(x, self.k, weight); ROWS]
            } else {
                rows_times_panel::<ROWS>(x, self.k, self.k, weight)
            };
            let bias = self.bias_of(panel);
            self.finish(
                panel,
                row,
                sums.map(|[a, b]| [a.add(bias[0]), b.add(bias[1])]),
            );
        }
    }

    /// The bias of a panel's columns.
    ///
    /// # Safety
    /// As [`Gemm::run`].
    #[inline(always)]
    pub(crate) unsafe fn bias_of(&self, panel: usize) -> [F32x4; 2] {
        if self.bias.is_null() {
            return [F32x4::splat(0.0); 2];
        }
        // SAFETY: the caller's promise.
        unsafe {
            let at = self.bias.add(panel * PANEL);
            [F32x4::load(at), F32x4::load(at.add(4))]
        }
    }

    /// Activation, residual, and the store, of which the last panel may keep only a part.
    #[inline(always)]
    pub(crate) unsafe fn finish<const ROWS: usize>(
        &self,
        panel: usize,
        row: usize,
        mut sums: [[F32x4; 2]; ROWS],
    ) {
        if self.activation != Activation::Identity {
            let step = if self.gated { 2 } else { 1 };
            activate_each(self.activation, sums.as_flattened_mut(), step);
        }
        let columns = self.panel_columns();
        let at = row * self.n + panel * columns;
        let kept = (self.n - panel * columns).min(columns);
        // SAFETY: as `run`; stores stop at column `n`.
        unsafe {
            if self.gated {
                for (i, [gate, up]) in sums.into_iter().enumerate() {
                    self.store(at + i * self.n, kept, gate.mul(up));
                }
            } else if kept < columns {
                for (i, [first, second]) in sums.into_iter().enumerate() {
                    self.store(at + i * self.n, kept.min(4), first);
                    self.store(at + i * self.n + 4, kept.saturating_sub(4), second);
                }
            } else {
                if !self.residual.is_null() {
                    for (i, [first, second]) in sums.iter_mut().enumerate() {
                        let from = self.residual.add(at + i * self.n);
                        *first = first.add(F32x4::load(from));
                        *second = second.add(F32x4::load(from.add(4)));
                    }
                }
                for (i, [first, second]) in sums.into_iter().enumerate() {
                    let to = self.y.add(at + i * self.n);
                    first.store(to);
                    second.store(to.add(4));
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store(&self, at: usize, kept: usize, value: F32x4) {
        // SAFETY: as `run`.
        unsafe {
            if kept == 4 {
                let value = if self.residual.is_null() {
                    value
                } else {
                    value.add(F32x4::load(self.residual.add(at)))
                };
                value.store(self.y.add(at));
                return;
            }
            for (i, lane) in value.to_array().into_iter().take(kept).enumerate() {
                let added = if self.residual.is_null() {
                    0.0
                } else {
                    *self.residual.add(at + i)
                };
                *self.y.add(at + i) = lane + added;
            }
        }
    }
}

/// Products of `ROWS` rows with one panel.
///
/// # Safety
/// Rows `x + i * stride` are readable for `k` floats, `panel` for `8 * k`.
#[inline(always)]
pub unsafe fn rows_times_panel<const ROWS: usize>(
    x: *const f32,
    stride: usize,
    k: usize,
    panel: *const f32,
) -> [[F32x4; 2]; ROWS] {
    let mut sums = [[F32x4::splat(0.0); 2]; ROWS];
    let mut panel = panel;
    let mut i = 0;
    // SAFETY: `i < k` throughout.
    unsafe {
        macro_rules! step {
            ($quads:ident, $lane:literal) => {
                let w = [
                    F32x4::load(panel.add($lane * 8)),
                    F32x4::load(panel.add($lane * 8 + 4)),
                ];
                for row in 0..ROWS {
                    let value = $quads[row].spread::<$lane>();
                    sums[row][0] = value.madd(w[0], sums[row][0]);
                    sums[row][1] = value.madd(w[1], sums[row][1]);
                }
            };
        }
        while i + 4 <= k {
            let quads: [F32x4; ROWS] =
                core::array::from_fn(|row| F32x4::load(x.add(row * stride + i)));
            step!(quads, 0);
            step!(quads, 1);
            step!(quads, 2);
            step!(quads, 3);
            panel = panel.add(32);
            i += 4;
        }
        while i < k {
            let w = [F32x4::load(panel), F32x4::load(panel.add(4))];
            for (row, sum) in sums.iter_mut().enumerate() {
                let value = F32x4::load_splat(x.add(row * stride + i));
                *sum = [value.madd(w[0], sum[0]), value.madd(w[1], sum[1])];
            }
            panel = panel.add(8);
            i += 1;
        }
    }
    sums
}

/// Product of one row with one panel: eight partial sums, so that no multiply-add waits for the one before.
///
/// # Safety
/// `x` is readable for `k` floats, `panel` for `8 * k`.
#[inline(always)]
pub unsafe fn row_times_panel(x: *const f32, k: usize, panel: *const f32) -> [F32x4; 2] {
    let mut sums = [[F32x4::splat(0.0); 2]; 4];
    let mut panel = panel;
    let mut i = 0;
    // SAFETY: `i < k` throughout.
    unsafe {
        macro_rules! step {
            ($quad:ident, $lane:literal) => {
                let value = $quad.spread::<$lane>();
                sums[$lane][0] = value.madd(F32x4::load(panel.add($lane * 8)), sums[$lane][0]);
                sums[$lane][1] = value.madd(F32x4::load(panel.add($lane * 8 + 4)), sums[$lane][1]);
            };
        }
        while i + 4 <= k {
            let quad = F32x4::load(x.add(i));
            step!(quad, 0);
            step!(quad, 1);
            step!(quad, 2);
            step!(quad, 3);
            panel = panel.add(32);
            i += 4;
        }
        while i < k {
            let value = F32x4::load_splat(x.add(i));
            sums[0][0] = value.madd(F32x4::load(panel), sums[0][0]);
            sums[0][1] = value.madd(F32x4::load(panel.add(4)), sums[0][1]);
            panel = panel.add(8);
            i += 1;
        }
    }
    let [a, b, c, d] = sums;
    [
        a[0].add(b[0]).add(c[0].add(d[0])),
        a[1].add(b[1]).add(c[1].add(d[1])),
    ]
}
