//! The stages of the JPEG decoder against their definitions, one sample at a time.

use fastrand::Rng;
use limbus_vecmath::jpeg::{
    SLACK, blend_rows, double_row, double_rows, inverse_transform, inverse_transform_flat, to_rgb,
};

fn samples(rng: &mut Rng, n: usize) -> Vec<u8> {
    (0..n)
        .map(|_| [0, 255, rng.u8(..)][rng.usize(..3)])
        .collect()
}

/// One dimension of libjpeg's accurate integer transform, in the words of its paper: no vectors, 64 bits.
fn naive_pass(x: [i64; 8], descale: u32) -> [i64; 8] {
    let z1 = (x[2] + x[6]) * 4433;
    let (tmp2, tmp3) = (z1 - x[6] * 15137, z1 + x[2] * 6270);
    let (tmp0, tmp1) = ((x[0] + x[4]) << 13, (x[0] - x[4]) << 13);
    let even = [tmp0 + tmp3, tmp1 + tmp2, tmp1 - tmp2, tmp0 - tmp3];
    let (z1, z2, z3, z4) = (x[7] + x[1], x[5] + x[3], x[7] + x[3], x[5] + x[1]);
    let z5 = (z3 + z4) * 9633;
    let (z1, z2) = (-z1 * 7373, -z2 * 20995);
    let (z3, z4) = (z5 - z3 * 16069, z5 - z4 * 3196);
    let odd = [
        x[1] * 12299 + z1 + z4,
        x[3] * 25172 + z2 + z3,
        x[5] * 16819 + z2 + z4,
        x[7] * 2446 + z1 + z3,
    ];
    std::array::from_fn(|i| {
        let sum = if i < 4 {
            even[i] + odd[i]
        } else {
            even[7 - i] - odd[7 - i]
        };
        (sum + (1 << (descale - 1))) >> descale
    })
}

fn naive_transform(coefficients: &[i16; 64], quants: &[i16; 64]) -> [u8; 64] {
    let value = |i: usize| i64::from(coefficients[i]) * i64::from(quants[i]);
    let columns: [[i64; 8]; 8] =
        std::array::from_fn(|x| naive_pass(std::array::from_fn(|y| value(8 * y + x)), 11));
    let rows: [[i64; 8]; 8] =
        std::array::from_fn(|y| naive_pass(std::array::from_fn(|x| columns[x][y]), 18));
    std::array::from_fn(|i| (rows[i / 8][i % 8] + 128).clamp(0, 255) as u8)
}

#[test]
fn the_transform_equals_its_definition() {
    let mut rng = Rng::with_seed(1);
    for round in 0..20_000 {
        let quants: [i16; 64] = std::array::from_fn(|_| rng.i16(1..=60));
        let mut block = [0i16; 64];
        // Flat, nearly flat, usual and full blocks, of values that samples can come to, also only in a corner.
        let (across, down) = [(8, 8), (4, 4), (4, 5), (5, 4)][round / 4 % 4];
        for _ in 0..[0, 2, 10, 64][round % 4] {
            let at = 8 * rng.usize(..down) + rng.usize(..across);
            block[at] = rng.i16(-200..200) / quants[at];
        }
        block[0] = rng.i16(-1024..1024) / quants[0];
        let want = naive_transform(&block, &quants);
        let stride = rng.usize(8..28);
        let mut out = vec![7; stride * 8];
        inverse_transform(&block, &quants, &mut out, stride);
        for (row, want) in out.chunks_exact(stride).zip(want.chunks_exact(8)) {
            assert_eq!(&row[..8], want, "{block:?}");
            assert!(row[8..].iter().all(|&v| v == 7), "nothing else is written");
        }
        if block[1..].iter().all(|&v| v == 0) {
            assert_eq!([inverse_transform_flat(block[0], quants[0]); 64], want);
        }
    }
}

#[test]
fn rows_are_doubled_as_defined() {
    let mut rng = Rng::with_seed(2);
    for _ in 0..500 {
        let width = rng.usize(3..63);
        let (near, far) = (
            samples(&mut rng, width + SLACK),
            samples(&mut rng, width + SLACK),
        );
        let mut wide = vec![0; 2 * width + SLACK];
        let mut out = vec![0; 2 * width + SLACK];
        let at = |row: &[u8], x: isize| u32::from(row[x.clamp(0, width as isize - 1) as usize]);
        let neighbour = |o: usize| (o / 2) as isize + if o.is_multiple_of(2) { -1 } else { 1 };
        double_row(&near, width, &mut wide, &mut out);
        for (o, &got) in out[..2 * width].iter().enumerate() {
            let sum = 3 * at(&near, (o / 2) as isize) + at(&near, neighbour(o));
            assert_eq!(u32::from(got), (sum + 1 + o as u32 % 2) / 4);
        }
        double_rows(&near, &far, width, &mut wide, &mut out);
        let column = |x: isize| 3 * at(&near, x) + at(&far, x);
        for (o, &got) in out[..2 * width].iter().enumerate() {
            let sum = 3 * column((o / 2) as isize) + column(neighbour(o));
            assert_eq!(u32::from(got), (sum + 8 - o as u32 % 2) / 16);
        }
        for bias in [1, 2] {
            blend_rows(&near, &far, width, bias, &mut out);
            for (x, &got) in out[..width].iter().enumerate() {
                let want = (column(x as isize) + bias as u32) / 4;
                assert_eq!(u32::from(got), want);
            }
        }
    }
}

#[test]
fn colours_are_those_of_the_tables() {
    let mut rng = Rng::with_seed(3);
    let fix = |x: f64| (x * 65536.0 + 0.5) as i64;
    for _ in 0..500 {
        let width = rng.usize(1..=70);
        let [y, blue, red] = [0; 3].map(|_| samples(&mut rng, width + SLACK));
        let mut out = vec![0; 3 * (width + SLACK)];
        to_rgb(&y, &blue, &red, width, &mut out);
        for (x, got) in out[..3 * width].chunks_exact(3).enumerate() {
            let (luma, cb, cr): (i64, i64, i64) = (
                y[x].into(),
                i64::from(blue[x]) - 128,
                i64::from(red[x]) - 128,
            );
            let half = 1 << 15;
            let want = [
                luma + ((fix(1.402) * cr + half) >> 16),
                luma + ((-fix(0.34414) * cb - fix(0.71414) * cr + half) >> 16),
                luma + ((fix(1.772) * cb + half) >> 16),
            ];
            assert_eq!(got, want.map(|v: i64| v.clamp(0, 255) as u8));
        }
    }
}
