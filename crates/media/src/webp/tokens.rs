//! Coefficients of the blocks of a VP8 frame.

use super::bools::Bools;
use super::headers::{Headers, Probabilities, Segment, Steps};
use super::modes::Block;
use super::tables::{LARGE_VALUES, TREE, ZIGZAG};

/// Which coefficients of a part are not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// None.
    #[default]
    Nothing,
    /// At most the first one.
    Mean,
    /// Any.
    Whole,
}

/// The coefficients of a block.
pub struct Residuals {
    /// Sixteen parts of luminance, four of each colour, row by row, multiplied by their steps.
    pub parts: [[i16; 16]; 24],
    /// What they hold.
    pub extents: [Extent; 24],
}

impl Residuals {
    /// None at all.
    pub fn new() -> Self {
        Self {
            parts: [[0; 16]; 24],
            extents: [Extent::Nothing; 24],
        }
    }

    fn clear(&mut self) {
        for (part, extent) in self.parts.iter_mut().zip(&mut self.extents) {
            if *extent != Extent::Nothing {
                *part = [0; 16];
            }
            *extent = Extent::Nothing;
        }
    }
}

/// Whether neighbours have coefficients: four parts of luminance, two of each colour, and the second transform.
#[derive(Clone, Copy, Default)]
pub struct Context {
    luma: [u8; 4],
    chroma: [[u8; 2]; 2],
    second: u8,
}

impl Context {
    /// A block without coefficients; where it has no second transform either, its neighbour's counts on.
    fn clear(&mut self, is_split: bool) {
        let second = if is_split { self.second } else { 0 };
        *self = Self {
            second,
            ..Self::default()
        };
    }
}

/// Reads the coefficients of a block from the partition of its row. Returns whether there are any.
pub fn read(
    headers: &Headers<'_>,
    bools: &mut Bools<'_>,
    block: &Block,
    (above, left): (&mut Context, &mut Context),
    found: &mut Residuals,
) -> bool {
    found.clear();
    let is_split = block.parts.is_some();
    if block.is_skipped {
        above.clear(is_split);
        left.clear(is_split);
        return false;
    }
    // A copy, so that it stays in registers.
    let mut local = *bools;
    let segment = &headers.segments[usize::from(block.segment & 3)];
    let any = read_parts(headers, &mut local, segment, is_split, (above, left), found);
    *bools = local;
    any
}

#[inline(always)]
fn read_parts(
    headers: &Headers<'_>,
    bools: &mut Bools<'_>,
    segment: &Segment,
    is_split: bool,
    (above, left): (&mut Context, &mut Context),
    found: &mut Residuals,
) -> bool {
    let [rest, second, chroma, whole] = &*headers.probabilities;
    let (luma, first) = if is_split { (whole, 0) } else { (rest, 1) };
    if !is_split {
        let mut part = [0; 16];
        let context = above.second + left.second;
        let end = read_part(bools, second, context, segment.second, 0, &mut part);
        above.second = u8::from(end > 0);
        left.second = above.second;
        if end > 0 {
            transform_second(&part, found);
        }
    }
    let mut any = false;
    for i in 0..16 {
        let (above, left) = (&mut above.luma[i % 4], &mut left.luma[i / 4]);
        let part = &mut found.parts[i];
        let end = read_part(bools, luma, *above + *left, segment.luma, first, part);
        *above = u8::from(end > first);
        *left = *above;
        found.extents[i] = extent(end, part[0]);
        any |= found.extents[i] != Extent::Nothing;
    }
    for i in 0..8 {
        let (color, y, x) = (i / 4, i / 2 % 2, i % 2);
        let (above, left) = (&mut above.chroma[color][x], &mut left.chroma[color][y]);
        let part = &mut found.parts[16 + i];
        let end = read_part(bools, chroma, *above + *left, segment.chroma, 0, part);
        *above = u8::from(end > 0);
        *left = *above;
        found.extents[16 + i] = extent(end, part[0]);
        any |= found.extents[16 + i] != Extent::Nothing;
    }
    any
}

fn extent(end: usize, first: i16) -> Extent {
    match end {
        2.. => Extent::Whole,
        _ if first != 0 => Extent::Mean,
        _ => Extent::Nothing,
    }
}

/// Reads the coefficients of a part from `first` on. Returns where they end.
#[inline(never)]
fn read_part(
    reader: &mut Bools<'_>,
    probabilities: &Probabilities,
    context: u8,
    steps: Steps,
    first: usize,
    part: &mut [i16; 16],
) -> usize {
    let mut bools = *reader;
    let end = read_values(&mut bools, probabilities, context, steps, first, part);
    *reader = bools;
    end
}

#[inline(always)]
fn read_values(
    bools: &mut Bools<'_>,
    probabilities: &Probabilities,
    context: u8,
    steps: Steps,
    first: usize,
    part: &mut [i16; 16],
) -> usize {
    let mut at = first;
    let mut p = &probabilities[at][usize::from(context.min(2))];
    while at < 16 {
        if !bools.bit(p[0]) {
            return at;
        }
        while !bools.bit(p[1]) {
            at += 1;
            if at == 16 {
                return 16;
            }
            p = &probabilities[at][0];
        }
        let next = &probabilities[at + 1];
        let value = if bools.bit(p[2]) {
            let value = read_large(bools, p);
            p = &next[2];
            value
        } else {
            p = &next[1];
            1
        };
        let step = steps[usize::from(at > 0)];
        part[usize::from(ZIGZAG[at] & 15)] = (bools.with_sign(value) * step) as i16;
        at += 1;
    }
    16
}

/// A value of two or more.
#[inline(always)]
fn read_large(bools: &mut Bools<'_>, p: &[u8; TREE]) -> i32 {
    if !bools.bit(p[3]) {
        if !bools.bit(p[4]) {
            return 2;
        }
        return 3 + i32::from(bools.bit(p[5]));
    }
    if !bools.bit(p[6]) {
        if !bools.bit(p[7]) {
            return 5 + i32::from(bools.bit(159));
        }
        return 7 + 2 * i32::from(bools.bit(165)) + i32::from(bools.bit(145));
    }
    let high = usize::from(bools.bit(p[8]));
    let category = 2 * high + usize::from(bools.bit(p[9 + high]));
    let extra = LARGE_VALUES[category]
        .iter()
        .fold(0, |extra, &p| 2 * extra + i32::from(bools.bit(p)));
    extra + 3 + (8 << category)
}

/// The second transform, of Walsh and Hadamard: gives the sixteen parts their first coefficients.
fn transform_second(part: &[i16; 16], found: &mut Residuals) {
    let butterfly = |[a, b, c, d]: [i32; 4]| {
        let (outer, inner) = (a + d, b + c);
        let (outer_difference, inner_difference) = (a - d, b - c);
        [
            outer + inner,
            outer_difference + inner_difference,
            outer - inner,
            outer_difference - inner_difference,
        ]
    };
    let columns: [[i32; 4]; 4] =
        std::array::from_fn(|x| butterfly([0, 4, 8, 12].map(|row| i32::from(part[row + x]))));
    for (y, parts) in found.parts[..16].chunks_exact_mut(4).enumerate() {
        let [first, rest @ ..] = columns.map(|column| column[y]);
        let row = butterfly([first + 3, rest[0], rest[1], rest[2]]);
        for (part, value) in parts.iter_mut().zip(row) {
            part[0] = (value >> 3) as i16;
        }
    }
}
