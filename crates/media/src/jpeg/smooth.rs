//! Smoothing between blocks of a progressive file whose last scans are missing: coefficients that are not known yet are
//! estimated from the first coefficients of the 24 blocks around, as libjpeg-turbo does (`jdcoefct.c`).

use super::frame::{Component, Frame};

/// First coefficients of a block and those around it, five rows of five.
type Window = [i64; 25];

/// A coefficient that is estimated: its place in the order of a file and in the rows of a block, and the weights of the window.
type Estimate = (usize, usize, [i64; 25]);

/// Where some of the others are known.
#[rustfmt::skip]
const BY_NEIGHBOURS: [Estimate; 5] = [
    (1, 1, [0, 0, 0, 0, 0,  0, 0, 0, 0, 0,  -7, 50, 0, -50, 7,  0, 0, 0, 0, 0,  0, 0, 0, 0, 0]),
    (2, 8, [0, 0, -7, 0, 0,  0, 0, 50, 0, 0,  0, 0, 0, 0, 0,  0, 0, -50, 0, 0,  0, 0, 7, 0, 0]),
    (3, 16, [0, 0, -1, 0, 0,  0, 0, 13, 0, 0,  0, 0, -24, 0, 0,  0, 0, 13, 0, 0,  0, 0, -1, 0, 0]),
    (4, 9, [0, -1, 0, 1, 0,  -1, 10, 0, -10, 1,  0, 0, 0, 0, 0,  1, -10, 0, 10, -1,  0, 1, 0, -1, 0]),
    (5, 2, [0, 0, 0, 0, 0,  0, 0, 0, 0, 0,  -1, 13, -24, 13, -1,  0, 0, 0, 0, 0,  0, 0, 0, 0, 0]),
];

/// Where only the first ones are known.
#[rustfmt::skip]
const BY_FIRST_ALONE: [Estimate; 9] = [
    (1, 1, [-1, -1, 0, 1, 1,  -3, 13, 0, -13, 3,  -3, 38, 0, -38, 3,  -3, 13, 0, -13, 3,  -1, -1, 0, 1, 1]),
    (2, 8, [-1, -3, -3, -3, -1,  -1, 13, 38, 13, -1,  0, 0, 0, 0, 0,  1, -13, -38, -13, 1,  1, 3, 3, 3, 1]),
    (3, 16, [0, 0, 1, 0, 0,  0, 2, 7, 2, 0,  0, -5, -14, -5, 0,  0, 2, 7, 2, 0,  0, 0, 1, 0, 0]),
    (4, 9, [-1, 0, 0, 0, 1,  0, 9, 0, -9, 0,  0, 0, 0, 0, 0,  0, -9, 0, 9, 0,  1, 0, 0, 0, -1]),
    (5, 2, [0, 0, 0, 0, 0,  0, 2, -5, 2, 0,  1, 7, -14, 7, 1,  0, 2, -5, 2, 0,  0, 0, 0, 0, 0]),
    (6, 3, [0, 0, 0, 0, 0,  0, 1, 0, -1, 0,  0, 2, 0, -2, 0,  0, 1, 0, -1, 0,  0, 0, 0, 0, 0]),
    (7, 10, [0, 0, 0, 0, 0,  0, 1, -3, 1, 0,  0, 0, 0, 0, 0,  0, -1, 3, -1, 0,  0, 0, 0, 0, 0]),
    (8, 17, [0, 0, 0, 0, 0,  0, 1, 0, -1, 0,  0, -3, 0, 3, 0,  0, 1, 0, -1, 0,  0, 0, 0, 0, 0]),
    (9, 24, [0, 0, 0, 0, 0,  0, 1, 2, 1, 0,  0, 0, 0, 0, 0,  0, -1, -2, -1, 0,  0, 0, 0, 0, 0]),
];

/// The first coefficient itself, there.
#[rustfmt::skip]
const FIRST: [i64; 25] =
    [-2, -6, -8, -6, -2,  -6, 6, 42, 6, -6,  -8, 42, 152, 42, -8,  -6, 6, 42, 6, -6,  -2, -6, -8, -6, -2];

/// How the blocks of a file are smoothed.
pub struct Smoothing {
    /// The last row of units that the last scan reaches. Below it counts what was known before that scan.
    last_good_row: usize,
    /// Whether there was a scan before.
    has_before: bool,
}

