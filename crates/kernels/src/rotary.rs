//! Rotary positions: pairs (i, i + rotary_dim / 2) of each head are rotated; Su et al. 2021 in the half-split form.

/// A rotation of rows of heads.
#[derive(Clone, Copy, Debug)]
pub struct Rotary {
    /// `[rows, heads * head_dim]`.
    pub x: *const f32,
    /// As `x`.
    pub y: *mut f32,
    /// `[rows]`.
    pub positions: *const i32,
    /// `[positions, rotary_dim / 2]`.
    pub cos: *const f32,
    /// As `cos`.
    pub sin: *const f32,
    /// Heads side by side.
    pub heads: usize,
    /// Elements per head.
    pub head_dim: usize,
    /// Elements of each head, from its start, that are rotated; even.
    pub rotary_dim: usize,
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
            let table = *r.positions.add(row) as usize * half;
            for head in 0..r.heads {
                let at = row * width + head * r.head_dim;
                for i in 0..half {
                    let (cos, sin) = (*r.cos.add(table + i), *r.sin.add(table + i));
                    let (a, b) = (*r.x.add(at + i), *r.x.add(at + half + i));
                    *r.y.add(at + i) = a * cos - b * sin;
                    *r.y.add(at + half + i) = b * cos + a * sin;
                }
                for i in r.rotary_dim..r.head_dim {
                    *r.y.add(at + i) = *r.x.add(at + i);
                }
            }
        }
    }
}
