//! Bulk conversion of elements between the formats of weights, over bytes of any alignment.

use crate::dtype::{self, Dtype};
use crate::simd::{F32x4, U32x4};

/// Converts every element of `from` into `to`.
///
/// # Panics
/// If a length is no multiple of the element size or the element counts differ.
pub fn convert(from: &[u8], from_dtype: Dtype, to: &mut [u8], to_dtype: Dtype) {
    assert_eq!(from.len() % from_dtype.size(), 0, "whole elements");
    assert_eq!(
        from.len() / from_dtype.size(),
        to.len() / to_dtype.size(),
        "equal counts"
    );
    assert_eq!(to.len() % to_dtype.size(), 0, "whole elements");
    if from_dtype == to_dtype {
        to.copy_from_slice(from);
        return;
    }
    let (from_size, to_size) = (4 * from_dtype.size(), 4 * to_dtype.size());
    let whole = from.len() / from_size;
    for i in 0..whole {
        let lanes = load(&from[i * from_size..], from_dtype);
        store(lanes, &mut to[i * to_size..], to_dtype);
    }
    // The last one to three elements, through padded copies, so that every element takes the same path.
    let (rest, out) = (&from[whole * from_size..], &mut to[whole * to_size..]);
    let (mut padded, mut result) = ([0u8; 16], [0u8; 16]);
    padded[..rest.len()].copy_from_slice(rest);
    store(load(&padded, from_dtype), &mut result, to_dtype);
    out.copy_from_slice(&result[..out.len()]);
}

/// Converts every element to `f32`, times `scale`.
///
/// # Panics
/// If the element counts differ.
pub fn widen_scaled(from: &[u8], dtype: Dtype, to: &mut [f32], scale: f32) {
    assert_eq!(from.len(), to.len() * dtype.size(), "equal counts");
    let step = 4 * dtype.size();
    let factor = F32x4::splat(scale);
    // Multiplying by one would quiet signalling NaNs and costs time: leave it out.
    let widen = |s: &[u8]| {
        if scale == 1.0 {
            load(s, dtype).as_f32()
        } else {
            load(s, dtype).as_f32().mul(factor)
        }
    };
    let whole = to.len() / 4;
    for i in 0..whole {
        widen(&from[i * step..]).store(&mut to[i * 4..]);
    }
    let (rest, out) = (&from[whole * step..], &mut to[whole * 4..]);
    let mut padded = [0u8; 16];
    padded[..rest.len()].copy_from_slice(rest);
    out.copy_from_slice(&widen(&padded).to_array()[..out.len()]);
}

/// Appends every element as `f32`, times `scale`: into room that was never filled before, by way of the first-level cache.
///
/// # Panics
/// If `from` holds no whole number of elements.
pub fn append_scaled(from: &[u8], dtype: Dtype, to: &mut Vec<f32>, scale: f32) {
    let mut part = [0.0; 512];
    for elements in from.chunks(part.len() * dtype.size()) {
        let part = &mut part[..elements.len() / dtype.size()];
        widen_scaled(elements, dtype, part, scale);
        to.extend_from_slice(part);
    }
}

/// Four elements as bits of `f32`. Bits, because a NaN must not pass through arithmetic.
#[inline(always)]
fn load(s: &[u8], dtype: Dtype) -> U32x4 {
    match dtype {
        Dtype::F32 => U32x4::load_u32(s),
        Dtype::Bf16 => U32x4::load_u16(s).shl(16),
        Dtype::F16 => widen_f16(U32x4::load_u16(s)),
    }
}

#[inline(always)]
fn store(bits: U32x4, s: &mut [u8], dtype: Dtype) {
    match dtype {
        Dtype::F32 => bits.store_u32(s),
        Dtype::Bf16 => narrow_bf16(bits).store_u16(s),
        Dtype::F16 => narrow_f16(bits).store_u16(s),
    }
}

/// Shifts the half into place as a tiny `f32` and scales it up by 2^112, which is exact, subnormals too.
#[inline(always)]
fn widen_f16(half: U32x4) -> U32x4 {
    let magnitude = half.and(U32x4::splat(0x7fff));
    let sign = half.and(U32x4::splat(0x8000)).shl(16);
    let shifted = magnitude.shl(13);
    let scaled = shifted
        .as_f32()
        .mul(F32x4::splat(f32::from_bits((127 + 112) << 23)))
        .bits();
    let special = magnitude.gt(U32x4::splat(0x7bff));
    special
        .select(shifted.or(U32x4::splat(0x7f80_0000)), scaled)
        .or(sign)
}

/// See [`dtype::f32_to_bf16`].
#[inline(always)]
fn narrow_bf16(bits: U32x4) -> U32x4 {
    let tie = bits.shr(16).and(U32x4::splat(1));
    let rounded = bits.add(U32x4::splat(0x7fff)).add(tie).shr(16);
    let nan = bits
        .and(U32x4::splat(0x7fff_ffff))
        .gt(U32x4::splat(0x7f80_0000));
    nan.select(bits.shr(16).or(U32x4::splat(0x40)), rounded)
}

/// Normal halves round in integers; subnormal ones by adding 0.5, whose last bit then weighs 2^-24; see
/// [`dtype::f32_to_f16`].
#[inline(always)]
fn narrow_f16(bits: U32x4) -> U32x4 {
    let sign = bits.shr(16).and(U32x4::splat(0x8000));
    let magnitude = bits.and(U32x4::splat(0x7fff_ffff));
    let tie = magnitude.shr(13).and(U32x4::splat(1));
    let normal = magnitude
        .sub(U32x4::splat(112 << 23))
        .add(U32x4::splat(0xfff))
        .add(tie)
        .shr(13);
    let half = F32x4::splat(0.5);
    let subnormal = magnitude.as_f32().add(half).bits().sub(half.bits());
    let is_subnormal = U32x4::splat(113 << 23).gt(magnitude);
    let is_large = magnitude.gt(U32x4::splat(0x477f_efff));
    let is_nan = magnitude.gt(U32x4::splat(0x7f80_0000));
    let nan = magnitude
        .shr(13)
        .and(U32x4::splat(0x3ff))
        .or(U32x4::splat(0x7e00));
    let finite = is_subnormal.select(subnormal, normal);
    let out = is_large.select(is_nan.select(nan, U32x4::splat(0x7c00)), finite);
    out.or(sign)
}

/// One element at a time, by the definitions of [`dtype`]: what [`convert`] must equal.
pub fn convert_naive(from: &[u8], from_dtype: Dtype, to: &mut [u8], to_dtype: Dtype) {
    let (from_size, to_size) = (from_dtype.size(), to_dtype.size());
    for (a, b) in from
        .chunks_exact(from_size)
        .zip(to.chunks_exact_mut(to_size))
    {
        let x = match from_dtype {
            Dtype::F32 => f32::from_le_bytes([a[0], a[1], a[2], a[3]]),
            Dtype::F16 => dtype::f16_to_f32(u16::from_le_bytes([a[0], a[1]])),
            Dtype::Bf16 => dtype::bf16_to_f32(u16::from_le_bytes([a[0], a[1]])),
        };
        match to_dtype {
            Dtype::F32 => b.copy_from_slice(&x.to_le_bytes()),
            _ if from_dtype == to_dtype => b.copy_from_slice(a),
            Dtype::F16 => b.copy_from_slice(&dtype::f32_to_f16(x).to_le_bytes()),
            Dtype::Bf16 => b.copy_from_slice(&dtype::f32_to_bf16(x).to_le_bytes()),
        }
    }
}