impl Smoothing {
    /// Of a file whose coefficients are not all known, if it can be smoothed.
    pub fn of(frame: &Frame) -> Option<Self> {
        let is_wanted = |c: &Component| c.missing[1..10].iter().any(|&bits| bits != 0);
        let is_possible = |c: &Component| {
            let divides = |table: &[u16; 64]| {
                let places = BY_FIRST_ALONE.iter().map(|&(_, place, _)| place);
                places.chain([0]).all(|place| table[place] > 0)
            };
            c.missing[0] >= 0 && c.table.as_ref().is_some_and(divides)
        };
        let components = &frame.components;
        let is_smoothed = frame.is_progressive
            && components.iter().all(is_possible)
            && components.iter().any(is_wanted);
        is_smoothed.then_some(Self {
            last_good_row: frame.last_good_row,
            has_before: frame.scans > 1,
        })
    }

    /// For each coefficient how many bits of it are missing in a row of units; -1: all.
    fn missing<'a>(&self, component: &'a Component, row: usize) -> &'a [i8; 64] {
        match (row > self.last_good_row, self.has_before) {
            (false, _) => &component.missing,
            (true, true) => &component.missing_before,
            (true, false) => &[-1; 64],
        }
    }
}

/// The samples of a row of blocks, smoothed.
pub fn transform_smoothly(component: &mut Component, y: usize, smoothing: &Smoothing) {
    let quants = component.factors_of_coefficients();
    let divisors = component.table.unwrap_or([1; 64]).map(i64::from);
    let stride = component.blocks.0;
    let (across, down) = component.covered();
    if y >= down {
        return;
    }
    let rows_a_unit = component.factors.1;
    let units = component.blocks.1 / rows_a_unit;
    let missing = *smoothing.missing(component, y / rows_a_unit);
    let rows = rows_around(y, rows_a_unit, units, down);
    for x in 0..across {
        let columns = [-2, -1, 0, 1, 2].map(|d| x.saturating_add_signed(d).min(across - 1));
        let blocks = &component.coefficients;
        let window =
            std::array::from_fn(|i| blocks[rows[i / 5] * stride + columns[i % 5]][0].into());
        let mut block = blocks[y * stride + x];
        estimate(&mut block, &window, &missing, &divisors);
        component.place_block(&block, &quants, false, (x, y));
    }
}

/// The rows of blocks around row `y`: at the edges the nearest again. libjpeg-turbo counts the rows of the picture by those
/// of the unit at hand, of which the last may have fewer.
fn rows_around(y: usize, rows_a_unit: usize, units: usize, down: usize) -> [usize; 5] {
    let unit = y / rows_a_unit;
    let rows = match unit + 1 == units {
        true => down - unit * rows_a_unit,
        false => rows_a_unit,
    };
    let (count, all) = (unit * rows + y % rows_a_unit, rows * units);
    let above = if count > 0 { y - 1 } else { y };
    let above_that = if count > 1 { y - 2 } else { above };
    let below = if count + 1 < all { y + 1 } else { y };
    let below_that = if count + 2 < all { y + 2 } else { below };
    [above_that, above, y, below, below_that]
}

fn estimate(block: &mut [i16; 64], window: &Window, missing: &[i8; 64], divisors: &[i64; 64]) {
    let sum = |weights: &[i64; 25]| -> i64 {
        let sum: i64 = weights.iter().zip(window).map(|(w, v)| w * v).sum();
        sum * divisors[0]
    };
    let is_first_alone = missing[1..10].iter().all(|&bits| bits == -1);
    let estimates: &[Estimate] = match is_first_alone {
        true => &BY_FIRST_ALONE,
        false => &BY_NEIGHBOURS,
    };
    for (k, place, weights) in estimates {
        if missing[*k] != 0 && block[*place] == 0 {
            block[*place] = rounded(sum(weights), divisors[*place], missing[*k]);
        }
    }
    if is_first_alone {
        block[0] = rounded(sum(&FIRST), divisors[0], -1);
    }
}

/// A sum in 1/256 of the quantum; nothing that the bits which are known would have shown.
fn rounded(sum: i64, quantum: i64, missing: i8) -> i16 {
    let size = ((quantum << 7) + sum.abs()) / (quantum << 8);
    let size = match missing {
        1.. => size.min((1 << missing) - 1),
        _ => size,
    };
    (size * sum.signum()) as i16
}
