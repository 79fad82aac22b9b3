//! Bulk conversion of elements between the formats of weights, over bytes of any alignment.
//! Each pair of formats is one short loop with its twin for runs of 32; together they make the file long.

use crate::dtype::{self, Dtype};
use crate::simd::{F32x4, U16x8, U32x4};
use std::hint::black_box;

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
    let c = &Constants::new();
    let f16 = |s: &[u8; 16]| load_f16(c, s);
    let to_f16 = |v: Lanes, s: &mut [u8; 16]| store_f16(c, v, s);
    let to_bf16 = |v: Lanes, s: &mut [u8; 16]| store_bf16(c, v, s);
    match (from_dtype, to_dtype) {
        (Dtype::F32, Dtype::F16) => convert_by(from, to, f32_to_f16(c), load_f32, to_f16),
        (Dtype::F32, Dtype::Bf16) => convert_by(from, to, f32_to_bf16(c), load_f32, to_bf16),
        (Dtype::F16, Dtype::F32) => convert_by(from, to, f16_to_f32(c), f16, store_f32),
        (Dtype::F16, Dtype::Bf16) => convert_by(from, to, f16_to_bf16(c), f16, to_bf16),
        (Dtype::Bf16, Dtype::F32) => convert_by(from, to, bf16_to_f32, load_bf16, store_f32),
        (Dtype::Bf16, Dtype::F16) => convert_by(from, to, bf16_to_f16(c), load_bf16, to_f16),
        (a, b) => unreachable!("{a:?} to {b:?} is a copy"),
    }
}

/// Elements of a step.
const STEP: usize = 8;

/// Steps of a run, whose usual numbers are converted without a look at the unusual ones; see [`convert_by`].
const RUN: usize = 4;

/// The constants of the conversions. V8 makes a constant vector anew wherever it is used; of a value that the compiler
/// cannot know it has to keep the vector, which nearly doubles the speed of these loops.
struct Constants {
    magnitude16: U16x8,
    least_shifted16: U16x8,
    span_shifted16: U16x8,
    shifted_magnitude16: U16x8,
    least16: U16x8,
    span16: U16x8,
    half16: U16x8,
    one16: U16x8,
    bf16_span16: U16x8,
    least_normal16: U16x8,
    largest16: U16x8,
    rebias16: U16x8,
    sign16: U16x8,
    magnitude: U32x4,
    least: U32x4,
    span: U32x4,
    rebias: U32x4,
    sign: U32x4,
    one: U32x4,
    half: U32x4,
}

impl Constants {
    fn new() -> Self {
        let splat16 = |x: u16| U16x8::splat(black_box(x));
        let splat = |x: u32| U32x4::splat(black_box(x));
        Self {
            magnitude16: splat16(0x7fff),
            least_shifted16: splat16(0x400 << 1),
            span_shifted16: splat16((0x7bff - 0x400) << 1 | 1),
            shifted_magnitude16: splat16(0x8fff),
            least16: splat16(0x400),
            span16: splat16(0x7bff - 0x400),
            half16: splat16(3),
            one16: splat16(1),
            bf16_span16: splat16((29 << 7) | 0x7f),
            least_normal16: splat16(0x3ff),
            largest16: splat16(0x7bff),
            rebias16: splat16(112 << 7),
            sign16: splat16(0x8000),
            magnitude: splat(0x7fff_ffff),
            least: splat(113 << 23),
            span: splat(0x477f_efff - (113 << 23)),
            rebias: splat(0xfffu32.wrapping_sub(112 << 23)),
            sign: splat(0x8000),
            one: splat(1),
            half: splat(0x7fff),
        }
    }
}

/// Eight elements as bits of `f32`. Bits, because a NaN must not pass through arithmetic.
type Lanes = [U32x4; 2];

/// Elements that are appended at a time.
const PART: usize = 2048;

