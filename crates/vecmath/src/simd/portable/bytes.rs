//! Lanes of bytes, and what is done to wider ones on their way to bytes.

use super::{I16x8, I32x4};

/// Sixteen byte lanes, signed or not as an operation says; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U8x16([u8; 16]);

fn zip(a: U8x16, b: U8x16, f: impl Fn(u8, u8) -> u8) -> U8x16 {
    U8x16(std::array::from_fn(|i| f(a.0[i], b.0[i])))
}

fn zip_signed(a: U8x16, b: U8x16, f: impl Fn(i8, i8) -> i8) -> U8x16 {
    zip(a, b, |a, b| f(a as i8, b as i8) as u8)
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl U8x16 {
    pub fn splat(x: u8) -> Self {
        Self([x; 16])
    }
    /// The first sixteen bytes.
    pub fn load(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| s[..16][i]))
    }
    /// The first eight bytes of both.
    pub fn load_halves(low: &[u8], high: &[u8]) -> Self {
        Self(std::array::from_fn(|i| [low, high][i / 8][i % 8]))
    }
    /// Into the first sixteen bytes.
    pub fn store(self, s: &mut [u8]) {
        s[..16].copy_from_slice(&self.0);
    }
    /// Into the first eight bytes of both.
    pub fn store_halves(self, low: &mut [u8], high: &mut [u8]) {
        low[..8].copy_from_slice(&self.0[..8]);
        high[..8].copy_from_slice(&self.0[8..]);
    }
    pub fn and(self, b: Self) -> Self {
        zip(self, b, |a, b| a & b)
    }
    pub fn and_not(self, b: Self) -> Self {
        zip(self, b, |a, b| a & !b)
    }
    pub fn xor(self, b: Self) -> Self {
        zip(self, b, |a, b| a ^ b)
    }
    pub fn max(self, b: Self) -> Self {
        zip(self, b, u8::max)
    }
    pub fn abs_diff(self, b: Self) -> Self {
        zip(self, b, u8::abs_diff)
    }
    pub fn add_sat(self, b: Self) -> Self {
        zip(self, b, u8::saturating_add)
    }
    pub fn halve(self) -> Self {
        Self(self.0.map(|x| x >> 1))
    }
    /// Unsigned comparison.
    pub fn at_most(self, b: Self) -> Self {
        zip(self, b, |a, b| if a <= b { u8::MAX } else { 0 })
    }
    pub fn add_sat_signed(self, b: Self) -> Self {
        zip_signed(self, b, i8::saturating_add)
    }
    pub fn sub_sat_signed(self, b: Self) -> Self {
        zip_signed(self, b, i8::saturating_sub)
    }
    /// Keeps the sign.
    pub fn shr_signed(self, n: u32) -> Self {
        Self(self.0.map(|x| (x as i8 >> n) as u8))
    }
    /// The first eight lanes of both, in turns.
    pub fn zip_low(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][i / 2]))
    }
    /// The last eight lanes of both, in turns.
    pub fn zip_high(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][8 + i / 2]))
    }
    pub fn widen_signed(self) -> [I16x8; 2] {
        [0, 8].map(|at| I16x8(std::array::from_fn(|i| (self.0[at + i] as i8).into())))
    }
    /// Clamps to signed bytes.
    pub fn narrow_signed(low: I16x8, high: I16x8) -> Self {
        Self(std::array::from_fn(|i| {
            [low.0, high.0][i / 8][i % 8].clamp(-128, 127) as u8
        }))
    }
}

#[allow(missing_docs)]
impl I16x8 {
    /// Clamps to 16 bits.
    pub fn add_sat(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].saturating_add(b.0[i])))
    }
    /// As unsigned numbers.
    pub fn shr_unsigned(self, n: u32) -> Self {
        Self(self.0.map(|x| (x as u16 >> n) as i16))
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl I32x4 {
    /// The first four elements of `s`.
    pub fn load_i16(s: &[i16]) -> Self {
        Self(std::array::from_fn(|i| s[..4][i].into()))
    }
    /// The first four bytes.
    pub fn load_u8(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| s[..4][i].into()))
    }
    /// Wraps.
    pub fn mul(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_mul(b.0[i])))
    }
    /// The first two lanes of both, in turns.
    pub fn zip_low(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][i / 2]))
    }
    /// The last two lanes of both, in turns.
    pub fn zip_high(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][2 + i / 2]))
    }
    /// Clamps to 0..=255 and writes four lanes into each of four rows, `stride` bytes apart.
    pub fn store_u8_rows(v: [Self; 4], s: &mut [u8], stride: usize) {
        for (y, v) in v.into_iter().enumerate() {
            for (to, x) in s[y * stride..][..4].iter_mut().zip(v.0) {
                *to = x.clamp(0, 255) as u8;
            }
        }
    }
}
