//! The orientation that a camera wrote down, and turning the pixels upright.

/// Orientation, 1 to 8, of a TIFF block as EXIF has it; 1 if there is none or the block is broken.
pub fn orientation(tiff: &[u8]) -> u8 {
    read_orientation(tiff)
        .filter(|o| (2..=8).contains(o))
        .map_or(1, |o| o as u8)
}

fn read_orientation(tiff: &[u8]) -> Option<u32> {
    let big = match tiff.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let b: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(u32::from(if big {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        }))
    };
    let u32_at = |at: usize| {
        let b: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big {
            u32::from_be_bytes(b)
        } else {
            u32::from_le_bytes(b)
        })
    };
    let first = u32_at(4)? as usize;
    for entry in 0..u16_at(first)? as usize {
        let at = first.checked_add(2 + 12 * entry)?;
        let (tag, kind, count) = (u16_at(at)?, u16_at(at + 2)?, u32_at(at + 4)?);
        if tag == 0x0112 && count == 1 {
            return match kind {
                1 => tiff.get(at + 8).map(|&b| b.into()),
                3 => u16_at(at + 8),
                4 => u32_at(at + 8),
                _ => None,
            };
        }
    }
    None
}

/// Whether an orientation exchanges width and height.
pub fn is_turned(orientation: u8) -> bool {
    (5..=8).contains(&orientation)
}

/// Turns pixels `[height, width, 3]` as stored upright. Returns the new width and height with the pixels.
pub fn upright(
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    orientation: u8,
) -> (usize, usize, Vec<u8>) {
    if !(2..=8).contains(&orientation) {
        return (width, height, pixels);
    }
    let (out_width, out_height) = if is_turned(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..out_height {
        for x in 0..out_width {
            // The stored place of the pixel that belongs at (x, y).
            let (from_x, from_y) = match orientation {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let at = (from_y * width + from_x) * 3;
            out.extend_from_slice(&pixels[at..at + 3]);
        }
    }
    (out_width, out_height, out)
}
