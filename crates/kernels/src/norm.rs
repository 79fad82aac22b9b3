//! Norms over the last axis.

use crate::lanes::{F32x4, sqrt};

/// A norm of rows.
#[derive(Clone, Copy, Debug)]
pub struct Norm {
    /// `[rows, size]`.
    pub x: *const f32,
    /// `[size]`.
    pub weight: *const f32,
    /// `[size]`; null for none.
    pub bias: *const f32,
    /// `[rows, size]`.
    pub y: *mut f32,
    /// Width of a row.
    pub size: usize,
    /// Added to the mean square or variance.
    pub eps: f32,
}

/// Sum of `f(x)` over a row, in eight lanes and a rest.
#[inline(always)]
unsafe fn sum_row(x: *const f32, size: usize, f: impl Fn(F32x4) -> F32x4) -> f32 {
    let mut sums = [F32x4::splat(0.0); 2];
    let mut i = 0;
    // SAFETY: `i < size` throughout; the rest is widened by repeating a value whose other lanes are not used.
    unsafe {
        while i + 8 <= size {
            sums[0] = sums[0].add(f(F32x4::load(x.add(i))));
            sums[1] = sums[1].add(f(F32x4::load(x.add(i + 4))));
            i += 8;
        }
        let mut rest = 0.0;
        while i < size {
            rest += f(F32x4::load_splat(x.add(i))).to_array()[0];
            i += 1;
        }
        sums[0].add(sums[1]).sum() + rest
    }
}

/// Writes `f(x, i)` for every element of a row; `f` is given four lanes or one value in all of them.
#[inline(always)]
unsafe fn map_row(
    x: *const f32,
    y: *mut f32,
    size: usize,
    f: impl Fn(F32x4, &dyn Fn(*const f32) -> F32x4) -> F32x4,
) {
    let mut i = 0;
    // SAFETY: `i < size` throughout.
    unsafe {
        while i + 4 <= size {
            f(F32x4::load(x.add(i)), &|p| F32x4::load(p.add(i))).store(y.add(i));
            i += 4;
        }
        while i < size {
            let value = f(F32x4::load_splat(x.add(i)), &|p| {
                F32x4::load_splat(p.add(i))
            });
            *y.add(i) = value.to_array()[0];
            i += 1;
        }
    }
}

/// `x / sqrt(mean(x^2) + eps) * w` for rows `from..to`. With `residual` the row is first replaced by its sum with that one,
/// which is also written to `sum`.
///
/// # Safety
/// The pointers of `norm` hold what its fields say; `residual` and `sum` are null or `[rows, size]`; nobody else writes those
/// rows.
pub unsafe fn rms_norm(norm: &Norm, residual: *const f32, sum: *mut f32, from: usize, to: usize) {
    let Norm { size, weight, .. } = *norm;
    for row in from..to {
        // SAFETY: the caller's promise.
        unsafe {
            let mut x = norm.x.add(row * size);
            if !residual.is_null() {
                let residual = residual.add(row * size);
                let sum = sum.add(row * size);
                add_rows(x, residual, sum, size);
                x = sum;
            }
            let squares = sum_row(x, size, |v| v.mul(v));
            let factor = F32x4::splat(1.0 / sqrt(squares / size as f32 + norm.eps));
            map_row(x, norm.y.add(row * size), size, |v, at| {
                v.mul(factor).mul(at(weight))
            });
        }
    }
}

/// `y = a + b` over `size` floats.
///
/// # Safety
/// `a` and `b` are readable and `y` is writable for `size` floats.
#[inline(always)]
pub unsafe fn add_rows(a: *const f32, b: *const f32, y: *mut f32, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { map_row(a, y, size, |v, at| v.add(at(b))) }
}

/// `(x - mean) / sqrt(var + eps) * w + b` for rows `from..to`.
///
/// # Safety
/// The pointers of `norm` hold what its fields say; nobody else writes those rows.
pub unsafe fn layer_norm(norm: &Norm, from: usize, to: usize) {
    let Norm {
        size, weight, bias, ..
    } = *norm;
    for row in from..to {
        // SAFETY: the caller's promise.
        unsafe {
            let x = norm.x.add(row * size);
            let mean = F32x4::splat(sum_row(x, size, |v| v) / size as f32);
            let squares = sum_row(x, size, |v| v.sub(mean).mul(v.sub(mean)));
            let factor = F32x4::splat(1.0 / sqrt(squares / size as f32 + norm.eps));
            map_row(x, norm.y.add(row * size), size, |v, at| {
                let scaled = v.sub(mean).mul(factor).mul(at(weight));
                if bias.is_null() {
                    scaled
                } else {
                    scaled.add(at(bias))
                }
            });
        }
    }
}
