//! The stages of a JPEG decoder that work on samples: inverse cosine transform, upsampling and colour, to the bit as
//! libjpeg-turbo does them.
//!
//! Sources: `jidctint`, `jdsample` and `jdcolor` of libjpeg-turbo; the transform keeps sixteen bits between its passes, as
//! the vector versions do.

use crate::simd::{I16x8, I32x4, U8x16, interleave, store_rgb};

/// Samples that a row may be read and written beyond its end.
pub const SLACK: usize = 64;

/// 13 bits behind the point.
const CONST_BITS: i32 = 13;
/// Bits more that are kept between the passes.
const PASS1_BITS: i32 = 2;
/// Bits that each pass takes away.
const FIRST_DESCALE: u32 = (CONST_BITS - PASS1_BITS) as u32;
const LAST_DESCALE: u32 = (CONST_BITS + PASS1_BITS + 3) as u32;

const F_0_298: i16 = 2446;
const F_0_390: i16 = 3196;
const F_0_541: i16 = 4433;
const F_0_765: i16 = 6270;
const F_0_899: i16 = 7373;
const F_1_175: i16 = 9633;
const F_1_501: i16 = 12299;
const F_1_847: i16 = 15137;
const F_1_961: i16 = 16069;
const F_2_053: i16 = 16819;
const F_2_562: i16 = 20995;
const F_3_072: i16 = 25172;

type Rows = [I16x8; 8];

/// The same weights for all pairs.
#[inline(always)]
fn weights(u: i16, v: i16) -> I16x8 {
    I16x8::splat_packed((i32::from(v) << 16) | (i32::from(u) & 0xffff))
}

/// The sums and the differences of both parts of the transform, the first four and the last four outputs.
#[inline(always)]
fn outputs<const N: usize>(
    even: [[I32x4; N]; 4],
    odd: [[I32x4; N]; 4],
    descale: u32,
) -> [[I32x4; N]; 8] {
    std::array::from_fn(|i| {
        let k = i.min(7 - i);
        std::array::from_fn(|half| {
            let (a, b) = (even[k][half], odd[k][half]);
            let sum = if i < 4 { a.add(b) } else { a.sub(b) };
            sum.shr(descale)
        })
    })
}

/// One dimension of the transform, on all eight columns.
#[inline(always)]
fn pass(x: Rows, descale: u32) -> Rows {
    let pairs = |a: I16x8, b: I16x8| [a.zip_low(b), a.zip_high(b)];
    let dot = |p: [I16x8; 2], u: i16, v: i16| p.map(|p| p.dot(weights(u, v)));
    let add = |a: [I32x4; 2], b: [I32x4; 2]| [a[0].add(b[0]), a[1].add(b[1])];
    let sub = |a: [I32x4; 2], b: [I32x4; 2]| [a[0].sub(b[0]), a[1].sub(b[1])];
    // Even part, which is rounded for all.
    let even = pairs(x[2], x[6]);
    let tmp3 = dot(even, F_0_541 + F_0_765, F_0_541);
    let tmp2 = dot(even, F_0_541, F_0_541 - F_1_847);
    let half = I32x4::splat(1 << (descale - 1));
    let widen = |v: I16x8| v.widen().map(|v| v.shl(CONST_BITS as u32).add(half));
    let tmp0 = widen(x[0].add(x[4]));
    let tmp1 = widen(x[0].sub(x[4]));
    let even = [
        add(tmp0, tmp3),
        add(tmp1, tmp2),
        sub(tmp1, tmp2),
        sub(tmp0, tmp3),
    ];
    // Odd part.
    let z = pairs(x[7].add(x[3]), x[5].add(x[1]));
    let z3 = dot(z, F_1_175 - F_1_961, F_1_175);
    let z4 = dot(z, F_1_175, F_1_175 - F_0_390);
    let outer = pairs(x[7], x[1]);
    let inner = pairs(x[5], x[3]);
    let odd = [
        add(dot(outer, -F_0_899, F_1_501 - F_0_899), z4),
        add(dot(inner, -F_2_562, F_3_072 - F_2_562), z3),
        add(dot(inner, F_2_053 - F_2_562, -F_2_562), z4),
        add(dot(outer, F_0_298 - F_0_899, -F_0_899), z3),
    ];
    outputs(even, odd, descale).map(|[low, high]| I16x8::narrow(low, high))
}