/// Converts with one pair of conversions, which are compiled into a loop of their own. `A` and `B` are the bytes of a step.
///
/// `run` converts a whole run of usual numbers; where it says that there was another one, the run is converted once more,
/// step by step, by `load` and `store`.
#[inline(always)]
fn convert_by<const A: usize, const B: usize>(
    from: &[u8],
    to: &mut [u8],
    run: impl Fn(&[[u8; A]; RUN], &mut [[u8; B]; RUN]) -> bool,
    load: impl Fn(&[u8; A]) -> Lanes,
    store: impl Fn(Lanes, &mut [u8; B]),
) {
    let ((steps, rest), (out, out_rest)) = (from.as_chunks::<A>(), to.as_chunks_mut::<B>());
    let ((runs, steps), (run_outs, outs)) = (steps.as_chunks(), out.as_chunks_mut());
    let step_by_step = |from: &[[u8; A]], to: &mut [[u8; B]]| {
        for (a, b) in from.iter().zip(to) {
            store(load(a), b);
        }
    };
    for (from, to) in runs.iter().zip(run_outs) {
        if !run(from, to) {
            step_by_step(from, to);
        }
    }
    step_by_step(steps, outs);
    // The last one to seven elements, through padded copies, so that every element takes the same path.
    let (mut padded, mut result) = ([0; A], [0; B]);
    padded[..rest.len()].copy_from_slice(rest);
    store(load(&padded), &mut result);
    out_rest.copy_from_slice(&result[..out_rest.len()]);
}

fn bf16_to_f32(from: &[[u8; 16]; RUN], to: &mut [[u8; 32]; RUN]) -> bool {
    for (from, to) in from.iter().zip(to) {
        store_f32(load_bf16(from), to);
    }
    true
}

/// Runs of normal halves: another exponent.
#[inline(always)]
fn f16_to_f32(c: &Constants) -> impl Fn(&[[u8; 16]; RUN], &mut [[u8; 32]; RUN]) -> bool {
    |from, to| {
        let mut most = U16x8::splat(0);
        for (from, to) in from.iter().zip(to) {
            let half = U16x8::load(from);
            most = most.max(half.shl(1).sub(c.least_shifted16));
            let high = half.shr_signed(3).and(c.shifted_magnitude16);
            store_f32(half.shl(13).below(high.add(c.rebias16)), to);
        }
        most.all_at_most(c.span_shifted16)
    }
}

/// Runs of normal halves: another exponent, and three bits rounded away.
#[inline(always)]
fn f16_to_bf16(c: &Constants) -> impl Fn(&[[u8; 16]; RUN], &mut [[u8; 16]; RUN]) -> bool {
    |from, to| {
        let mut most = U16x8::splat(0);
        for (from, to) in from.iter().zip(to) {
            let half = U16x8::load(from);
            let magnitude = half.and(c.magnitude16);
            most = most.max(magnitude.sub(c.least16));
            let tie = magnitude.shr(3).and(c.one16);
            let rounded = magnitude.add(c.half16).add(tie).shr(3);
            let sign = half.and_not(c.magnitude16);
            rounded.add(c.rebias16).or(sign).store(to);
        }
        most.all_at_most(c.span16)
    }
}

/// Runs of numbers that are normal halves: another exponent; nothing is to be rounded.
#[inline(always)]
fn bf16_to_f16(c: &Constants) -> impl Fn(&[[u8; 16]; RUN], &mut [[u8; 16]; RUN]) -> bool {
    |from, to| {
        let mut most = U16x8::splat(0);
        for (from, to) in from.iter().zip(to) {
            let bits = U16x8::load(from);
            let magnitude = bits.and(c.magnitude16).sub(c.rebias16);
            most = most.max(magnitude.sub(c.one16.shl(7)));
            let sign = bits.and_not(c.magnitude16);
            magnitude.shl(3).or(sign).store(to);
        }
        most.all_at_most(c.bf16_span16)
    }
}

