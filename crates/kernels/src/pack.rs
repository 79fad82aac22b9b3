//! Weights in the order in which the matrix product reads them.

/// Columns of one panel.
pub const PANEL: usize = 8;

/// Packs a matrix into panels: element `[row][i]` of `[n, k]` goes to lane `offset + row % width` of step `i` of panel
/// `row / width`. Lanes behind the last row become 0. A plain matrix has width 8 and offset 0; two matrices whose results
/// are multiplied with each other share panels, width 4 and offsets 0 and 4. A bias is a matrix of one column.
///
/// # Safety
/// `from` is readable for `n * k` floats, `to` writable for `n / width` (rounded up) times `k * PANEL` floats.
pub unsafe fn pack_panels(
    from: *const f32,
    n: usize,
    k: usize,
    to: *mut f32,
    width: usize,
    offset: usize,
) {
    for panel in 0..n.div_ceil(width) {
        for lane in 0..width {
            let row = panel * width + lane;
            for i in 0..k {
                // SAFETY: `row < n` for the read; the write is inside its panel.
                unsafe {
                    let value = if row < n { *from.add(row * k + i) } else { 0.0 };
                    *to.add((panel * k + i) * PANEL + offset + lane) = value;
                }
            }
        }
    }
}