/// One dimension where the last four inputs are zero: of pairs of the first and the third, and of the second and the fourth.
/// The same sums, with what meets no input left out.
#[inline(always)]
fn pass_of_four<const N: usize>(
    even: [I16x8; N],
    odd: [I16x8; N],
    descale: u32,
) -> [[I32x4; N]; 8] {
    const ONE: i16 = 1 << CONST_BITS;
    let dot = |p: [I16x8; N], u: i16, v: i16| p.map(|p| p.dot(weights(u, v)));
    let half = I32x4::splat(1 << (descale - 1));
    let even = [
        dot(even, ONE, F_0_541 + F_0_765),
        dot(even, ONE, F_0_541),
        dot(even, ONE, -F_0_541),
        dot(even, ONE, -F_0_541 - F_0_765),
    ];
    let odd = [
        dot(odd, F_1_175 - F_0_390 + F_1_501 - F_0_899, F_1_175),
        dot(odd, F_1_175, F_1_175 - F_1_961 + F_3_072 - F_2_562),
        dot(odd, F_1_175 - F_0_390, F_1_175 - F_2_562),
        dot(odd, F_1_175 - F_0_899, F_1_175 - F_1_961),
    ];
    outputs(even.map(|v| v.map(|v| v.add(half))), odd, descale)
}

/// Both dimensions where only the first four coefficients of the first four rows are not zero; columns of samples.
#[inline(always)]
fn passes_of_four(x: [I16x8; 4]) -> Rows {
    let (even, odd) = (x[0].zip_low(x[2]), x[1].zip_low(x[3]));
    let rows = pass_of_four([even], [odd], FIRST_DESCALE);
    let [p, q, r, s] = std::array::from_fn(|i| I16x8::narrow(rows[i][0], rows[i + 4][0]));
    // Turned, and in pairs.
    let both = |a: I16x8, b: I16x8| [a.zip_low(b), a.zip_high(b)];
    let ([a, b], [c, d]) = (both(p, r), both(q, s));
    let ([e, f], [g, h]) = (both(a, c), both(b, d));
    let ([even_above, odd_above], [even_below, odd_below]) = (both(e, f), both(g, h));
    pass_of_four(
        [even_above, even_below],
        [odd_above, odd_below],
        LAST_DESCALE,
    )
    .map(|[low, high]| I16x8::narrow(low, high))
}

/// Eight rows of eight lanes, turned.
#[inline(always)]
fn transpose(mut x: Rows) -> Rows {
    for _ in 0..3 {
        x = interleave(x, I16x8::zip_low, I16x8::zip_high);
    }
    x
}
/// Dequantizes a block of coefficients, row by row, and writes its samples, rows `stride` bytes apart.
///
/// # Panics
/// If `out` is too short for eight rows.
pub fn inverse_transform(
    coefficients: &[i16; 64],
    quants: &[i16; 64],
    out: &mut [u8],
    stride: usize,
) {
    let (rows, _) = coefficients.as_chunks::<8>();
    let (quants, _) = quants.as_chunks::<8>();
    let rows: Rows = std::array::from_fn(|i| I16x8::load(&rows[i]));
    let any = |rows: &[I16x8]| rows.iter().fold(I16x8::splat(0), |all, row| all.or(*row));
    let x = |i: usize| rows[i].mul(I16x8::load(&quants[i]));
    let right = I16x8::load(&[0, 0, 0, 0, -1, -1, -1, -1]);
    let (above, below) = (any(&rows[1..4]), any(&rows[4..]));
    // Of a damaged file a coefficient may become zero by its product.
    let y = if above.or(below).is_zero() {
        // Constant columns.
        pass(transpose([x(0).shl(PASS1_BITS as u32); 8]), LAST_DESCALE)
    } else if below.or(above.or(rows[0]).and(right)).is_zero() {
        passes_of_four(std::array::from_fn(x))
    } else {
        let between = pass(std::array::from_fn(x), FIRST_DESCALE);
        pass(transpose(between), LAST_DESCALE)
    };
    store_columns(y, out, stride);
}

/// Clamps samples, moves their middle to 128 and writes them.
#[inline(always)]
fn store_columns(columns: Rows, out: &mut [u8], stride: usize) {
    let columns = I16x8::apart(columns);
    let mut x: [U8x16; 4] = std::array::from_fn(|i| {
        let bytes = U8x16::narrow_signed(columns[2 * i], columns[2 * i + 1]);
        bytes.xor(U8x16::splat(0x80))
    });
    for _ in 0..3 {
        x = interleave(x, U8x16::zip_low, U8x16::zip_high);
    }
    for (i, rows) in x.into_iter().enumerate() {
        let (first, second) = out[2 * i * stride..].split_at_mut(stride);
        rows.store_halves(first, second);
    }
}

/// The samples of a block of which only the first coefficient is not zero.
pub fn inverse_transform_flat(coefficient: i16, quant: i16) -> u8 {
    let first = i32::from(coefficient.wrapping_mul(quant) << PASS1_BITS);
    let descale = CONST_BITS + PASS1_BITS + 3;
    (((first << CONST_BITS) + (1 << (descale - 1))) >> descale).clamp(-128, 127) as i16 as u8 ^ 0x80
}

