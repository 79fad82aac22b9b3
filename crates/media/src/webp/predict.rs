//! Prediction of blocks from the pixels above and to the left, which have not been filtered yet.

use super::modes::Mode;
use super::planes::Plane;

/// Predicts a square of `SIZE` pixels a side, at a place of the plane, by one of the first four modes.
#[inline(always)]
pub fn predict_whole<const SIZE: usize>(
    plane: &mut Plane,
    at: usize,
    mode: Mode,
    (has_above, has_left): (bool, bool),
) {
    let stride = plane.stride;
    let data = &mut plane.data[at - stride - 1..at + (SIZE - 1) * stride + SIZE];
    let (row, rest) = data.split_at_mut(stride);
    let corner = row[0];
    let mut above = [0; SIZE];
    above.copy_from_slice(&row[1..=SIZE]);
    let rows = rest.chunks_mut(stride).take(SIZE);
    match mode {
        Mode::Above => rows.for_each(|row| row[1..=SIZE].copy_from_slice(&above)),
        Mode::Left => rows.for_each(|row| {
            let left = row[0];
            row[1..=SIZE].fill(left);
        }),
        Mode::Plane => rows.for_each(|row| {
            let slope = i16::from(row[0]) - i16::from(corner);
            for (to, &above) in row[1..=SIZE].iter_mut().zip(&above) {
                *to = (i16::from(above) + slope).clamp(0, 255) as u8;
            }
        }),
        _ => {
            let sum_above: usize = above.iter().map(|&x| usize::from(x)).sum();
            let lefts = rest.iter().step_by(stride).take(SIZE);
            let sum_left: usize = lefts.map(|&x| usize::from(x)).sum();
            let mean = match (has_above, has_left) {
                (true, true) => (sum_above + sum_left + SIZE) / (2 * SIZE),
                (true, false) => (sum_above + SIZE / 2) / SIZE,
                (false, true) => (sum_left + SIZE / 2) / SIZE,
                (false, false) => 128,
            };
            for row in rest.chunks_mut(stride).take(SIZE) {
                row[1..=SIZE].fill(mean as u8);
            }
        }
    }
}

/// Predicts a square of four pixels a side, of which the four pixels above and to the right are given.
#[inline(always)]
pub fn predict_part(plane: &mut Plane, at: usize, mode: Mode, above_right: [u8; 4]) {
    let stride = plane.stride;
    let data = &mut plane.data[at - stride - 1..at + 3 * stride + 4];
    // From the lowest pixel to the left, over the corner, to the last one above and to the right.
    let mut around = [0; 13];
    for (y, to) in around[..4].iter_mut().rev().enumerate() {
        *to = data[(y + 1) * stride];
    }
    around[4..9].copy_from_slice(&data[..5]);
    around[9..].copy_from_slice(&above_right);
    let rows = part(mode, &around);
    for (y, row) in rows.iter().enumerate() {
        let start = (y + 1) * stride + 1;
        data[start..start + 4].copy_from_slice(row);
    }
}

/// The pixels of a part; each is a mean of two or three neighbours along the line around it.
#[inline(always)]
fn part(mode: Mode, around: &[u8; 13]) -> [[u8; 4]; 4] {
    let pixel = |i: usize| u16::from(around[i]);
    let two = |i: usize| ((pixel(i) + pixel(i + 1) + 1) >> 1) as u8;
    let mean = |a: u16, b: u16, c: u16| ((a + 2 * b + c + 2) >> 2) as u8;
    let three = |i: usize| mean(pixel(i - 1), pixel(i), pixel(i + 1));
    match mode {
        Mode::Mean => {
            let sum: u16 = (0..4).map(pixel).chain((5..9).map(pixel)).sum();
            [[((sum + 4) >> 3) as u8; 4]; 4]
        }
        Mode::Plane => [3, 2, 1, 0].map(|left| {
            let slope = pixel(left) as i16 - pixel(4) as i16;
            [5, 6, 7, 8].map(|above| (pixel(above) as i16 + slope).clamp(0, 255) as u8)
        }),
        Mode::Above => [[5, 6, 7, 8].map(three); 4],
        Mode::Left => {
            let last = mean(pixel(1), pixel(0), pixel(0));
            [three(3), three(2), three(1), last].map(|value| [value; 4])
        }
        Mode::DownLeft => {
            let last = mean(pixel(11), pixel(12), pixel(12));
            let [a, b, c, d, e, f] = [6, 7, 8, 9, 10, 11].map(three);
            [[a, b, c, d], [b, c, d, e], [c, d, e, f], [d, e, f, last]]
        }
        Mode::DownRight => {
            let [a, b, c, d, e, f, g] = [1, 2, 3, 4, 5, 6, 7].map(three);
            [[d, e, f, g], [c, d, e, f], [b, c, d, e], [a, b, c, d]]
        }
        Mode::MoreDownRight => {
            let [a, b, c, d] = [4, 5, 6, 7].map(two);
            let [e, f, g, h, i, j] = [2, 3, 4, 5, 6, 7].map(three);
            [[a, b, c, d], [g, h, i, j], [f, a, b, c], [e, g, h, i]]
        }
        Mode::MoreDownLeft => {
            let [a, b, c, d] = [5, 6, 7, 8].map(two);
            let [e, f, g, h, i, j] = [6, 7, 8, 9, 10, 11].map(three);
            [[a, b, c, d], [e, f, g, h], [b, c, d, i], [f, g, h, j]]
        }
        Mode::RightDown => {
            let [a, b, c, d] = [0, 1, 2, 3].map(two);
            let [e, f, g, h, i, j] = [1, 2, 3, 4, 5, 6].map(three);
            [[d, h, i, j], [c, g, d, h], [b, f, c, g], [a, e, b, f]]
        }
        Mode::RightUp => {
            let [a, b, c] = [0, 1, 2].map(two);
            let (d, e) = (three(1), three(2));
            let (last, end) = (mean(pixel(1), pixel(0), pixel(0)), around[0]);
            [[c, e, b, d], [b, d, a, last], [a, last, end, end], [end; 4]]
        }
    }
}
