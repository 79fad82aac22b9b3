//! Lanes as plain arrays: the meaning of every operation, and the path of `cargo test`.

use super::Fixed;

/// Four `f32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct F32x4([f32; 4]);

fn zip(a: F32x4, b: F32x4, f: impl Fn(f32, f32) -> f32) -> F32x4 {
    F32x4(core::array::from_fn(|i| f(a.0[i], b.0[i])))
}

// Method names follow the instructions, not std::ops, so that both backends read alike.
#[allow(
    clippy::should_implement_trait,
    missing_docs,
    clippy::missing_safety_doc
)]
impl F32x4 {
    pub fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    /// Lanes that are known beforehand.
    pub fn fixed(lanes: &'static Fixed) -> Self {
        Self(lanes.0)
    }
    /// Four floats at `p`, which must be readable; no alignment is asked for.
    pub unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { p.cast::<[f32; 4]>().read_unaligned() })
    }
    /// One float at `p`, which must be readable, in every lane.
    pub unsafe fn load_splat(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self::splat(unsafe { p.read_unaligned() })
    }
    /// Into four floats at `p`, which must be writable.
    pub unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { p.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }
    /// Lane `LANE` in every lane.
    pub fn spread<const LANE: usize>(self) -> Self {
        Self::splat(self.0[LANE])
    }
    /// `self * b + c`, fused or not.
    pub fn madd(self, b: Self, c: Self) -> Self {
        self.mul(b).add(c)
    }
    pub fn add(self, b: Self) -> Self {
        zip(self, b, |x, y| x + y)
    }
    pub fn sub(self, b: Self) -> Self {
        zip(self, b, |x, y| x - y)
    }
    pub fn mul(self, b: Self) -> Self {
        zip(self, b, |x, y| x * y)
    }
    pub fn div(self, b: Self) -> Self {
        zip(self, b, |x, y| x / y)
    }
    /// `b` where `self < b`, else `self`.
    pub fn max(self, b: Self) -> Self {
        zip(self, b, |x, y| if x < y { y } else { x })
    }
    /// `b` where `b < self`, else `self`.
    pub fn min(self, b: Self) -> Self {
        zip(self, b, |x, y| if y < x { y } else { x })
    }
    pub fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }
    pub fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    /// To the nearest integer, halves to even.
    pub fn nearest(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }
    /// Sixteen lanes that are whole and in -128..=127, as bytes to `p`, which must be writable.
    pub unsafe fn store_bytes(v: [Self; 4], p: *mut i8) {
        for (i, value) in v.iter().flat_map(|lanes| lanes.0).enumerate() {
            // SAFETY: the caller's promise.
            unsafe { *p.add(i) = value as i8 }
        }
    }
    /// Times 2 to the power of `n`, where `shifted` is `n + SHIFT` and the result is a normal number.
    pub fn times_exp2(self, shifted: Self) -> Self {
        Self(core::array::from_fn(|i| {
            let power = shifted.0[i].to_bits() << 23;
            f32::from_bits(self.0[i].to_bits().wrapping_add(power))
        }))
    }
    /// `a` where `self < b`, else `c`.
    pub fn select_lt(self, b: Self, a: Self, c: Self) -> Self {
        Self(core::array::from_fn(|i| {
            if self.0[i] < b.0[i] { a.0[i] } else { c.0[i] }
        }))
    }
}

/// Four `i32` lanes, or sixteen bytes.
#[derive(Clone, Copy, Debug)]
pub struct I32x4([i32; 4]);

#[allow(
    clippy::should_implement_trait,
    missing_docs,
    clippy::missing_safety_doc
)]
impl I32x4 {
    pub fn splat(x: i32) -> Self {
        Self([x; 4])
    }
    /// Sixteen bytes at `p`, which must be readable; no alignment is asked for.
    pub unsafe fn load(p: *const i8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { p.cast::<[i32; 4]>().read_unaligned() })
    }
    /// Lane `LANE` in every lane.
    pub fn spread<const LANE: usize>(self) -> Self {
        Self([self.0[LANE]; 4])
    }
    /// In each lane `c` and the products of the lane's four bytes; those of `b` are in 0..=127.
    pub fn dot(self, b: Self, c: Self) -> Self {
        Self(core::array::from_fn(|i| {
            let (a, b) = (self.0[i].to_le_bytes(), b.0[i].to_le_bytes());
            c.0[i]
                + (0..4)
                    .map(|j| i32::from(a[j] as i8) * i32::from(b[j] as i8))
                    .sum::<i32>()
        }))
    }
    pub fn add(self, b: Self) -> Self {
        Self(core::array::from_fn(|i| self.0[i] + b.0[i]))
    }
    pub fn to_f32(self) -> F32x4 {
        F32x4(self.0.map(|x| x as f32))
    }
}
