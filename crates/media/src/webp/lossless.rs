//! Lossless pictures: VP8L, also without its header, as transparency is stored.

mod bits;
mod codes;
mod entropy;
mod transforms;

use super::Broken;
use bits::Bits;
use transforms::{Squares, Transform, sum_up, undo};

/// Pixels `0xaarrggbb` of a bitstream that states this size itself.
pub fn decode(data: &[u8], width: usize, height: usize) -> Result<Vec<u32>, Broken> {
    match data {
        // Signature, 14 bits of width, 14 of height, one of alpha, three of the version.
        [0x2f, _, _, _, last, rest @ ..] if last >> 5 == 0 => decode_bare(rest, width, height),
        _ => Err(Broken),
    }
}

/// Pixels of a bitstream that says nothing of its size.
pub fn decode_bare(data: &[u8], width: usize, height: usize) -> Result<Vec<u32>, Broken> {
    let mut bits = Bits::new(data);
    let mut transforms = Vec::new();
    let mut coded = width;
    let mut seen = [false; 4];
    while bits.flag()? {
        let kind = bits.number(2)? as usize;
        if std::mem::replace(&mut seen[kind], true) {
            return Err(Broken);
        }
        let before = coded;
        let transform = read_transform(&mut bits, kind, &mut coded, height)?;
        transforms.push((transform, before));
    }
    let mut pixels = entropy::read(&mut bits, coded, height, true)?;
    while let Some((transform, width)) = transforms.pop() {
        pixels = undo(&transform, width, pixels);
    }
    Ok(pixels)
}

/// Reads a transform of a picture, which may make it less wide.
fn read_transform(
    bits: &mut Bits<'_>,
    kind: usize,
    width: &mut usize,
    height: usize,
) -> Result<Transform, Broken> {
    match kind {
        0 | 1 => {
            let side = 2 + bits.number(3)?;
            let squares = |extent: usize| extent.div_ceil(1 << side);
            let columns = squares(*width);
            let squares = Squares {
                bits: side,
                columns,
                values: entropy::read(bits, columns, squares(height), false)?,
            };
            Ok(match kind {
                0 => Transform::Predict(squares),
                _ => Transform::Mix(squares),
            })
        }
        2 => Ok(Transform::AddGreen),
        _ => {
            let number = 1 + bits.number(8)? as usize;
            let mut colors = entropy::read(bits, number, 1, false)?;
            sum_up(&mut colors);
            let shift = match number {
                0..=2 => 3,
                3..=4 => 2,
                5..=16 => 1,
                _ => 0,
            };
            *width = width.div_ceil(1 << shift);
            Ok(Transform::Index(colors, shift))
        }
    }
}
