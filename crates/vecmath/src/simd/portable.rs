//! Lanes as plain arrays: the meaning of every operation, and the path of `cargo test`.
//! One long list, so that the twins can be read side by side.

mod bytes;

pub use bytes::U8x16;

/// Four `f32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct F32x4([f32; 4]);

/// Four `u32` lanes; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U32x4([u32; 4]);

fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> F32x4 {
    F32x4(std::array::from_fn(|i| f(a[i], b[i])))
}

fn mask(a: [f32; 4], b: [f32; 4], f: impl Fn(&f32, &f32) -> bool) -> U32x4 {
    U32x4(std::array::from_fn(|i| {
        if f(&a[i], &b[i]) { u32::MAX } else { 0 }
    }))
}

// Method names follow the instructions, not std::ops, so that both backends read alike.
#[allow(clippy::should_implement_trait, missing_docs)]
impl F32x4 {
    pub fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    /// The first four elements of `s`.
    pub fn load(s: &[f32]) -> Self {
        Self([s[0], s[1], s[2], s[3]])
    }
    /// Into the first four elements of `s`.
    pub fn store(self, s: &mut [f32]) {
        s[..4].copy_from_slice(&self.0);
    }
    /// Lane `i` of each becomes the lanes of vector `i`.
    pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
        std::array::from_fn(|i| Self(rows.map(|row| row.0[i])))
    }
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }
    pub fn add(self, b: Self) -> Self {
        zip(self.0, b.0, |x, y| x + y)
    }
    pub fn sub(self, b: Self) -> Self {
        zip(self.0, b.0, |x, y| x - y)
    }
    pub fn mul(self, b: Self) -> Self {
        zip(self.0, b.0, |x, y| x * y)
    }
    /// `b` where `self < b`, else `self` (so a NaN in `b` is passed over).
    pub fn pmax(self, b: Self) -> Self {
        zip(self.0, b.0, |x, y| if x < y { y } else { x })
    }
    /// To the nearest integer, halves to even.
    pub fn nearest(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }
    /// To `i32` with saturation, as bits.
    pub fn to_i32(self) -> U32x4 {
        U32x4(self.0.map(|x| x as i32 as u32))
    }
    pub fn lt(self, b: Self) -> U32x4 {
        mask(self.0, b.0, f32::lt)
    }
    pub fn ge(self, b: Self) -> U32x4 {
        mask(self.0, b.0, f32::ge)
    }
    /// True in lanes where they differ; a NaN differs from itself.
    pub fn ne(self, b: Self) -> U32x4 {
        mask(self.0, b.0, f32::ne)
    }
    pub fn bits(self) -> U32x4 {
        U32x4(self.0.map(f32::to_bits))
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl U32x4 {
    pub fn splat(x: u32) -> Self {
        Self([x; 4])
    }
    /// Four little-endian 16-bit values from the first eight bytes.
    pub fn load_u16(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| {
            u16::from_le_bytes([s[2 * i], s[2 * i + 1]]).into()
        }))
    }
    /// Eight little-endian 16-bit values from the first sixteen bytes.
    pub fn load_u16_twice(s: &[u8]) -> [Self; 2] {
        [Self::load_u16(s), Self::load_u16(&s[8..])]
    }
    /// Four little-endian 32-bit values from the first sixteen bytes.
    pub fn load_u32(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| {
            u32::from_le_bytes([s[4 * i], s[4 * i + 1], s[4 * i + 2], s[4 * i + 3]])
        }))
    }
    /// The low halves of all lanes into the first eight bytes.
    pub fn store_u16(self, s: &mut [u8]) {
        for (to, from) in s[..8].chunks_exact_mut(2).zip(self.0) {
            to.copy_from_slice(&(from as u16).to_le_bytes());
        }
    }
    /// Eight values below 65536 into the first sixteen bytes.
    pub fn store_u16_twice(v: [Self; 2], s: &mut [u8]) {
        v[0].store_u16(s);
        v[1].store_u16(&mut s[8..]);
    }
    /// All lanes into the first sixteen bytes.
    pub fn store_u32(self, s: &mut [u8]) {
        for (to, from) in s[..16].chunks_exact_mut(4).zip(self.0) {
            to.copy_from_slice(&from.to_le_bytes());
        }
    }
    pub fn and(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & b.0[i]))
    }
    pub fn or(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | b.0[i]))
    }
    pub fn xor(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] ^ b.0[i]))
    }
    /// Wraps.
    pub fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_add(b.0[i])))
    }
    /// Wraps.
    pub fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_sub(b.0[i])))
    }
    pub fn shl(self, n: u32) -> Self {
        Self(self.0.map(|x| x << n))
    }
    pub fn shr(self, n: u32) -> Self {
        Self(self.0.map(|x| x >> n))
    }
    /// Keeps the sign.
    pub fn shr_signed(self, n: u32) -> Self {
        Self(self.0.map(|x| ((x as i32) >> n) as u32))
    }
    /// As unsigned integers, to the nearest float; below 2^31.
    pub fn to_f32(self) -> F32x4 {
        F32x4(self.0.map(|x| x as f32))
    }
    /// Unsigned comparison.
    pub fn gt(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| {
            if self.0[i] > b.0[i] { u32::MAX } else { 0 }
        }))
    }
    /// Bits of `a` where the mask `self` is set, else of `b`.
    pub fn select(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| {
            (self.0[i] & a.0[i]) | (!self.0[i] & b.0[i])
        }))
    }
    /// Whether any bit is set.
    pub fn any(self) -> bool {
        self.0.iter().any(|&x| x != 0)
    }
    pub fn as_f32(self) -> F32x4 {
        F32x4(self.0.map(f32::from_bits))
    }
}

