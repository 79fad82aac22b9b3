//! Stages of VP8 against the formulas of the format, one pixel at a time.

use fastrand::Rng;
use limbus_vecmath::jpeg::SLACK;
use limbus_vecmath::vp8::{
    EdgeLimits, add_flat, add_transformed, double_rows, filter_between_columns,
    filter_between_rows, filter_both_between_columns, filter_both_between_rows,
    filter_simply_between_columns, filter_simply_between_rows, to_rgb,
};

/// Noise, or levels so near to each other that filters change them.
fn pixels(rng: &mut Rng, length: usize) -> Vec<u8> {
    let (base, spread) = (rng.u32(..256), [256, 40, 12, 4][rng.usize(..4)]);
    (0..length)
        .map(|_| (base + rng.u32(..spread)).min(255) as u8)
        .collect()
}

#[test]
fn blocks_are_transformed_as_the_format_says() {
    let mut rng = Rng::with_seed(1);
    for round in 0..2000 {
        let size = [16_000, 3000, 300, 20][round % 4];
        let mut coefficients = [0i16; 16];
        let used = if round % 5 == 0 { 1 } else { 16 };
        for c in &mut coefficients[..used] {
            *c = rng.i16(-size..size);
        }
        let mut pixels = pixels(&mut rng, 4 * 9);
        let mut want = pixels.clone();
        let more = |x: i32| ((x * 20091) >> 16) + x;
        let less = |x: i32| (x * 35468) >> 16;
        let pass = |[a, b, c, d]: [i32; 4]| {
            let (sum, difference) = (a + c, a - c);
            let (e, f) = (less(b) - more(d), more(b) + less(d));
            [sum + f, difference + e, difference - e, sum - f].map(|v| i32::from(v as i16))
        };
        let columns: [[i32; 4]; 4] =
            std::array::from_fn(|x| pass(std::array::from_fn(|y| coefficients[4 * y + x].into())));
        for y in 0..4 {
            let mut row = columns.map(|column| column[y]);
            row[0] += 4;
            for (x, value) in pass(row).into_iter().enumerate() {
                let to = &mut want[9 * y + x];
                *to = (i32::from(*to) + (value >> 3)).clamp(0, 255) as u8;
            }
        }
        match used {
            1 => add_flat(coefficients[0], &mut pixels, 9),
            _ => add_transformed(&coefficients, &mut pixels, 9),
        }
        assert_eq!(pixels, want, "{coefficients:?}");
    }
}

/// Filters eight pixels across an edge, one place along it, as RFC 6386 has it.
fn filter_place(x: &mut [u8; 8], limits: EdgeLimits, is_inside: bool) {
    let difference = |a: usize, b: usize| i32::from(x[a].abs_diff(x[b]));
    let across = 4 * difference(3, 4) + difference(2, 5) > 2 * i32::from(limits.across) + 1;
    let beside = [(0, 1), (1, 2), (2, 3), (5, 4), (6, 5), (7, 6)]
        .iter()
        .any(|&(a, b)| difference(a, b) > i32::from(limits.beside));
    if across || beside {
        return;
    }
    let is_steep = difference(2, 3).max(difference(5, 4)) > i32::from(limits.steep);
    let signed = |i: usize| i32::from(x[i]) - 128;
    let clamp = |v: i32| v.clamp(-128, 127);
    let [_, p2, p1, p0, q0, q1, q2, _] = std::array::from_fn(signed);
    let byte = |v: i32| (clamp(v) + 128) as u8;
    let with_outer = clamp(clamp(p1 - q1) + 3 * (q0 - p0));
    let without = clamp(3 * (q0 - p0));
    let a = if is_inside && !is_steep {
        without
    } else {
        with_outer
    };
    if is_steep || is_inside {
        let (down, up) = (clamp(a + 4) >> 3, clamp(a + 3) >> 3);
        (x[3], x[4]) = (byte(p0 + up), byte(q0 - down));
        if is_inside && !is_steep {
            let less = (down + 1) >> 1;
            (x[2], x[5]) = (byte(p1 + less), byte(q1 - less));
        }
        return;
    }
    let part = |factor: i32| (factor * a + 63) >> 7;
    (x[3], x[4]) = (byte(p0 + part(27)), byte(q0 - part(27)));
    (x[2], x[5]) = (byte(p1 + part(18)), byte(q1 - part(18)));
    (x[1], x[6]) = (byte(p2 + part(9)), byte(q2 - part(9)));
}

fn filter_place_simply(x: &mut [u8; 8], limits: EdgeLimits, _: bool) {
    let difference = |a: usize, b: usize| i32::from(x[a].abs_diff(x[b]));
    if 4 * difference(3, 4) + difference(2, 5) > 2 * i32::from(limits.across) + 1 {
        return;
    }
    let clamp = |v: i32| v.clamp(-128, 127);
    let [_, _, p1, p0, q0, q1, _, _] = std::array::from_fn(|i| i32::from(x[i]) - 128);
    let a = clamp(clamp(p1 - q1) + 3 * (q0 - p0));
    let (down, up) = (clamp(a + 4) >> 3, clamp(a + 3) >> 3);
    (x[3], x[4]) = ((clamp(p0 + up) + 128) as u8, (clamp(q0 - down) + 128) as u8);
}

