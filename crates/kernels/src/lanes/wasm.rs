//! Lanes as SIMD128 registers; the meaning of each operation is in the portable twin of this file.

use core::arch::wasm32::*;

use super::Fixed;

/// Four `f32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct F32x4(v128);

#[allow(
    clippy::should_implement_trait,
    missing_docs,
    clippy::missing_safety_doc
)]
impl F32x4 {
    #[inline(always)]
    pub fn splat(x: f32) -> Self {
        Self(f32x4_splat(x))
    }
    /// V8 makes a constant anew at each use, with three instructions of which two wait for one port: this reads it from memory.
    #[inline(always)]
    pub fn fixed(lanes: &'static Fixed) -> Self {
        // SAFETY: a reference to 16 aligned bytes; volatile, so that the compiler does not make a constant of it again.
        Self(unsafe { core::ptr::from_ref(lanes).cast::<v128>().read_volatile() })
    }
    #[inline(always)]
    pub unsafe fn load(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load(p.cast()) })
    }
    #[inline(always)]
    pub unsafe fn load_splat(p: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load32_splat(p.cast()) })
    }
    #[inline(always)]
    pub unsafe fn store(self, p: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { v128_store(p.cast(), self.0) }
    }
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }
    #[inline(always)]
    pub fn spread<const LANE: usize>(self) -> Self {
        Self(i32x4_shuffle::<LANE, LANE, LANE, LANE>(self.0, self.0))
    }
    #[inline(always)]
    pub fn madd(self, b: Self, c: Self) -> Self {
        Self(f32x4_relaxed_madd(self.0, b.0, c.0))
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(f32x4_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        Self(f32x4_sub(self.0, b.0))
    }
    #[inline(always)]
    pub fn mul(self, b: Self) -> Self {
        Self(f32x4_mul(self.0, b.0))
    }
    #[inline(always)]
    pub fn div(self, b: Self) -> Self {
        Self(f32x4_div(self.0, b.0))
    }
    #[inline(always)]
    pub fn max(self, b: Self) -> Self {
        Self(f32x4_pmax(self.0, b.0))
    }
    #[inline(always)]
    pub fn min(self, b: Self) -> Self {
        Self(f32x4_pmin(self.0, b.0))
    }
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }
    #[inline(always)]
    pub fn nearest(self) -> Self {
        Self(f32x4_nearest(self.0))
    }
    #[inline(always)]
    pub unsafe fn store_bytes(v: [Self; 4], p: *mut i8) {
        // All hosts agree on whole numbers in range.
        let [a, b, c, d] = v.map(|lanes| i32x4_relaxed_trunc_f32x4(lanes.0));
        let bytes = i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        // SAFETY: the caller's promise.
        unsafe { v128_store(p.cast(), bytes) }
    }
    #[inline(always)]
    pub fn times_exp2(self, shifted: Self) -> Self {
        Self(i32x4_add(self.0, i32x4_shl(shifted.0, 23)))
    }
    #[inline(always)]
    pub fn select_lt(self, b: Self, a: Self, c: Self) -> Self {
        Self(v128_bitselect(a.0, c.0, f32x4_lt(self.0, b.0)))
    }
}

/// Four `i32` lanes, or sixteen bytes.
#[derive(Clone, Copy, Debug)]
pub struct I32x4(v128);

#[allow(
    clippy::should_implement_trait,
    missing_docs,
    clippy::missing_safety_doc
)]
impl I32x4 {
    #[inline(always)]
    pub fn splat(x: i32) -> Self {
        Self(i32x4_splat(x))
    }
    #[inline(always)]
    pub unsafe fn load(p: *const i8) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { v128_load(p.cast()) })
    }
    #[inline(always)]
    pub fn spread<const LANE: usize>(self) -> Self {
        Self(i32x4_shuffle::<LANE, LANE, LANE, LANE>(self.0, self.0))
    }
    #[inline(always)]
    pub fn dot(self, b: Self, c: Self) -> Self {
        Self(i32x4_relaxed_dot_i8x16_i7x16_add(self.0, b.0, c.0))
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(i32x4_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn to_f32(self) -> F32x4 {
        F32x4(f32x4_convert_i32x4(self.0))
    }
}
