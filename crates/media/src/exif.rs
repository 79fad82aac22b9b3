//! The orientation that a camera wrote down, and turning the pixels upright.

/// Orientation, 1 to 8, as Pillow's `getexif` has it: that of the TIFF block, or of the XMP packet if the block has none; 1
/// if there is none at all or one is broken.
pub fn orientation(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> u8 {
    let value = match exif.map(read_block) {
        Some(Ok(Some(value))) => Some(value),
        Some(Err(NoTiff)) => None,
        Some(Ok(None)) | None => xmp.and_then(read_packet),
    };
    (2..=8u8)
        .find(|&known| value == Some(known.into()))
        .unwrap_or(1)
}

/// The digit behind the first `tiff:Orientation`, be it an attribute or an element.
fn read_packet(xmp: &[u8]) -> Option<f64> {
    let name = b"tiff:Orientation";
    let starts = xmp.windows(name.len()).enumerate();
    let mut names = starts.filter(|(_, found)| found == name);
    names.find_map(|(at, _)| match xmp[at + name.len()..] {
        [b'=', b'"', digit, ..] | [b'>', digit, ..] if digit.is_ascii_digit() => {
            Some(f64::from(digit - b'0'))
        }
        _ => None,
    })
}

/// Bytes that do not begin as a TIFF block.
struct NoTiff;

/// The tag's value as a number; not a number where the tag holds something else.
fn read_block(exif: &[u8]) -> Result<Option<f64>, NoTiff> {
    let mut tiff = exif;
    for _ in 0..2 {
        tiff = tiff.strip_prefix(b"Exif\0\0").unwrap_or(tiff);
    }
    let is_big = match tiff.get(..4) {
        _ if tiff.is_empty() => return Ok(None),
        Some(b"II*\0" | b"II\0*") => false,
        Some(b"MM\0*" | b"MM*\0" | b"MM\0+") => true,
        _ => return Err(NoTiff),
    };
    Ok(Directory { tiff, is_big }.orientation())
}

/// The first directory of a TIFF block.
struct Directory<'a> {
    tiff: &'a [u8],
    is_big: bool,
}

impl Directory<'_> {
    /// An unsigned number of up to eight bytes.
    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.tiff.get(at..at.checked_add(size)?)?;
        let append = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        Some(if self.is_big {
            bytes.iter().fold(0, append)
        } else {
            bytes.iter().rev().fold(0, append)
        })
    }

    /// Walks over the entries as Pillow does: one of an unknown type, or of more than the block has room for, is passed over,
    /// one whose bytes are cut ends the walk.
    fn orientation(&self) -> Option<f64> {
        let first = self.number(4, 4)? as usize;
        let mut outside = 0;
        for entry in 0..self.number(first, 2)? as usize {
            let at = first.checked_add(2 + 12 * entry)?;
            let (tag, kind) = (self.number(at, 2)?, self.number(at + 2, 2)?);
            let (count, place) = (self.number(at + 4, 4)?, self.number(at + 8, 4)?);
            let unit = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 | 16 => 8,
                _ => continue,
            };
            let size = count * unit;
            let mut data = at + 8;
            if size > 4 {
                outside += size;
                if outside > self.tiff.len() as u64 {
                    continue;
                }
                data = place as usize;
                self.tiff.get(data..data.checked_add(size as usize)?)?;
            }
            if tag == 0x0112 && size > 0 {
                return Some(self.value(kind, data).unwrap_or(f64::NAN));
            }
        }
        None
    }

    /// The first value of a type, where it is a number.
    fn value(&self, kind: u64, at: usize) -> Option<f64> {
        let whole = |size| self.number(at, size).map(|number| number as f64);
        match kind {
            // What is negative is no orientation, nor are these numbers.
            3 | 8 => whole(2),
            4 | 9 | 13 => whole(4),
            6 => whole(1),
            16 => whole(8),
            5 | 10 => Some(whole(4)? / self.number(at + 4, 4)? as f64),
            11 => Some(f32::from_bits(self.number(at, 4)? as u32).into()),
            12 => Some(f64::from_bits(self.number(at, 8)?)),
            _ => None,
        }
    }
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
