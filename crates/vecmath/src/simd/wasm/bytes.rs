//! Lanes of bytes; the meaning of each operation is in the portable twin of this file.

use super::{I16x8, I32x4, load_bytes};
use core::arch::wasm32::*;

/// Sixteen byte lanes, signed or not as an operation says; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U8x16(v128);

#[allow(clippy::should_implement_trait, missing_docs)]
impl U8x16 {
    #[inline(always)]
    pub fn splat(x: u8) -> Self {
        Self(u8x16_splat(x))
    }
    #[inline(always)]
    pub fn load(s: &[u8]) -> Self {
        Self(load_bytes(s))
    }
    #[inline(always)]
    pub fn load_halves(low: &[u8], high: &[u8]) -> Self {
        let (low, high) = (&low[..8], &high[..8]);
        // SAFETY: eight readable bytes each, checked above; the loads need no alignment.
        Self(unsafe {
            v128_load64_lane::<1>(v128_load64_zero(low.as_ptr().cast()), high.as_ptr().cast())
        })
    }
    #[inline(always)]
    pub fn store(self, s: &mut [u8]) {
        let s = &mut s[..16];
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub fn store_halves(self, low: &mut [u8], high: &mut [u8]) {
        let (low, high) = (&mut low[..8], &mut high[..8]);
        // SAFETY: eight writable bytes each, checked above; the stores need no alignment.
        unsafe {
            v128_store64_lane::<0>(self.0, low.as_mut_ptr().cast());
            v128_store64_lane::<1>(self.0, high.as_mut_ptr().cast());
        }
    }
    #[inline(always)]
    pub fn and(self, b: Self) -> Self {
        Self(v128_and(self.0, b.0))
    }
    #[inline(always)]
    pub fn and_not(self, b: Self) -> Self {
        Self(v128_andnot(self.0, b.0))
    }
    #[inline(always)]
    pub fn xor(self, b: Self) -> Self {
        Self(v128_xor(self.0, b.0))
    }
    #[inline(always)]
    pub fn max(self, b: Self) -> Self {
        Self(u8x16_max(self.0, b.0))
    }
    #[inline(always)]
    pub fn abs_diff(self, b: Self) -> Self {
        Self(v128_or(
            u8x16_sub_sat(self.0, b.0),
            u8x16_sub_sat(b.0, self.0),
        ))
    }
    #[inline(always)]
    pub fn add_sat(self, b: Self) -> Self {
        Self(u8x16_add_sat(self.0, b.0))
    }
    #[inline(always)]
    pub fn halve(self) -> Self {
        Self(u8x16_shr(self.0, 1))
    }
    #[inline(always)]
    pub fn at_most(self, b: Self) -> Self {
        Self(u8x16_le(self.0, b.0))
    }
    #[inline(always)]
    pub fn add_sat_signed(self, b: Self) -> Self {
        Self(i8x16_add_sat(self.0, b.0))
    }
    #[inline(always)]
    pub fn sub_sat_signed(self, b: Self) -> Self {
        Self(i8x16_sub_sat(self.0, b.0))
    }
    #[inline(always)]
    pub fn shr_signed(self, n: u32) -> Self {
        Self(i8x16_shr(self.0, n))
    }
    #[inline(always)]
    pub fn zip_low(self, b: Self) -> Self {
        let zipped =
            i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, b.0);
        Self(zipped)
    }
    #[inline(always)]
    pub fn zip_high(self, b: Self) -> Self {
        let zipped = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(
            self.0, b.0,
        );
        Self(zipped)
    }
    #[inline(always)]
    pub fn widen_signed(self) -> [I16x8; 2] {
        [
            I16x8(i16x8_extend_low_i8x16(self.0)),
            I16x8(i16x8_extend_high_i8x16(self.0)),
        ]
    }
    #[inline(always)]
    pub fn narrow_signed(low: I16x8, high: I16x8) -> Self {
        Self(i8x16_narrow_i16x8(low.0, high.0))
    }
}

#[allow(missing_docs)]
impl I16x8 {
    #[inline(always)]
    pub fn add_sat(self, b: Self) -> Self {
        Self(i16x8_add_sat(self.0, b.0))
    }
    #[inline(always)]
    pub fn shr_unsigned(self, n: u32) -> Self {
        Self(u16x8_shr(self.0, n))
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl I32x4 {
    #[inline(always)]
    pub fn load_i16(s: &[i16]) -> Self {
        let s = &s[..4];
        // SAFETY: four readable values, checked above; the load needs no alignment.
        Self(unsafe { i32x4_load_extend_i16x4(s.as_ptr()) })
    }
    #[inline(always)]
    pub fn load_u8(s: &[u8]) -> Self {
        let s = &s[..4];
        // SAFETY: four readable bytes, checked above; the load needs no alignment.
        let bytes = unsafe { v128_load32_zero(s.as_ptr().cast()) };
        Self(u32x4_extend_low_u16x8(u16x8_extend_low_u8x16(bytes)))
    }
    #[inline(always)]
    pub fn mul(self, b: Self) -> Self {
        Self(i32x4_mul(self.0, b.0))
    }
    #[inline(always)]
    pub fn zip_low(self, b: Self) -> Self {
        Self(i32x4_shuffle::<0, 4, 1, 5>(self.0, b.0))
    }
    #[inline(always)]
    pub fn zip_high(self, b: Self) -> Self {
        Self(i32x4_shuffle::<2, 6, 3, 7>(self.0, b.0))
    }
    #[inline(always)]
    pub fn store_u8_rows(v: [Self; 4], s: &mut [u8], stride: usize) {
        let low = i16x8_narrow_i32x4(v[0].0, v[1].0);
        let high = i16x8_narrow_i32x4(v[2].0, v[3].0);
        let bytes = u8x16_narrow_i16x8(low, high);
        let mut row = |y: usize| s[y * stride..][..4].as_mut_ptr().cast();
        let [first, second, third, fourth] = [row(0), row(1), row(2), row(3)];
        // SAFETY: four writable bytes each, checked above; the stores need no alignment.
        unsafe {
            v128_store32_lane::<0>(bytes, first);
            v128_store32_lane::<1>(bytes, second);
            v128_store32_lane::<2>(bytes, third);
            v128_store32_lane::<3>(bytes, fourth);
        }
    }
}