/// Filters places one by one: `along` from one place to the next, `across` from one pixel over the edge to the next.
fn filter_places(
    pixels: &mut [u8],
    at: usize,
    (along, across, places): (usize, usize, usize),
    filter: impl Fn(&mut [u8; 8]),
) {
    for place in 0..places {
        let first = at + place * along - 4 * across;
        let mut x = std::array::from_fn(|i| pixels[first + i * across]);
        filter(&mut x);
        for (i, x) in x.into_iter().enumerate() {
            pixels[first + i * across] = x;
        }
    }
}

#[test]
fn edges_are_filtered_as_the_format_says() {
    let mut rng = Rng::with_seed(2);
    let stride = 29;
    let mut changed = 0;
    for round in 0..4000 {
        let limits = EdgeLimits {
            across: rng.u8(..[20, 197][round % 2]),
            beside: rng.u8(1..=63),
            steep: rng.u8(..3),
        };
        let is_inside = rng.bool();
        let at = 5 * stride + 6;
        let before = [(); 2].map(|()| pixels(&mut rng, 23 * stride));
        let mut got = before.clone();
        let mut want = before.clone();
        let usual = |x: &mut [u8; 8]| filter_place(x, limits, is_inside);
        let simple = |x: &mut [u8; 8]| filter_place_simply(x, limits, is_inside);
        let [first, second] = &mut got;
        let mut both = [&mut first[..], &mut second[..]];
        let (columns, rows) = ((1, stride, 16), (stride, 1, 16));
        match round % 6 {
            0 => {
                filter_between_rows(both[0], at, stride, limits, is_inside);
                filter_places(&mut want[0], at, columns, usual);
            }
            1 => {
                filter_between_columns(both[0], at, stride, limits, is_inside);
                filter_places(&mut want[0], at, rows, usual);
            }
            2 => {
                filter_both_between_rows(&mut both, at, stride, limits, is_inside);
                for plane in &mut want {
                    filter_places(plane, at, (1, stride, 8), usual);
                }
            }
            3 => {
                filter_both_between_columns(&mut both, at, stride, limits, is_inside);
                for plane in &mut want {
                    filter_places(plane, at, (stride, 1, 8), usual);
                }
            }
            4 => {
                filter_simply_between_rows(both[0], at, stride, limits.across);
                filter_places(&mut want[0], at, columns, simple);
            }
            _ => {
                filter_simply_between_columns(both[0], at, stride, limits.across);
                filter_places(&mut want[0], at, rows, simple);
            }
        }
        assert!(got == want, "round {round}");
        changed += usize::from(got != before);
    }
    assert!(changed > 1000, "{changed}");
}

#[test]
fn colours_are_those_of_the_format() {
    let clip = |v: i32| (v >> 6).clamp(0, 255) as u8;
    let times = |v: u8, factor: i32| (i32::from(v) * factor) >> 8;
    for blue in 0..=255u8 {
        let mut rng = Rng::with_seed(blue.into());
        let width = 256;
        let y: Vec<u8> = (0..width + SLACK).map(|x| x as u8).collect();
        let blues = vec![blue; width + SLACK];
        let reds: Vec<u8> = (0..width + SLACK).map(|_| rng.u8(..)).collect();
        let mut out = vec![0; 3 * (width + SLACK)];
        to_rgb(&y, &blues, &reds, width, &mut out);
        for x in 0..width {
            let luma = times(y[x], 19077);
            let want = [
                clip(luma + times(reds[x], 26149) - 14234),
                clip(luma - times(blue, 6419) - times(reds[x], 13320) + 8708),
                clip(luma + times(blue, 33050) - 17685),
            ];
            assert_eq!(out[3 * x..3 * x + 3], want);
        }
    }
}

#[test]
fn colour_is_doubled_by_nine_three_three_and_one() {
    let mut rng = Rng::with_seed(4);
    for width in 1..60 {
        let [near, far] = [(); 2].map(|()| pixels(&mut rng, width + SLACK));
        let mut wide = vec![0; width + SLACK];
        let mut out = vec![0; 2 * width + SLACK];
        double_rows(&near, &far, width, &mut wide, &mut out);
        for (x, &got) in out[..2 * width].iter().enumerate() {
            let nearest = x / 2;
            let next = match x % 2 {
                0 => nearest.saturating_sub(1),
                _ => (nearest + 1).min(width - 1),
            };
            let level = |row: &[u8], x: usize| u32::from(row[x]);
            let sum = 9 * level(&near, nearest)
                + 3 * (level(&far, nearest) + level(&near, next))
                + level(&far, next);
            assert_eq!(u32::from(got), (sum + 8) >> 4);
        }
    }
}
