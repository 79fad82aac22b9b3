//! How each block of a VP8 key frame is predicted.

use super::bools::Bools;
use super::headers::Headers;
use super::tables::MODE_PROBABILITIES;

/// How pixels are predicted from those around them, in the order of the format's tables; blocks as a whole know the first
/// four alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The mean of those above and to the left.
    #[default]
    Mean,
    /// Left plus above minus corner.
    Plane,
    /// Those above.
    Above,
    /// Those to the left.
    Left,
    /// Down and to the left.
    DownLeft,
    /// Down and to the right.
    DownRight,
    /// More down than right.
    MoreDownRight,
    /// More down than left.
    MoreDownLeft,
    /// More right than down.
    RightDown,
    /// More right than up.
    RightUp,
}

/// What is said of a block in front of its coefficients.
#[derive(Clone, Copy, Default)]
pub struct Block {
    /// Which one of the segments.
    pub segment: u8,
    /// Whether it has no coefficients.
    pub is_skipped: bool,
    /// Of the sixteen parts, where they have modes of their own.
    pub parts: Option<[Mode; 16]>,
    /// Of the luminance as a whole.
    pub luma: Mode,
    /// Of the colours.
    pub chroma: Mode,
}

/// Reads blocks, row by row.
pub struct Modes {
    /// Modes of the parts above.
    above: Vec<[Mode; 4]>,
}

impl Modes {
    /// Before the first row.
    pub fn new(columns: usize) -> Self {
        Self {
            above: vec![[Mode::Mean; 4]; columns],
        }
    }

    /// Reads a row.
    pub fn read_row(&mut self, headers: &mut Headers<'_>, row: &mut [Block]) {
        let mut left = [Mode::Mean; 4];
        let mut bools = headers.modes;
        for (block, above) in row.iter_mut().zip(&mut self.above) {
            *block = Block::default();
            if let Some([first, low, high]) = headers.segment_tree {
                block.segment = match bools.bit(first) {
                    true => 2 + u8::from(bools.bit(high)),
                    false => u8::from(bools.bit(low)),
                };
            }
            if let Some(probability) = headers.has_coefficients {
                block.is_skipped = bools.bit(probability);
            }
            if bools.bit(145) {
                block.luma = match bools.bit(156) {
                    true if bools.bit(128) => Mode::Plane,
                    true => Mode::Left,
                    false if bools.bit(163) => Mode::Above,
                    false => Mode::Mean,
                };
                (*above, left) = ([block.luma; 4], [block.luma; 4]);
            } else {
                let mut parts = [Mode::Mean; 16];
                for (y, left) in left.iter_mut().enumerate() {
                    for (x, above) in above.iter_mut().enumerate() {
                        let mode = read_part(&mut bools, *above, *left);
                        parts[4 * y + x] = mode;
                        (*above, *left) = (mode, mode);
                    }
                }
                block.parts = Some(parts);
            }
            block.chroma = match () {
                () if !bools.bit(142) => Mode::Mean,
                () if !bools.bit(114) => Mode::Above,
                () if bools.bit(183) => Mode::Plane,
                () => Mode::Left,
            };
        }
        headers.modes = bools;
    }
}

/// Walks down the tree of the modes of parts.
#[inline(always)]
fn read_part(bools: &mut Bools<'_>, above: Mode, left: Mode) -> Mode {
    let start = 9 * (10 * above as usize + left as usize);
    let p: &[u8] = &MODE_PROBABILITIES[start..start + 9];
    match () {
        () if !bools.bit(p[0]) => Mode::Mean,
        () if !bools.bit(p[1]) => Mode::Plane,
        () if !bools.bit(p[2]) => Mode::Above,
        () if !bools.bit(p[3]) => match () {
            () if !bools.bit(p[4]) => Mode::Left,
            () if !bools.bit(p[5]) => Mode::DownRight,
            () => Mode::MoreDownRight,
        },
        () if !bools.bit(p[6]) => Mode::DownLeft,
        () if !bools.bit(p[7]) => Mode::MoreDownLeft,
        () if !bools.bit(p[8]) => Mode::RightDown,
        () => Mode::RightUp,
    }
}
