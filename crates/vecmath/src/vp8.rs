//! The stages of a VP8 decoder that work on samples: inverse cosine transform, filters of edges, upsampling and colour, to the
//! bit as libwebp does them.
//!
//! Sources: RFC 6386, and `dec`, `upsampling` and `yuv` of libwebp's signal processing.

use crate::jpeg::spread;
use crate::simd::{I16x8, I32x4, U8x16, interleave, store_rgb};

/// Four rows of four lanes, turned.
#[inline(always)]
fn transpose(x: [I32x4; 4]) -> [I32x4; 4] {
    let (a, b) = (x[0].zip_low(x[2]), x[0].zip_high(x[2]));
    let (c, d) = (x[1].zip_low(x[3]), x[1].zip_high(x[3]));
    [a.zip_low(c), a.zip_high(c), b.zip_low(d), b.zip_high(d)]
}

/// One dimension of the transform, on all four columns.
#[inline(always)]
fn pass(x: [I32x4; 4]) -> [I32x4; 4] {
    // sqrt(2) cos(pi / 8) less one, and sqrt(2) sin(pi / 8).
    let more = |v: I32x4| v.mul(I32x4::splat(20091)).shr(16).add(v);
    let less = |v: I32x4| v.mul(I32x4::splat(35468)).shr(16);
    let (a, b) = (x[0].add(x[2]), x[0].sub(x[2]));
    let c = less(x[1]).sub(more(x[3]));
    let d = more(x[1]).add(less(x[3]));
    // Sixteen bits are kept, as the vector versions do.
    [a.add(d), b.add(c), b.sub(c), a.sub(d)].map(|v| v.shl(16).shr(16))
}

/// Adds what a block of coefficients stands for to the pixels that were predicted, four rows `stride` bytes apart.
///
/// # Panics
/// If `pixels` is too short for four rows of four.
#[inline(always)]
pub fn add_transformed(coefficients: &[i16; 16], pixels: &mut [u8], stride: usize) {
    let (rows, _) = coefficients.as_chunks::<4>();
    let mut x = transpose(pass(std::array::from_fn(|i| I32x4::load_i16(&rows[i]))));
    x[0] = x[0].add(I32x4::splat(4));
    let x = transpose(pass(x));
    add(x.map(|row| row.shr(3)), pixels, stride);
}

/// The same of a block of which only the first coefficient is not zero.
///
/// # Panics
/// As there.
#[inline(always)]
pub fn add_flat(coefficient: i16, pixels: &mut [u8], stride: usize) {
    let added = (i32::from(coefficient) + 4) >> 3;
    add([I32x4::splat(added); 4], pixels, stride);
}

#[inline(always)]
fn add(added: [I32x4; 4], pixels: &mut [u8], stride: usize) {
    let pixels = &mut pixels[..3 * stride + 4];
    let rows = std::array::from_fn(|y| I32x4::load_u8(&pixels[y * stride..]).add(added[y]));
    I32x4::store_u8_rows(rows, pixels, stride);
}

/// How much neighbours may differ where an edge is filtered.
#[derive(Clone, Copy)]
pub struct EdgeLimits {
    /// Across the edge: twice the step, and half of the step from the second pixels.
    pub across: u8,
    /// From one pixel to the next on either side.
    pub beside: u8,
    /// Above which difference beside the edge only its own two pixels are changed.
    pub steep: u8,
}

/// Pixels across an edge: four on either side, sixteen places along it.
type Across = [U8x16; 8];

/// Whether the step across an edge is small enough to be filtered.
#[inline(always)]
fn is_small([p1, p0, q0, q1]: [U8x16; 4], limit: u8) -> U8x16 {
    let half = p1.abs_diff(q1).halve();
    let step = p0.abs_diff(q0);
    let sum = step.add_sat(step).add_sat(half);
    sum.at_most(U8x16::splat(limit))
}

/// The step from `p1` to `q1` and three times that from `p0` to `q0`, clamped to signed bytes.
#[inline(always)]
fn step(outer: U8x16, p0: U8x16, q0: U8x16) -> U8x16 {
    let inner = q0.sub_sat_signed(p0);
    inner.add_sat_signed(inner.add_sat_signed(inner.add_sat_signed(outer)))
}

/// What is taken from `q0` and added to `p0` for a step.
#[inline(always)]
fn halves(step: U8x16) -> (U8x16, U8x16) {
    let eighth = |rounding| step.add_sat_signed(U8x16::splat(rounding)).shr_signed(3);
    (eighth(4), eighth(3))
}

/// The simple filter.
#[inline(always)]
fn filter_simply(x: [U8x16; 4], limit: u8) -> [U8x16; 4] {
    let mask = is_small(x, limit);
    let sign = U8x16::splat(0x80);
    let [p1, p0, q0, q1] = x.map(|v| v.xor(sign));
    let (down, up) = halves(step(p1.sub_sat_signed(q1), p0, q0).and(mask));
    let (p0, q0) = (p0.add_sat_signed(up), q0.sub_sat_signed(down));
    [x[0], p0.xor(sign), q0.xor(sign), x[3]]
}

