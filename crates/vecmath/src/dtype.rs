//! Number formats of weights, and the conversion of one number.
//!
//! Rounding is to the nearest, ties to even (IEEE 754); infinities stay; subnormals are kept in both directions; a NaN
//! stays a NaN with its sign and the leading bits of its payload, and becomes quiet when it is narrowed.

/// How an element is stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE binary32.
    F32,
    /// IEEE binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
}

impl Dtype {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// By its name: `float32`, `float16`, `bfloat16`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "float32" => Some(Self::F32),
            "float16" => Some(Self::F16),
            "bfloat16" => Some(Self::Bf16),
            _ => None,
        }
    }
}

/// Exact.
pub fn bf16_to_f32(x: u16) -> f32 {
    f32::from_bits(u32::from(x) << 16)
}

/// Rounds to nearest, ties to even.
pub fn f32_to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if x.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    // Adding just under half, plus the bit that decides a tie, carries into the kept half when it should.
    (bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// Exact.
pub fn f16_to_f32(x: u16) -> f32 {
    let sign = u32::from(x & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(x >> 10) & 31, u32::from(x) & 0x3ff);
    let magnitude = match (exponent, fraction) {
        (31, _) => 0x7f80_0000 | (fraction << 13),
        (0, _) => (fraction as f32 * f32::from_bits((127 - 24) << 23)).to_bits(),
        _ => ((exponent + 112) << 23) | (fraction << 13),
    };
    f32::from_bits(sign | magnitude)
}

/// Rounds to nearest, ties to even; beyond 65519 it is infinite.
pub fn f32_to_f16(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00 | ((magnitude >> 13) & 0x3ff) as u16;
    }
    let exponent = (magnitude >> 23) as i32 - 112;
    // The significand with its leading one, and how many of its bits fall away.
    let (significand, dropped) = match exponent {
        31.. => return sign | 0x7c00,
        1.. => (magnitude & 0x7f_ffff, 13),
        -10.. => ((magnitude & 0x7f_ffff) | 0x80_0000, (14 - exponent) as u32),
        _ => return sign,
    };
    let kept = significand >> dropped;
    let rest = significand & ((1 << dropped) - 1);
    let half = 1 << (dropped - 1);
    let up = u32::from(rest > half || (rest == half && kept & 1 == 1));
    // A carry out of the fraction goes into the exponent, as it should, up to infinity.
    sign | (((exponent.max(0) as u32) << 10) + kept + up) as u16
}
