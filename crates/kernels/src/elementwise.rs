//! Elementwise kernels.

use crate::activation::{Activation, activate};
use crate::lanes::F32x4;

/// What two values become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a * b`.
    Mul,
}

/// Runs `f` over `len` elements; a rest is widened by repeating one value.
#[inline(always)]
unsafe fn map(len: usize, y: *mut f32, f: impl Fn(usize, bool) -> F32x4) {
    let mut i = 0;
    // SAFETY: the caller's promise for `f`; `i < len` throughout.
    unsafe {
        while i + 4 <= len {
            f(i, true).store(y.add(i));
            i += 4;
        }
        while i < len {
            *y.add(i) = f(i, false).to_array()[0];
            i += 1;
        }
    }
}

#[inline(always)]
unsafe fn read(p: *const f32, i: usize, whole: bool) -> F32x4 {
    // SAFETY: the caller's promise.
    unsafe {
        if whole {
            F32x4::load(p.add(i))
        } else {
            F32x4::load_splat(p.add(i))
        }
    }
}

/// `y = act(x * factor)`.
///
/// # Safety
/// `x` is readable and `y` writable for `len` floats.
pub unsafe fn scale_and_activate(
    x: *const f32,
    y: *mut f32,
    len: usize,
    factor: f32,
    kind: Activation,
) {
    let factor = F32x4::splat(factor);
    // SAFETY: the caller's promise.
    unsafe {
        map(len, y, |i, whole| {
            activate(kind, read(x, i, whole).mul(factor))
        })
    }
}

/// `y = a op b` over a run of elements; `b_step` is 1, or 0 if `b` is one value for all.
///
/// # Safety
/// The pointers are readable or writable for `len` floats (one if the step is 0).
pub unsafe fn binary(
    kind: Binary,
    (a, a_step): (*const f32, usize),
    (b, b_step): (*const f32, usize),
    y: *mut f32,
    len: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        map(len, y, |i, whole| {
            let left = read(a, i * a_step, whole && a_step == 1);
            let right = read(b, i * b_step, whole && b_step == 1);
            match kind {
                Binary::Add => left.add(right),
                Binary::Mul => left.mul(right),
            }
        })
    }
}

/// Mean over the middle axis of `x` `[outer, extent, inner]`, for rows `from..to` of `y` `[outer, inner]`.
///
/// # Safety
/// `x` and `y` hold these rows; nobody else writes them.
pub unsafe fn mean_rows(
    x: *const f32,
    y: *mut f32,
    (extent, inner): (usize, usize),
    from: usize,
    to: usize,
) {
    let factor = F32x4::splat(1.0 / extent as f32);
    for row in from..to {
        // SAFETY: the caller's promise.
        unsafe {
            let x = x.add(row * extent * inner);
            map(inner, y.add(row * inner), |i, whole| {
                let mut sum = F32x4::splat(0.0);
                for at in 0..extent {
                    sum = sum.add(read(x, at * inner + i, whole));
                }
                sum.mul(factor)
            });
        }
    }
}

/// Rows `from..to` of a bias of attention `[rows, num_tokens]`: 0 for the keys that a token sees, `hidden` for the others. Token
/// `t` of its sequence sees keys behind `t - window` up to `t + ahead[row]`.
///
/// # Safety
/// `ahead` and `y` hold these rows; nobody else writes them.
pub unsafe fn ahead_bias(
    ahead: *const i32,
    y: *mut f32,
    (num_tokens, window, hidden): (usize, usize, f32),
    from: usize,
    to: usize,
) {
    for row in from..to {
        let token = row % num_tokens;
        // SAFETY: the caller's promise.
        unsafe {
            let last = token as i64 + i64::from(*ahead.add(row));
            for key in 0..num_tokens {
                let seen = key as i64 <= last && key.saturating_add(window) > token;
                *y.add(row * num_tokens + key) = if seen { 0.0 } else { hidden };
            }
        }
    }
}
