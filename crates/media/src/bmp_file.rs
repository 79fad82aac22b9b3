//! BMP files to RGB, as Pillow reads them. No crate does: those at hand scale sixteen bits, take alpha and read runs otherwise.

use crate::alpha::Alpha;
use crate::bmp_header::{BmpHeader, Layout};
use crate::error::ImageError;

fn cut() -> ImageError {
    ImageError::invalid("Expected a whole BMP file: found one whose pixels end early")
}

/// Pixels `[height, width, 3]`.
pub fn decode(bytes: &[u8], header: &BmpHeader, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let from = usize::try_from(header.offset).map_err(|_| cut())?;
    if let Layout::Runs { is_packed } = header.layout {
        let indices = expand_runs(bytes, from, header, is_packed)?;
        let rows = indices.chunks_exact(header.width).take(header.height);
        return Ok(collect(header, rows, |row, x| {
            header.colors[usize::from(row[x])]
        }));
    }
    let row_bits = header.width as u64 * header.bits as u64;
    // Rows are padded to four bytes, of which the last row may lack its padding.
    let stride = row_bits.div_ceil(32) * 4;
    let needed = stride * (header.height as u64 - 1) + row_bits.div_ceil(8);
    let data = bytes.get(from..).ok_or_else(cut)?;
    if (data.len() as u64) < needed {
        return Err(cut());
    }
    let rows = data.chunks(stride as usize).take(header.height);
    let size = header.bits / 8;
    Ok(collect(header, rows, |row, x| match header.layout {
        Layout::Bytes { rgb, alpha: place } => {
            let pixel = &row[x * size..(x + 1) * size];
            let [r, g, b] = rgb.map(|at| pixel[at]);
            place.map_or([r, g, b], |at| alpha.flatten([r, g, b, pixel[at]]))
        }
        Layout::Sixteen { green_bits } => sixteen(row[2 * x], row[2 * x + 1], green_bits),
        _ => header.colors[index(row, x, header.bits)],
    }))
}

/// The colours of all pixels of `rows`, which are stored from the bottom up unless the header says otherwise.
fn collect<'a>(
    header: &BmpHeader,
    rows: impl Iterator<Item = &'a [u8]>,
    color: impl Fn(&[u8], usize) -> [u8; 3],
) -> Vec<u8> {
    let stride = header.width * 3;
    let mut out = vec![0; stride * header.height];
    for (y, row) in rows.enumerate() {
        let y = if header.top_down {
            y
        } else {
            header.height - 1 - y
        };
        for (x, to) in out[y * stride..(y + 1) * stride]
            .chunks_exact_mut(3)
            .enumerate()
        {
            to.copy_from_slice(&color(row, x));
        }
    }
    out
}

fn index(row: &[u8], x: usize, bits: usize) -> usize {
    let bit = x * bits;
    let shift = 8 - bits - bit % 8;
    usize::from(row[bit / 8] >> shift & (0xff >> (8 - bits)) as u8)
}

/// Five bits of red and blue and `green_bits` between them, each scaled to 255 and cut off.
fn sixteen(low: u8, high: u8, green_bits: u32) -> [u8; 3] {
    let pixel = u32::from(u16::from_le_bytes([low, high]));
    let part = |shift: u32, bits: u32| {
        let most = (1 << bits) - 1;
        ((pixel >> shift & most) * 255 / most) as u8
    };
    [part(5 + green_bits, 5), part(5, green_bits), part(0, 5)]
}

/// Undoes the run lengths. Runs end at the end of a row, pixels that are skipped are 0, and a file may end before its pixels
/// only by running out of what it gives, which is refused.
fn expand_runs(
    bytes: &[u8],
    mut at: usize,
    header: &BmpHeader,
    is_packed: bool,
) -> Result<Vec<u8>, ImageError> {
    let width = header.width;
    let total = width * header.height;
    let mut out: Vec<u8> = Vec::new();
    let mut x = 0;
    while out.len() < total {
        let (Some(&count), Some(&value)) = (bytes.get(at), bytes.get(at + 1)) else {
            break;
        };
        at += 2;
        match (count, value) {
            (0, 0) => {
                out.resize(out.len().next_multiple_of(width), 0);
                x = 0;
            }
            (0, 1) => break,
            (0, 2) => {
                let (Some(&right), Some(&up)) = (bytes.get(at), bytes.get(at + 1)) else {
                    break;
                };
                at += 2;
                let skipped = usize::from(up)
                    .saturating_mul(width)
                    .saturating_add(right.into());
                out.resize(total.min(out.len().saturating_add(skipped)), 0);
                x = out.len() % width;
            }
            (0, length) => {
                let taken = usize::from(length).min(total - out.len());
                let stored = if is_packed { taken.div_ceil(2) } else { taken };
                let Some(literal) = bytes.get(at..at + stored) else {
                    break;
                };
                if is_packed {
                    out.extend(literal.iter().flat_map(|b| [b >> 4, b & 15]).take(taken));
                } else {
                    out.extend(literal);
                }
                // Literals are padded to an even place in the file.
                at = (at + stored).next_multiple_of(2);
                x += usize::from(length);
            }
            (count, value) => {
                let count = usize::from(count).min(width.saturating_sub(x));
                let pair = if is_packed {
                    [value >> 4, value & 15]
                } else {
                    [value; 2]
                };
                out.extend(pair.iter().cycle().take(count));
                x += count;
            }
        }
    }
    if out.len() < total {
        return Err(cut());
    }
    Ok(out)
}