/// Eight `u16` lanes; a comparison gives all ones or all zeros in a lane.
#[derive(Clone, Copy, Debug)]
pub struct U16x8([u16; 8]);

#[allow(clippy::should_implement_trait, missing_docs)]
impl U16x8 {
    pub fn splat(x: u16) -> Self {
        Self([x; 8])
    }
    /// The first sixteen bytes, little-endian.
    pub fn load(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| {
            u16::from_le_bytes([s[2 * i], s[2 * i + 1]])
        }))
    }
    pub fn and(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & b.0[i]))
    }
    pub fn and_not(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !b.0[i]))
    }
    pub fn or(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | b.0[i]))
    }
    /// Wraps.
    pub fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_add(b.0[i])))
    }
    pub fn shl(self, n: u32) -> Self {
        Self(self.0.map(|x| x << n))
    }
    pub fn shr(self, n: u32) -> Self {
        Self(self.0.map(|x| x >> n))
    }
    /// Keeps the sign.
    pub fn shr_signed(self, n: u32) -> Self {
        Self(self.0.map(|x| ((x as i16) >> n) as u16))
    }
    /// Wraps.
    pub fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_sub(b.0[i])))
    }
    pub fn max(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].max(b.0[i])))
    }
    /// Whether no lane is above that of `b`.
    pub fn all_at_most(self, b: Self) -> bool {
        self.0.iter().zip(&b.0).all(|(x, y)| x <= y)
    }
    /// The lower halves of words below 65536; other words become 65535, or 0 if their sign is set.
    pub fn narrow(low: U32x4, high: U32x4) -> Self {
        let clamp = |x: u32| (x as i32).clamp(0, 0xffff) as u16;
        Self(std::array::from_fn(|i| {
            clamp([low.0, high.0][i / 4][i % 4])
        }))
    }
    /// The upper halves of words.
    pub fn high_halves(low: U32x4, high: U32x4) -> Self {
        Self(std::array::from_fn(|i| {
            ([low.0, high.0][i / 4][i % 4] >> 16) as u16
        }))
    }
    /// The first sixteen bytes, little-endian.
    pub fn store(self, s: &mut [u8]) {
        for (to, x) in s[..16].chunks_exact_mut(2).zip(self.0) {
            to.copy_from_slice(&x.to_le_bytes());
        }
    }
    /// Comparison of numbers below 32768.
    pub fn gt(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| {
            if self.0[i] > b.0[i] { u16::MAX } else { 0 }
        }))
    }
    /// Whether any bit is set.
    pub fn any(self) -> bool {
        self.0.iter().any(|&x| x != 0)
    }
    /// Each lane as the lower half of a word, with a lane of `high` above it.
    pub fn below(self, high: Self) -> [U32x4; 2] {
        let word = |i: usize| u32::from(self.0[i]) | (u32::from(high.0[i]) << 16);
        [
            U32x4(std::array::from_fn(word)),
            U32x4(std::array::from_fn(|i| word(i + 4))),
        ]
    }
}