/// The usual filter: of an edge between blocks, or of one inside a block, where fewer pixels are changed.
#[inline(always)]
fn filter(x: Across, limits: EdgeLimits, is_inside: bool) -> Across {
    let next = x[2].abs_diff(x[3]).max(x[5].abs_diff(x[4]));
    let far = x[0].abs_diff(x[1]).max(x[7].abs_diff(x[6]));
    let middle = x[1].abs_diff(x[2]).max(x[6].abs_diff(x[5]));
    let beside = next.max(far).max(middle);
    let mask = is_small([x[2], x[3], x[4], x[5]], limits.across)
        .and(beside.at_most(U8x16::splat(limits.beside)));
    let is_flat = next.at_most(U8x16::splat(limits.steep));
    let sign = U8x16::splat(0x80);
    let [_, p2, p1, p0, q0, q1, q2, _] = x.map(|v| v.xor(sign));
    let outer = p1.sub_sat_signed(q1);
    if is_inside {
        let (down, up) = halves(step(outer.and_not(is_flat), p0, q0).and(mask));
        let less = down.add_sat_signed(U8x16::splat(1)).shr_signed(1);
        let less = less.and(is_flat);
        return [
            x[0],
            x[1],
            p1.add_sat_signed(less).xor(sign),
            p0.add_sat_signed(up).xor(sign),
            q0.sub_sat_signed(down).xor(sign),
            q1.sub_sat_signed(less).xor(sign),
            x[6],
            x[7],
        ];
    }
    let step = step(outer, p0, q0).and(mask);
    let (down, up) = halves(step.and_not(is_flat));
    let (p0, q0) = (p0.add_sat_signed(up), q0.sub_sat_signed(down));
    let nine = step.and(is_flat).widen_signed().map(|v| v.shl(3).add(v));
    let one = nine.map(|v| v.add(I16x8::splat(63)));
    let two = [one[0].add(nine[0]), one[1].add(nine[1])];
    let three = [two[0].add(nine[0]), two[1].add(nine[1])];
    let [one, two, three] =
        [one, two, three].map(|[low, high]| U8x16::narrow_signed(low.shr(7), high.shr(7)));
    [
        x[0],
        p2.add_sat_signed(one).xor(sign),
        p1.add_sat_signed(two).xor(sign),
        p0.add_sat_signed(three).xor(sign),
        q0.sub_sat_signed(three).xor(sign),
        q1.sub_sat_signed(two).xor(sign),
        q2.sub_sat_signed(one).xor(sign),
        x[7],
    ]
}

/// Turns a part of the way: after four of these, eight vectors of two rows each are eight columns; after three more they are
/// as before.
#[inline(always)]
fn turn(x: Across) -> Across {
    interleave(x, U8x16::zip_low, U8x16::zip_high)
}

#[inline(always)]
fn to_columns(x: Across) -> Across {
    turn(turn(turn(turn(x))))
}

#[inline(always)]
fn to_rows(x: Across) -> Across {
    turn(turn(turn(x)))
}

/// Eight bytes of each of eight rows of two places.
#[inline(always)]
fn load_halves(first: &[u8], second: &[u8], stride: usize) -> Across {
    let (first, second) = (&first[..7 * stride + 8], &second[..7 * stride + 8]);
    std::array::from_fn(|y| U8x16::load_halves(&first[y * stride..], &second[y * stride..]))
}

#[inline(always)]
fn store_halves(x: Across, first: &mut [u8], second: &mut [u8], stride: usize) {
    let (first, second) = (&mut first[..7 * stride + 8], &mut second[..7 * stride + 8]);
    for (y, x) in x.into_iter().enumerate() {
        x.store_halves(&mut first[y * stride..], &mut second[y * stride..]);
    }
}

/// Filters an edge between rows: sixteen columns, the first row below it at `at`.
///
/// # Panics
/// If there are not four rows on either side.
pub fn filter_between_rows(
    pixels: &mut [u8],
    at: usize,
    stride: usize,
    limits: EdgeLimits,
    is_inside: bool,
) {
    let pixels = &mut pixels[at - 4 * stride..at + 3 * stride + 16];
    let x = std::array::from_fn(|y| U8x16::load(&pixels[y * stride..]));
    let x = filter(x, limits, is_inside);
    let changed = if is_inside { 2..6 } else { 1..7 };
    for y in changed {
        x[y].store(&mut pixels[y * stride..]);
    }
}

/// Filters an edge between columns: sixteen rows, the first pixel to the right of it at `at`.
///
/// # Panics
/// If there are not four columns on either side.
pub fn filter_between_columns(
    pixels: &mut [u8],
    at: usize,
    stride: usize,
    limits: EdgeLimits,
    is_inside: bool,
) {
    let pixels = &mut pixels[at - 4..at + 15 * stride + 4];
    let (upper, lower) = pixels.split_at_mut(8 * stride);
    let x = to_columns(load_halves(upper, lower, stride));
    let x = to_rows(filter(x, limits, is_inside));
    store_halves(x, upper, lower, stride);
}

