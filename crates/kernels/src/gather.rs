//! Rows of a table by index.

/// Copies rows `indices[from..to]` of `table` to rows `from..to` of `y`.
///
/// Returns false if an index is outside `0..table_rows`; its row is left as it is.
///
/// # Safety
/// `table` is `[table_rows, size]`, `indices` and the rows of `y` reach `to`; nobody else writes those rows.
pub unsafe fn gather_rows(
    (table, table_rows): (*const f32, usize),
    indices: *const i32,
    y: *mut f32,
    size: usize,
    from: usize,
    to: usize,
) -> bool {
    let mut fits = true;
    for i in from..to {
        // SAFETY: the caller's promise; the index is checked.
        unsafe {
            let row = *indices.add(i);
            if row < 0 || row as usize >= table_rows {
                fits = false;
                continue;
            }
            core::ptr::copy_nonoverlapping(table.add(row as usize * size), y.add(i * size), size);
        }
    }
    fits
}