/// Runs without a NaN: rounding.
#[inline(always)]
fn f32_to_bf16(c: &Constants) -> impl Fn(&[[u8; 32]; RUN], &mut [[u8; 16]; RUN]) -> bool {
    |from, to| {
        // A sum with a NaN is one; infinities of both signs make one too, and take the longer way needlessly.
        let mut sums = [F32x4::splat(0.0); RUN];
        for ((from, to), sum) in from.iter().zip(to).zip(&mut sums) {
            let v = load_f32(from);
            *sum = v[0].as_f32().add(v[1].as_f32());
            let [low, high] = v.map(|v| {
                let tie = v.shr(16).and(c.one);
                v.add(c.half).add(tie)
            });
            U16x8::high_halves(low, high).store(to);
        }
        let sum = (sums[0].add(sums[1])).add(sums[2].add(sums[3]));
        !sum.ne(sum).any()
    }
}

/// Runs of numbers that become normal halves: rounding.
#[inline(always)]
fn f32_to_f16(c: &Constants) -> impl Fn(&[[u8; 32]; RUN], &mut [[u8; 16]; RUN]) -> bool {
    |from, to| {
        let mut most = U16x8::splat(0);
        for (from, to) in from.iter().zip(to) {
            let v = load_f32(from);
            let [low, high] = v.map(|v| {
                let magnitude = v.and(c.magnitude);
                let tie = magnitude.shr(13).and(c.one);
                magnitude.add(c.rebias).add(tie).shr_signed(13)
            });
            // What is too large becomes 65535 here, and what is too small, as it is below zero, 0.
            let half = U16x8::narrow(low, high);
            most = most.max(half.sub(c.least16));
            let sign = U16x8::high_halves(v[0], v[1]).and_not(c.magnitude16);
            half.or(sign).store(to);
        }
        most.all_at_most(c.span16)
    }
}

/// Converts every element to `f32`, times `scale`.
///
/// # Panics
/// If the element counts differ.
pub fn widen_scaled(from: &[u8], dtype: Dtype, to: &mut [f32], scale: f32) {
    assert_eq!(from.len(), to.len() * dtype.size(), "equal counts");
    match dtype {
        Dtype::F32 => widen_by(from, to, scale, load_f32),
        Dtype::F16 => {
            let c = &Constants::new();
            widen_by(from, to, scale, |s: &[u8; 16]| load_f16(c, s))
        }
        Dtype::Bf16 => widen_by(from, to, scale, load_bf16),
    }
}

#[inline(always)]
fn widen_by<const A: usize>(
    from: &[u8],
    to: &mut [f32],
    scale: f32,
    load: impl Fn(&[u8; A]) -> Lanes,
) {
    let factor = F32x4::splat(scale);
    // Multiplying by one would quiet signalling NaNs and costs time: leave it out.
    let widen = |s: &[u8; A]| {
        load(s).map(|v| {
            if scale == 1.0 {
                v.as_f32()
            } else {
                v.as_f32().mul(factor)
            }
        })
    };
    let step_by_step = |from: &[[u8; A]], to: &mut [[f32; STEP]]| {
        for (a, b) in from.iter().zip(to) {
            let [low, high] = widen(a);
            low.store(b);
            high.store(&mut b[4..]);
        }
    };
    let ((whole, rest), (out, out_rest)) = (from.as_chunks::<A>(), to.as_chunks_mut::<STEP>());
    let ((runs, steps), (run_outs, outs)) = (whole.as_chunks::<RUN>(), out.as_chunks_mut::<RUN>());
    for (from, to) in runs.iter().zip(run_outs) {
        step_by_step(from, to);
    }
    step_by_step(steps, outs);
    let mut padded = [0; A];
    padded[..rest.len()].copy_from_slice(rest);
    let last = widen(&padded).map(F32x4::to_array);
    out_rest.copy_from_slice(&last.as_flattened()[..out_rest.len()]);
}

/// Appends every element as `f32`, times `scale`, by parts that stay in the first-level cache, since they are written twice.
///
/// # Panics
/// If `from` holds no whole number of elements.
pub fn append_scaled(from: &[u8], dtype: Dtype, to: &mut Vec<f32>, scale: f32) {
    for elements in from.chunks(PART * dtype.size()) {
        let start = to.len();
        to.resize(start + elements.len() / dtype.size(), 0.0);
        widen_scaled(elements, dtype, &mut to[start..], scale);
    }
}