/// Filters the same edge of two planes, eight columns each, between rows.
///
/// # Panics
/// As [`filter_between_rows`].
pub fn filter_both_between_rows(
    planes: &mut [&mut [u8]; 2],
    at: usize,
    stride: usize,
    limits: EdgeLimits,
    is_inside: bool,
) {
    let [u, v] = planes
        .each_mut()
        .map(|plane| &mut plane[at - 4 * stride..at + 3 * stride + 8]);
    let x = filter(load_halves(u, v, stride), limits, is_inside);
    store_halves(x, u, v, stride);
}

/// Filters the same edge of two planes, eight rows each, between columns.
///
/// # Panics
/// As [`filter_between_columns`].
pub fn filter_both_between_columns(
    planes: &mut [&mut [u8]; 2],
    at: usize,
    stride: usize,
    limits: EdgeLimits,
    is_inside: bool,
) {
    let [u, v] = planes
        .each_mut()
        .map(|plane| &mut plane[at - 4..at + 7 * stride + 4]);
    let x = to_columns(load_halves(u, v, stride));
    store_halves(to_rows(filter(x, limits, is_inside)), u, v, stride);
}

/// Filters an edge between rows simply: sixteen columns, the first row below it at `at`.
///
/// # Panics
/// If there are not two rows on either side.
pub fn filter_simply_between_rows(pixels: &mut [u8], at: usize, stride: usize, limit: u8) {
    let pixels = &mut pixels[at - 2 * stride..at + stride + 16];
    let x = std::array::from_fn(|y| U8x16::load(&pixels[y * stride..]));
    let x = filter_simply(x, limit);
    x[1].store(&mut pixels[stride..]);
    x[2].store(&mut pixels[2 * stride..]);
}

/// Filters an edge between columns simply: sixteen rows, the first pixel to the right of it at `at`.
///
/// # Panics
/// If there are not four columns on either side.
pub fn filter_simply_between_columns(pixels: &mut [u8], at: usize, stride: usize, limit: u8) {
    let pixels = &mut pixels[at - 4..at + 15 * stride + 4];
    let (upper, lower) = pixels.split_at_mut(8 * stride);
    let mut x = to_columns(load_halves(upper, lower, stride));
    [x[2], x[3], x[4], x[5]] = filter_simply([x[2], x[3], x[4], x[5]], limit);
    store_halves(to_rows(x), upper, lower, stride);
}

/// Doubles a row of colour that lies between two: nine sixteenths of the nearest sample, three of each of its neighbours in the
/// row and the column, and one of the last one.
///
/// # Panics
/// If a buffer has no room for `width` samples, twice as many behind, and [`crate::jpeg::SLACK`].
pub fn double_rows(near: &[u8], far: &[u8], width: usize, wide: &mut [i16], out: &mut [u8]) {
    for x in (0..width).step_by(8) {
        let (near, far) = (
            I16x8::load_u8(&near[x..x + 8]),
            I16x8::load_u8(&far[x..x + 8]),
        );
        let sum = near.add(near).add(near).add(far);
        sum.store(&mut wide[1 + x..9 + x]);
    }
    spread(wide, width, [8, 8], 4, out);
}

/// Luminance and two differences of colour, in the range of television, to RGB.
///
/// # Panics
/// If a row has no room for `width` pixels and [`crate::jpeg::SLACK`].
pub fn to_rgb(y: &[u8], blue: &[u8], red: &[u8], width: usize, out: &mut [u8]) {
    // A product of eight and sixteen bits without its lowest eight.
    let times = |v: I16x8, factor: u16| {
        let low = v.mul(I16x8::splat((factor & 255) as i16)).shr_unsigned(8);
        v.mul(I16x8::splat((factor >> 8) as i16)).add(low)
    };
    let eight = |x: usize| {
        let luma = times(I16x8::load_u8(&y[x..x + 8]), 19077);
        let u = I16x8::load_u8(&blue[x..x + 8]);
        let v = I16x8::load_u8(&red[x..x + 8]);
        let r = luma.add(times(v, 26149).sub(I16x8::splat(14234)));
        let g = luma.sub(times(u, 6419)).sub(times(v, 13320));
        let g = g.add(I16x8::splat(8708));
        // This one alone does not fit sixteen bits; what is lost is clamped anyway.
        let b = luma.add_sat(times(u, 33050).sub(I16x8::splat(17685)));
        [r, g, b].map(|color| color.shr(6))
    };
    for x in (0..width).step_by(16) {
        let (first, second) = (eight(x), eight(x + 8));
        let colors = std::array::from_fn(|c| [first[c], second[c]]);
        store_rgb(colors, &mut out[3 * x..3 * x + 48]);
    }
}