/// Eight `i16` lanes, read as four pairs.
#[derive(Clone, Copy, Debug)]
pub struct I16x8([i16; 8]);

/// Four `i32` lanes.
#[derive(Clone, Copy, Debug)]
pub struct I32x4([i32; 4]);

#[allow(clippy::should_implement_trait, missing_docs)]
impl I16x8 {
    /// One pair in all four places, the first in the lower half.
    pub fn splat_packed(pair: i32) -> Self {
        Self(std::array::from_fn(|i| (pair >> (16 * (i % 2))) as i16))
    }
    /// The first eight bytes.
    pub fn load_u8(s: &[u8]) -> Self {
        Self(std::array::from_fn(|i| s[..8][i].into()))
    }
    pub fn splat(x: i16) -> Self {
        Self([x; 8])
    }
    /// The first eight elements of `s`.
    pub fn load(s: &[i16]) -> Self {
        Self(std::array::from_fn(|i| s[..8][i]))
    }
    /// Into the first eight elements of `s`.
    pub fn store(self, s: &mut [i16]) {
        s[..8].copy_from_slice(&self.0);
    }
    pub fn to_array(self) -> [i16; 8] {
        self.0
    }
    /// Wraps.
    pub fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_add(b.0[i])))
    }
    /// Wraps.
    pub fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_sub(b.0[i])))
    }
    /// Wraps.
    pub fn mul(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_mul(b.0[i])))
    }
    pub fn or(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | b.0[i]))
    }
    pub fn and(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & b.0[i]))
    }
    pub fn is_zero(self) -> bool {
        self.0 == [0; 8]
    }
    pub fn shl(self, n: u32) -> Self {
        Self(self.0.map(|x| x << n))
    }
    /// Keeps the sign.
    pub fn shr(self, n: u32) -> Self {
        Self(self.0.map(|x| x >> n))
    }
    /// The first four lanes of both, in turns.
    pub fn zip_low(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][i / 2]))
    }
    /// The last four lanes of both, in turns.
    pub fn zip_high(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| [self.0, b.0][i % 2][4 + i / 2]))
    }
    pub fn widen(self) -> [I32x4; 2] {
        [0, 4].map(|at| I32x4(std::array::from_fn(|i| self.0[at + i].into())))
    }
    /// Clamps to 16 bits.
    pub fn narrow(low: I32x4, high: I32x4) -> Self {
        let clamp = |x: i32| x.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        Self(std::array::from_fn(|i| {
            clamp([low.0, high.0][i / 4][i % 4])
        }))
    }
    /// The same lanes, of which the compiler must not know how they were made: to be written between a step from 32 bits to
    /// 16 and one from 16 to 8.
    pub fn apart<const N: usize>(v: [Self; N]) -> [Self; N] {
        v
    }
    /// Writes these lanes and those of `odd` in turns as sixteen bytes; all must lie in 0..=255.
    pub fn store_bytes(self, odd: Self, s: &mut [u8]) {
        for (to, (even, odd)) in s[..16]
            .chunks_exact_mut(2)
            .zip(self.0.into_iter().zip(odd.0))
        {
            to.copy_from_slice(&[even as u8, odd as u8]);
        }
    }
    /// The first sixteen bytes of two rows as sixteen pairs (a0 b0, a1 b1, ...).
    pub fn row_pairs(a: &[u8], b: &[u8]) -> [Self; 4] {
        let (a, b) = (&a[..16], &b[..16]);
        std::array::from_fn(|q| {
            Self(std::array::from_fn(|i| {
                if i % 2 == 0 {
                    a[4 * q + i / 2].into()
                } else {
                    b[4 * q + i / 2].into()
                }
            }))
        })
    }
    /// The sum of products of each pair.
    pub fn dot(self, b: Self) -> I32x4 {
        let product = |i: usize| i32::from(self.0[i]) * i32::from(b.0[i]);
        I32x4(std::array::from_fn(|i| product(2 * i) + product(2 * i + 1)))
    }
}