#[inline(always)]
fn load_f32(s: &[u8; 32]) -> Lanes {
    [U32x4::load_u32(s), U32x4::load_u32(&s[16..])]
}

/// A half that is no subnormal gets another exponent, in its upper sixteen bits; steps with a subnormal one take a longer
/// way.
#[inline(always)]
fn load_f16(c: &Constants, s: &[u8; 16]) -> Lanes {
    let half = U16x8::load(s);
    let magnitude = half.and(c.magnitude16);
    let is_normal = magnitude.gt(c.least_normal16);
    if magnitude.and_not(is_normal).any() {
        return U32x4::load_u16_twice(s).map(widen_f16);
    }
    let is_special = magnitude.gt(c.largest16);
    let high = magnitude.shr(3).add(c.rebias16);
    let high = high.add(is_special.and(c.rebias16));
    let sign = half.and(c.sign16);
    // What is not normal here is zero, whose low half is zero already.
    half.shl(13).below(high.and(is_normal).or(sign))
}

#[inline(always)]
fn load_bf16(s: &[u8; 16]) -> Lanes {
    U16x8::splat(0).below(U16x8::load(s))
}

#[inline(always)]
fn store_f32(v: Lanes, s: &mut [u8; 32]) {
    v[0].store_u32(s);
    v[1].store_u32(&mut s[16..]);
}

/// Steps in which every number becomes a normal half need rounding alone; others take a longer way.
#[inline(always)]
fn store_f16(c: &Constants, v: Lanes, s: &mut [u8; 16]) {
    let magnitude = v.map(|v| v.and(c.magnitude));
    let outside = magnitude.map(|m| m.sub(c.least).gt(c.span));
    if outside[0].or(outside[1]).any() {
        return U32x4::store_u16_twice(v.map(narrow_f16), s);
    }
    let round = |v: U32x4, magnitude: U32x4| {
        let tie = magnitude.shr(13).and(c.one);
        let rounded = magnitude.add(c.rebias).add(tie).shr(13);
        rounded.or(v.shr(16).and(c.sign))
    };
    U32x4::store_u16_twice([round(v[0], magnitude[0]), round(v[1], magnitude[1])], s);
}

/// Steps without a NaN need rounding alone.
#[inline(always)]
fn store_bf16(c: &Constants, v: Lanes, s: &mut [u8; 16]) {
    let is_nan = v.map(|v| v.as_f32().ne(v.as_f32()));
    if is_nan[0].or(is_nan[1]).any() {
        return U32x4::store_u16_twice(v.map(narrow_bf16), s);
    }
    let round = |v: U32x4| {
        let tie = v.shr(16).and(c.one);
        v.add(c.half).add(tie).shr(16)
    };
    U32x4::store_u16_twice(v.map(round), s);
}

/// Normal halves and special ones get another exponent; subnormal ones are a whole number of 2^-24. No step makes a
/// subnormal float, which would be slow.
#[inline(always)]
fn widen_f16(half: U32x4) -> U32x4 {
    let magnitude = half.and(U32x4::splat(0x7fff));
    let sign = half.and(U32x4::splat(0x8000)).shl(16);
    let is_special = magnitude.gt(U32x4::splat(0x7bff));
    let rebias = is_special.select(U32x4::splat(224 << 23), U32x4::splat(112 << 23));
    let normal = magnitude.shl(13).add(rebias);
    let unit = F32x4::splat(f32::from_bits((127 - 24) << 23));
    let subnormal = magnitude.to_f32().mul(unit).bits();
    let is_subnormal = U32x4::splat(0x400).gt(magnitude);
    is_subnormal.select(subnormal, normal).or(sign)
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
    // At most half of the least half becomes zero; among it are the subnormal floats, which would be slow.
    let not_zero = magnitude.gt(U32x4::splat(102 << 23));
    let subnormal = magnitude.and(not_zero).as_f32().add(half);
    let subnormal = subnormal.bits().sub(half.bits());
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
