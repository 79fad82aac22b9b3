//! Rotary positions: pairs of elements of each head are rotated; Su et al. 2021, half-split or interleaved.

/// A rotation of rows of heads.
#[derive(Clone, Copy, Debug)]
pub struct Rotary {
    /// `[rows, heads * head_dim]`.
    pub x: *const f32,
    /// As `x`.
    pub y: *mut f32,
    /// `[rows]`; null if row `i` has position `i`, from 0 again behind the table's end.
    pub positions: *const i32,
    /// `[table_rows, rotary_dim / 2]`.
    pub cos: *const f32,
    /// As `cos`.
    pub sin: *const f32,
    /// Heads side by side.
    pub heads: usize,
    /// Elements per head.
    pub head_dim: usize,
    /// Elements of each head, from its start, that are rotated; even.
    pub rotary_dim: usize,
    /// Rows of the tables.
    pub table_rows: usize,
    /// Whether elements 2i and 2i + 1 are a pair, and not i and i + rotary_dim / 2.
    pub interleaved: bool,
}

/// Rotates rows `from..to`.
///
/// # Safety
/// The pointers hold what their fields say, positions are inside the tables; nobody else writes those rows.
pub unsafe fn rotary(r: &Rotary, from: usize, to: usize) {
    let half = r.rotary_dim / 2;
    let width = r.heads * r.head_dim;
    for row in from..to {
        // SAFETY: the caller's promise.
        unsafe {
            let position = if r.positions.is_null() {
                row % r.table_rows
            } else {
                *r.positions.add(row) as usize
            };
            let table = position * half;
            for head in 0..r.heads {
                let at = row * width + head * r.head_dim;
                for i in 0..half {
                    let (cos, sin) = (*r.cos.add(table + i), *r.sin.add(table + i));
                    let (first, second) = if r.interleaved {
                        (at + 2 * i, at + 2 * i + 1)
                    } else {
                        (at + i, at + half + i)
                    };
                    let (a, b) = (*r.x.add(first), *r.x.add(second));
                    *r.y.add(first) = a * cos - b * sin;
                    *r.y.add(second) = b * cos + a * sin;
                }
                for i in r.rotary_dim..r.head_dim {
                    *r.y.add(at + i) = *r.x.add(at + i);
                }
            }
        }
    }
}