#[allow(clippy::should_implement_trait, missing_docs)]
impl I32x4 {
    pub fn splat(x: i32) -> Self {
        Self([x; 4])
    }
    /// Wraps.
    pub fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_add(b.0[i])))
    }
    /// Wraps.
    pub fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_sub(b.0[i])))
    }
    pub fn shl(self, n: u32) -> Self {
        Self(self.0.map(|x| x << n))
    }
    /// Keeps the sign.
    pub fn shr(self, n: u32) -> Self {
        Self(self.0.map(|x| x >> n))
    }
    /// Clamps twelve lanes to 0..=255 and writes three after three into the first three bytes of each row; the fourth byte is
    /// overwritten.
    pub fn store_rgb_rows(v: [Self; 3], rows: [&mut [u8]; 4]) {
        let lanes: Vec<u8> = v
            .iter()
            .flat_map(|v| v.0)
            .map(|x| x.clamp(0, 255) as u8)
            .collect();
        for (row, lanes) in rows.into_iter().zip(lanes.chunks_exact(3)) {
            row[..3].copy_from_slice(lanes);
            row[3] = 0;
        }
    }
    /// Clamps to 0..=255 and writes all lanes of four vectors into the first sixteen bytes.
    pub fn store_u8(v: [Self; 4], s: &mut [u8]) {
        for (to, from) in s[..16].iter_mut().zip(v.iter().flat_map(|v| v.0)) {
            *to = from.clamp(0, 255) as u8;
        }
    }
}

/// Moves pixels of four rows into pairs of values and back.
#[derive(Clone, Copy, Debug)]
pub struct FourRows;

#[allow(clippy::new_without_default)]
impl FourRows {
    /// Brings its constants into registers.
    pub fn new() -> Self {
        Self
    }
    /// Four RGB pixels of each row as twice 24 numbers: of pixels 0 and 1, then of 2 and 3, for every row and channel the
    /// left value and the right one. Looks at sixteen bytes of each row; fifty numbers are overwritten, the last two at will.
    pub fn interleave(self, rows: [&[u8]; 4], out: &mut [i16]) {
        let rows = rows.map(|row| &row[..16]);
        for (at, to) in out[..50].iter_mut().enumerate() {
            let (pair, row, channel, side) = (at / 24, at / 6 % 4, at / 2 % 3, at % 2);
            *to = if at < 48 {
                rows[row][(2 * pair + side) * 3 + channel].into()
            } else {
                0
            };
        }
    }
    /// Clamps twelve lanes to 0..=255, three for each row, and writes them as pairs of rows 0 and 1, and of 2 and 3: six
    /// numbers each, and two more at will.
    pub fn store_pairs(self, v: [I32x4; 3], out: [&mut [i16]; 2]) {
        let lanes: Vec<i16> = v
            .iter()
            .flat_map(|v| v.0)
            .map(|x| x.clamp(0, 255) as i16)
            .collect();
        for (pair, out) in out.into_iter().enumerate() {
            for (at, to) in out[..8].iter_mut().enumerate() {
                *to = match at {
                    ..6 => lanes[6 * pair + 3 * (at % 2) + at / 2],
                    _ => 0,
                };
            }
        }
    }
}

/// Clamps sixteen lanes of three colours to 0..=255 and writes them as sixteen pixels.
pub fn store_rgb(colors: [[I16x8; 2]; 3], s: &mut [u8]) {
    for (i, to) in s[..48].iter_mut().enumerate() {
        let (x, color) = (i / 3, colors[i % 3]);
        *to = color[x / 8].0[x % 8].clamp(0, 255) as u8;
    }
}
