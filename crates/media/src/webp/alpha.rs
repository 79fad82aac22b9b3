//! Transparency of lossy frames.

use super::{Broken, lossless};

/// Levels `[height, width]` of an ALPH chunk.
pub fn decode(chunk: &[u8], width: usize, height: usize) -> Result<Vec<u8>, Broken> {
    let (&flags, data) = chunk.split_first().ok_or(Broken)?;
    let (method, filter) = (flags & 3, flags >> 2 & 3);
    // Whether levels were made fewer, which changes nothing, and bits that are not used.
    if flags >> 4 & 3 > 1 || flags >> 6 > 1 {
        return Err(Broken);
    }
    let mut levels = match method {
        0 => data.get(..width * height).ok_or(Broken)?.to_vec(),
        1 => {
            let pixels = lossless::decode_bare(data, width, height)?;
            pixels.iter().map(|pixel| (pixel >> 8) as u8).collect()
        }
        _ => return Err(Broken),
    };
    if filter > 0 {
        undo(filter, width, &mut levels);
    }
    Ok(levels)
}

fn add_left(row: &mut [u8]) {
    let mut left = 0u8;
    for level in row {
        left = left.wrapping_add(*level);
        *level = left;
    }
}

/// Adds predictions: from the left, from above, or from a plane. The first row is always predicted from the left, the first
/// column from above.
fn undo(filter: u8, width: usize, levels: &mut [u8]) {
    let (mut above, rest) = levels.split_at_mut(width);
    add_left(above);
    for row in rest.chunks_exact_mut(width) {
        match filter {
            1 => {
                row[0] = row[0].wrapping_add(above[0]);
                add_left(row);
            }
            2 => {
                for (level, &above) in row.iter_mut().zip(&*above) {
                    *level = level.wrapping_add(above);
                }
            }
            _ => {
                row[0] = row[0].wrapping_add(above[0]);
                let mut left = i16::from(row[0]);
                for (level, above) in row[1..].iter_mut().zip(above.windows(2)) {
                    let plane = left + i16::from(above[1]) - i16::from(above[0]);
                    *level = level.wrapping_add(plane.clamp(0, 255) as u8);
                    left = i16::from(*level);
                }
            }
        }
        above = row;
    }
}