/// Doubles a row: three quarters of the nearer sample, one quarter of the farther ("fancy" 2:1).
///
/// # Panics
/// If a buffer has no room for `width` samples, twice as many behind, and [`SLACK`].
pub fn double_row(samples: &[u8], width: usize, wide: &mut [i16], out: &mut [u8]) {
    for x in (0..width).step_by(8) {
        I16x8::load_u8(&samples[x..x + 8]).store(&mut wide[1 + x..9 + x]);
    }
    spread(wide, width, [1, 2], 2, out);
}

/// Doubles a row that has been made of two: three quarters of the nearer row, one quarter of the farther, then as
/// [`double_row`] ("fancy" 2:1 both ways).
///
/// # Panics
/// As there.
pub fn double_rows(near: &[u8], far: &[u8], width: usize, wide: &mut [i16], out: &mut [u8]) {
    for x in (0..width).step_by(8) {
        let (near, far) = (
            I16x8::load_u8(&near[x..x + 8]),
            I16x8::load_u8(&far[x..x + 8]),
        );
        near.add(near)
            .add(near)
            .add(far)
            .store(&mut wide[1 + x..9 + x]);
    }
    spread(wide, width, [8, 7], 4, out);
}

/// `(3 this + neighbour + bias) >> shift`, left and right of each of `width` values from `wide[1]` on.
#[inline(always)]
pub(crate) fn spread(wide: &mut [i16], width: usize, bias: [i16; 2], shift: u32, out: &mut [u8]) {
    wide[0] = wide[1];
    wide[width + 1] = wide[width];
    let bias = bias.map(I16x8::splat);
    for x in (0..width).step_by(8) {
        let this = I16x8::load(&wide[1 + x..9 + x]);
        let three = this.add(this).add(this);
        let left = three
            .add(I16x8::load(&wide[x..x + 8]))
            .add(bias[0])
            .shr(shift);
        let right = three
            .add(I16x8::load(&wide[2 + x..10 + x]))
            .add(bias[1])
            .shr(shift);
        left.store_bytes(right, &mut out[2 * x..2 * x + 16]);
    }
}

/// Three quarters of the nearer row, one quarter of the farther; the bias is 1 for the upper of two, 2 for the lower.
///
/// # Panics
/// If a row has no room for `width` samples and [`SLACK`].
pub fn blend_rows(near: &[u8], far: &[u8], width: usize, bias: i16, out: &mut [u8]) {
    let bias = I16x8::splat(bias);
    let half = |x: usize| {
        let (near, far) = (
            I16x8::load_u8(&near[x..x + 8]),
            I16x8::load_u8(&far[x..x + 8]),
        );
        near.add(near).add(near).add(far).add(bias).shr(2)
    };
    for x in (0..width).step_by(8) {
        for (to, value) in out[x..x + 8].iter_mut().zip(half(x).to_array()) {
            *to = value as u8;
        }
    }
}

/// Luminance and two differences of colour to RGB.
///
/// # Panics
/// If a row has no room for `width` pixels and [`SLACK`].
pub fn to_rgb(y: &[u8], blue: &[u8], red: &[u8], width: usize, out: &mut [u8]) {
    let center = I16x8::splat(128);
    // A factor above one is one or two times the value and what is left of it, in 1/65536: R = Y + 1.402 Cr, G = Y -
    // 0.34414 Cb - 0.71414 Cr, B = Y + 1.772 Cb.
    let weights = [
        weights(0, 26345),
        weights(-22554, 18734),
        weights(-14942, 0),
    ];
    let half = I32x4::splat(1 << 15);
    let eight = |x: usize| {
        let luma = I16x8::load_u8(&y[x..x + 8]);
        let cb = I16x8::load_u8(&blue[x..x + 8]).sub(center);
        let cr = I16x8::load_u8(&red[x..x + 8]).sub(center);
        let (low, high) = (cb.zip_low(cr), cb.zip_high(cr));
        let [r, g, b] = weights.map(|w| {
            let [low, high] = [low, high].map(|pairs| pairs.dot(w).add(half).shr(16));
            I16x8::narrow(low, high)
        });
        [
            luma.add(cr).add(r),
            luma.sub(cr).add(g),
            luma.add(cb).add(cb).add(b),
        ]
    };
    for x in (0..width).step_by(16) {
        let (first, second) = (eight(x), eight(x + 8));
        let colors = std::array::from_fn(|c| [first[c], second[c]]);
        store_rgb(colors, &mut out[3 * x..3 * x + 48]);
    }
}
