//! Keys and values in the order in which attention reads them, as panels of the matrix product.
//!
//! Keys: `[kv_heads][capacity / 8][head_dim][8 positions]`, so that scores are a product with panels over `head_dim`.
//! Values: `[kv_heads][head_dim / 8][capacity][8 elements]`, so that means are a product with panels over positions.
//! Capacities and head dimensions are multiples of 8.

use crate::lanes::F32x4;
use crate::pack::PANEL;

/// Where the keys and values of one sequence lie.
#[derive(Clone, Copy, Debug)]
pub struct CacheView {
    /// Panels of the keys.
    pub keys: *mut f32,
    /// Panels of the values.
    pub values: *mut f32,
    /// Positions that fit.
    pub capacity: usize,
    /// Elements per head.
    pub head_dim: usize,
}

impl CacheView {
    /// Panels of one head's keys.
    ///
    /// # Safety
    /// `head` is below the number of heads.
    #[inline(always)]
    pub unsafe fn keys_of(&self, head: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.keys.add(head * self.capacity * self.head_dim) }
    }

    /// Panels of one head's values.
    ///
    /// # Safety
    /// `head` is below the number of heads.
    #[inline(always)]
    pub unsafe fn values_of(&self, head: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.values.add(head * self.capacity * self.head_dim) }
    }

    /// Writes rows of one head, `k` and `v` with `stride` floats from one token to the next, to positions `start..`.
    ///
    /// # Safety
    /// `k` and `v` hold `num_tokens` such rows, which fit behind `start`; nobody else writes that head.
    pub unsafe fn append(
        &self,
        head: usize,
        (k, v): (*const f32, *const f32),
        stride: usize,
        start: usize,
        num_tokens: usize,
    ) {
        let dim = self.head_dim;
        // SAFETY: the caller's promise; `dim` is a multiple of 8.
        unsafe {
            let (keys, values) = (self.keys_of(head), self.values_of(head));
            for token in 0..num_tokens {
                let position = start + token;
                let to = keys.add(position / PANEL * dim * PANEL + position % PANEL);
                let key = k.add(token * stride);
                for i in 0..dim {
                    *to.add(i * PANEL) = *key.add(i);
                }
                let value = v.add(token * stride);
                for i in (0..dim).step_by(4) {
                    let panel = values.add((i / PANEL * self.capacity + position) * PANEL);
                    F32x4::load(value.add(i)).store(panel.add(i % PANEL));
                }
            }
        }
    }
}
