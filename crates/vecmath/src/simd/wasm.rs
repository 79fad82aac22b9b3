//! Lanes as SIMD128 registers; the meaning of each operation is in the portable twin of this file.
//! One long list, so that the twins can be read side by side.

mod bytes;

pub use bytes::U8x16;
use core::arch::wasm32::*;
use std::hint::black_box;

/// Zero, which the compiler has to take for anything.
#[repr(align(16))]
#[expect(dead_code, reason = "it is read as a vector")]
struct Aligned([u64; 2]);
static ZERO: Aligned = Aligned([0; 2]);

/// The same lanes. The compiler knows the two steps from 32 bits to 8 as minima and maxima, makes one pair of these out of
/// both, and then finds no instruction for it any more: three times the work. It must not see one step from the other.
#[inline(always)]
fn apart(v: v128) -> v128 {
    v128_or(v, zero())
}

#[inline(always)]
fn zero() -> v128 {
    // SAFETY: sixteen readable bytes, aligned as a vector.
    unsafe { (&raw const ZERO).cast::<v128>().read_volatile() }
}

/// Four `f32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct F32x4(v128);

/// Four `u32` lanes; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U32x4(v128);

#[allow(clippy::should_implement_trait, missing_docs)]
impl F32x4 {
    #[inline(always)]
    pub fn splat(x: f32) -> Self {
        Self(f32x4_splat(x))
    }
    #[inline(always)]
    pub fn load(s: &[f32]) -> Self {
        let s = &s[..4];
        // SAFETY: four readable floats, checked above; the load needs no alignment.
        Self(unsafe { v128_load(s.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn store(self, s: &mut [f32]) {
        let s = &mut s[..4];
        // SAFETY: four writable floats, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let low = |x: v128, y: v128| i32x4_shuffle::<0, 4, 1, 5>(x, y);
        let high = |x: v128, y: v128| i32x4_shuffle::<2, 6, 3, 7>(x, y);
        let (even, odd) = (low(a.0, c.0), low(b.0, d.0));
        let (even_high, odd_high) = (high(a.0, c.0), high(b.0, d.0));
        [
            Self(low(even, odd)),
            Self(high(even, odd)),
            Self(low(even_high, odd_high)),
            Self(high(even_high, odd_high)),
        ]
    }
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        let mut a = [0.0; 4];
        self.store(&mut a);
        a
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
    pub fn pmax(self, b: Self) -> Self {
        Self(f32x4_pmax(self.0, b.0))
    }
    #[inline(always)]
    pub fn nearest(self) -> Self {
        Self(f32x4_nearest(self.0))
    }
    #[inline(always)]
    pub fn to_i32(self) -> U32x4 {
        U32x4(i32x4_trunc_sat_f32x4(self.0))
    }
    #[inline(always)]
    pub fn lt(self, b: Self) -> U32x4 {
        U32x4(f32x4_lt(self.0, b.0))
    }
    #[inline(always)]
    pub fn ge(self, b: Self) -> U32x4 {
        U32x4(f32x4_ge(self.0, b.0))
    }
    #[inline(always)]
    pub fn ne(self, b: Self) -> U32x4 {
        U32x4(f32x4_ne(self.0, b.0))
    }
    #[inline(always)]
    pub fn bits(self) -> U32x4 {
        U32x4(self.0)
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl U32x4 {
    #[inline(always)]
    pub fn splat(x: u32) -> Self {
        Self(u32x4_splat(x))
    }
    #[inline(always)]
    pub fn load_u16(s: &[u8]) -> Self {
        let s = &s[..8];
        // SAFETY: eight readable bytes, checked above; the load needs no alignment.
        Self(unsafe { u32x4_extend_low_u16x8(v128_load64_zero(s.as_ptr().cast())) })
    }
    #[inline(always)]
    pub fn load_u16_twice(s: &[u8]) -> [Self; 2] {
        let v = load_bytes(s);
        [
            Self(u32x4_extend_low_u16x8(v)),
            Self(u32x4_extend_high_u16x8(v)),
        ]
    }
    #[inline(always)]
    pub fn load_u32(s: &[u8]) -> Self {
        let s = &s[..16];
        // SAFETY: sixteen readable bytes, checked above; the load needs no alignment.
        Self(unsafe { v128_load(s.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn store_u16(self, s: &mut [u8]) {
        let s = &mut s[..8];
        let packed =
            i8x16_shuffle::<0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13>(self.0, self.0);
        // SAFETY: eight writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store64_lane::<0>(packed, s.as_mut_ptr().cast()) }
    }
    #[inline(always)]
    pub fn store_u16_twice(v: [Self; 2], s: &mut [u8]) {
        let s = &mut s[..16];
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), u16x8_narrow_i32x4(v[0].0, v[1].0)) }
    }
    #[inline(always)]
    pub fn store_u32(self, s: &mut [u8]) {
        let s = &mut s[..16];
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub fn and(self, b: Self) -> Self {
        Self(v128_and(self.0, b.0))
    }
    #[inline(always)]
    pub fn or(self, b: Self) -> Self {
        Self(v128_or(self.0, b.0))
    }
    #[inline(always)]
    pub fn xor(self, b: Self) -> Self {
        Self(v128_xor(self.0, b.0))
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(i32x4_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        Self(i32x4_sub(self.0, b.0))
    }
    #[inline(always)]
    pub fn shl(self, n: u32) -> Self {
        Self(i32x4_shl(self.0, n))
    }
    #[inline(always)]
    pub fn shr(self, n: u32) -> Self {
        Self(u32x4_shr(self.0, n))
    }
    #[inline(always)]
    pub fn shr_signed(self, n: u32) -> Self {
        Self(i32x4_shr(self.0, n))
    }
    #[inline(always)]
    pub fn to_f32(self) -> F32x4 {
        F32x4(f32x4_convert_i32x4(self.0))
    }
    #[inline(always)]
    pub fn gt(self, b: Self) -> Self {
        Self(u32x4_gt(self.0, b.0))
    }
    #[inline(always)]
    pub fn select(self, a: Self, b: Self) -> Self {
        Self(v128_bitselect(a.0, b.0, self.0))
    }
    #[inline(always)]
    pub fn any(self) -> bool {
        v128_any_true(self.0)
    }
    #[inline(always)]
    pub fn as_f32(self) -> F32x4 {
        F32x4(self.0)
    }
}

/// Eight `u16` lanes; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U16x8(v128);

#[allow(clippy::should_implement_trait, missing_docs)]
impl U16x8 {
    #[inline(always)]
    pub fn splat(x: u16) -> Self {
        Self(u16x8_splat(x))
    }
    #[inline(always)]
    pub fn load(s: &[u8]) -> Self {
        Self(load_bytes(s))
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
    pub fn or(self, b: Self) -> Self {
        Self(v128_or(self.0, b.0))
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(i16x8_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn shl(self, n: u32) -> Self {
        Self(i16x8_shl(self.0, n))
    }
    #[inline(always)]
    pub fn shr(self, n: u32) -> Self {
        Self(u16x8_shr(self.0, n))
    }
    #[inline(always)]
    pub fn shr_signed(self, n: u32) -> Self {
        Self(i16x8_shr(self.0, n))
    }
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        Self(i16x8_sub(self.0, b.0))
    }
    #[inline(always)]
    pub fn max(self, b: Self) -> Self {
        Self(u16x8_max(self.0, b.0))
    }
    #[inline(always)]
    pub fn all_at_most(self, b: Self) -> bool {
        !v128_any_true(u16x8_sub_sat(self.0, b.0))
    }
    #[inline(always)]
    pub fn narrow(low: U32x4, high: U32x4) -> Self {
        Self(u16x8_narrow_i32x4(low.0, high.0))
    }
    #[inline(always)]
    pub fn high_halves(low: U32x4, high: U32x4) -> Self {
        Self(u16x8_narrow_i32x4(
            u32x4_shr(low.0, 16),
            u32x4_shr(high.0, 16),
        ))
    }
    #[inline(always)]
    pub fn store(self, s: &mut [u8]) {
        let s = &mut s[..16];
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub fn gt(self, b: Self) -> Self {
        // The signed comparison is one instruction on every machine.
        Self(i16x8_gt(self.0, b.0))
    }
    #[inline(always)]
    pub fn any(self) -> bool {
        v128_any_true(self.0)
    }
    #[inline(always)]
    pub fn below(self, high: Self) -> [U32x4; 2] {
        let (low, high) = (self.0, high.0);
        [
            U32x4(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(low, high)),
            U32x4(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(low, high)),
        ]
    }
}

/// Eight `i16` lanes, read as four pairs.
#[derive(Clone, Copy, Debug)]
pub struct I16x8(v128);

/// Four `i32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct I32x4(v128);

#[inline(always)]
fn load_bytes(s: &[u8]) -> v128 {
    let s = &s[..16];
    // SAFETY: sixteen readable bytes, checked above; the load needs no alignment.
    unsafe { v128_load(s.as_ptr().cast()) }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl I16x8 {
    #[inline(always)]
    pub fn splat_packed(pair: i32) -> Self {
        Self(i32x4_splat(pair))
    }
    #[inline(always)]
    pub fn load_u8(s: &[u8]) -> Self {
        let s = &s[..8];
        // SAFETY: eight readable bytes, checked above; the load needs no alignment.
        Self(unsafe { u16x8_load_extend_u8x8(s.as_ptr()) })
    }
    #[inline(always)]
    pub fn splat(x: i16) -> Self {
        Self(i16x8_splat(x))
    }
    #[inline(always)]
    pub fn load(s: &[i16]) -> Self {
        let s = &s[..8];
        // SAFETY: eight readable values, checked above; the load needs no alignment.
        Self(unsafe { v128_load(s.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn store(self, s: &mut [i16]) {
        let s = &mut s[..8];
        // SAFETY: eight writable values, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    pub fn to_array(self) -> [i16; 8] {
        let mut a = [0; 8];
        self.store(&mut a);
        a
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(i16x8_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        Self(i16x8_sub(self.0, b.0))
    }
    #[inline(always)]
    pub fn mul(self, b: Self) -> Self {
        Self(i16x8_mul(self.0, b.0))
    }
    #[inline(always)]
    pub fn or(self, b: Self) -> Self {
        Self(v128_or(self.0, b.0))
    }
    #[inline(always)]
    pub fn and(self, b: Self) -> Self {
        Self(v128_and(self.0, b.0))
    }
    #[inline(always)]
    pub fn is_zero(self) -> bool {
        !v128_any_true(self.0)
    }
    #[inline(always)]
    pub fn shl(self, n: u32) -> Self {
        Self(i16x8_shl(self.0, n))
    }
    #[inline(always)]
    pub fn shr(self, n: u32) -> Self {
        Self(i16x8_shr(self.0, n))
    }
    #[inline(always)]
    pub fn zip_low(self, b: Self) -> Self {
        Self(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, b.0))
    }
    #[inline(always)]
    pub fn zip_high(self, b: Self) -> Self {
        Self(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, b.0))
    }
    #[inline(always)]
    pub fn widen(self) -> [I32x4; 2] {
        [
            I32x4(i32x4_extend_low_i16x8(self.0)),
            I32x4(i32x4_extend_high_i16x8(self.0)),
        ]
    }
    #[inline(always)]
    pub fn narrow(low: I32x4, high: I32x4) -> Self {
        Self(i16x8_narrow_i32x4(low.0, high.0))
    }
    #[inline(always)]
    pub fn apart<const N: usize>(v: [Self; N]) -> [Self; N] {
        let zero = zero();
        v.map(|v| Self(v128_or(v.0, zero)))
    }
    #[inline(always)]
    pub fn store_bytes(self, odd: Self, s: &mut [u8]) {
        let s = &mut s[..16];
        let bytes = v128_or(self.0, i16x8_shl(odd.0, 8));
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), bytes) }
    }
    #[inline(always)]
    pub fn row_pairs(a: &[u8], b: &[u8]) -> [Self; 4] {
        let (a, b) = (load_bytes(a), load_bytes(b));
        let low = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b);
        let high =
            i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b);
        [
            Self(u16x8_extend_low_u8x16(low)),
            Self(u16x8_extend_high_u8x16(low)),
            Self(u16x8_extend_low_u8x16(high)),
            Self(u16x8_extend_high_u8x16(high)),
        ]
    }
    #[inline(always)]
    pub fn dot(self, b: Self) -> I32x4 {
        I32x4(i32x4_dot_i16x8(self.0, b.0))
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl I32x4 {
    #[inline(always)]
    pub fn splat(x: i32) -> Self {
        Self(i32x4_splat(x))
    }
    #[inline(always)]
    pub fn add(self, b: Self) -> Self {
        Self(i32x4_add(self.0, b.0))
    }
    #[inline(always)]
    pub fn sub(self, b: Self) -> Self {
        Self(i32x4_sub(self.0, b.0))
    }
    #[inline(always)]
    pub fn shl(self, n: u32) -> Self {
        Self(i32x4_shl(self.0, n))
    }
    #[inline(always)]
    pub fn shr(self, n: u32) -> Self {
        Self(i32x4_shr(self.0, n))
    }
    #[inline(always)]
    pub fn store_rgb_rows(v: [Self; 3], rows: [&mut [u8]; 4]) {
        let low = apart(i16x8_narrow_i32x4(v[0].0, v[1].0));
        let high = apart(i16x8_narrow_i32x4(v[2].0, v[2].0));
        let bytes = u8x16_narrow_i16x8(low, high);
        let spread = i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
        let bytes = i8x16_swizzle(bytes, spread);
        let [first, second, third, fourth] = rows.map(|row| row[..4].as_mut_ptr().cast());
        // SAFETY: four writable bytes each, checked above; the stores need no alignment.
        unsafe {
            v128_store32_lane::<0>(bytes, first);
            v128_store32_lane::<1>(bytes, second);
            v128_store32_lane::<2>(bytes, third);
            v128_store32_lane::<3>(bytes, fourth);
        }
    }
    #[inline(always)]
    pub fn store_u8(v: [Self; 4], s: &mut [u8]) {
        let s = &mut s[..16];
        let low = apart(i16x8_narrow_i32x4(v[0].0, v[1].0));
        let high = apart(i16x8_narrow_i32x4(v[2].0, v[3].0));
        // SAFETY: sixteen writable bytes, checked above; the store needs no alignment.
        unsafe { v128_store(s.as_mut_ptr().cast(), u8x16_narrow_i16x8(low, high)) }
    }
}

/// Moves pixels of four rows into pairs of values and back.
#[derive(Clone, Copy, Debug)]
pub struct FourRows {
    /// Bytes 0 to 5, those of two pixels or of two rows, three after three: pairs of 16 bits.
    first: v128,
    /// The same of bytes 6 to 11.
    second: v128,
}

#[allow(clippy::new_without_default, missing_docs)]
impl FourRows {
    #[inline(always)]
    pub fn new() -> Self {
        // V8 makes a constant vector anew wherever it is used, unless the compiler cannot know it.
        Self {
            first: black_box(i8x16(
                0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
            )),
            second: black_box(i8x16(
                6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1,
            )),
        }
    }
    #[inline(always)]
    pub fn interleave(self, rows: [&[u8]; 4], out: &mut [i16]) {
        let out = &mut out[..50];
        let rows = rows.map(load_bytes);
        // Six numbers count of every eight; the next store overwrites the other two.
        for (i, row) in rows.into_iter().enumerate() {
            let pairs = i8x16_swizzle(row, self.first);
            // SAFETY: 6 i + 8 is at most 26 of fifty numbers; the store needs no alignment.
            unsafe { v128_store(out.as_mut_ptr().add(6 * i).cast(), pairs) }
        }
        for (i, row) in rows.into_iter().enumerate() {
            let pairs = i8x16_swizzle(row, self.second);
            // SAFETY: 24 + 6 i + 8 is at most fifty numbers; the store needs no alignment.
            unsafe { v128_store(out.as_mut_ptr().add(24 + 6 * i).cast(), pairs) }
        }
    }
    #[inline(always)]
    pub fn store_pairs(self, v: [I32x4; 3], out: [&mut [i16]; 2]) {
        let low = apart(i16x8_narrow_i32x4(v[0].0, v[1].0));
        let high = apart(i16x8_narrow_i32x4(v[2].0, v[2].0));
        let bytes = u8x16_narrow_i16x8(low, high);
        let [above, below] = out;
        I16x8(i8x16_swizzle(bytes, self.first)).store(above);
        I16x8(i8x16_swizzle(bytes, self.second)).store(below);
    }
}

#[inline(always)]
#[allow(missing_docs)]
pub fn store_rgb(colors: [[I16x8; 2]; 3], s: &mut [u8]) {
    let s = &mut s[..48];
    let [r, g, b] = colors.map(|[low, high]| u8x16_narrow_i16x8(low.0, high.0));
    let merge = |r_at: v128, g_at: v128, b_at: v128| {
        let rg = v128_or(i8x16_swizzle(r, r_at), i8x16_swizzle(g, g_at));
        v128_or(rg, i8x16_swizzle(b, b_at))
    };
    let first = merge(
        i8x16(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5),
        i8x16(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1),
        i8x16(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1),
    );
    let second = merge(
        i8x16(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1),
        i8x16(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10),
        i8x16(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1),
    );
    let third = merge(
        i8x16(
            -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1,
        ),
        i8x16(
            -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1,
        ),
        i8x16(
            10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15,
        ),
    );
    // SAFETY: 48 writable bytes, checked above; the stores need no alignment.
    unsafe {
        v128_store(s.as_mut_ptr().cast(), first);
        v128_store(s.as_mut_ptr().add(16).cast(), second);
        v128_store(s.as_mut_ptr().add(32).cast(), third);
    }
}
