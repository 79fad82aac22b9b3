//! Headers of a BMP file, of OS/2's first version to Windows' fifth.

use crate::error::ImageError;
use crate::header::{Format, Header};

/// Where the header behind the file header begins.
const INFO: usize = 14;
/// Most entries of a palette; no index reaches beyond 256.
const MAX_COLORS: u64 = 65_536;

/// How a pixel is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Indices of 1, 4 or 8 bits in rows.
    Indices,
    /// Runs of indices, of four bits or of eight.
    Runs {
        /// Whether a byte holds two indices.
        is_packed: bool,
    },
    /// Sixteen bits, of green as many as given: 5 or 6.
    Sixteen {
        /// Bits of green.
        green_bits: u32,
    },
    /// Three or four bytes.
    Bytes {
        /// Places of red, green and blue.
        rgb: [usize; 3],
        /// Place of alpha.
        alpha: Option<usize>,
    },
}

/// What the headers say.
pub struct BmpHeader {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Whether the first row stored is the top one.
    pub top_down: bool,
    /// Bits of a pixel.
    pub bits: usize,
    /// How a pixel is stored.
    pub layout: Layout,
    /// The colour of each index.
    pub colors: Box<[[u8; 3]; 256]>,
    /// Where the pixels begin.
    pub offset: u64,
}

impl BmpHeader {
    /// The part that all formats have.
    pub fn header(&self) -> Header {
        let channels = match self.layout {
            Layout::Indices | Layout::Runs { .. } => 1,
            Layout::Bytes { alpha: Some(_), .. } => 4,
            _ => 3,
        };
        Header {
            format: Format::Bmp,
            width: self.width,
            height: self.height,
            frames: 1,
            channels,
            orientation: 1,
        }
    }
}

fn broken() -> ImageError {
    ImageError::invalid("Expected the headers of a BMP file: found broken or cut ones")
}

fn unsupported(what: &str) -> ImageError {
    ImageError::unsupported(format!(
        "Expected a BMP of a usual kind: found an unknown {what}"
    ))
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u32, ImageError> {
    let pair = bytes.get(at..at + 2).ok_or_else(broken)?;
    Ok(u16::from_le_bytes([pair[0], pair[1]]).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ImageError> {
    Ok(u16_at(bytes, at)? | u16_at(bytes, at + 2)? << 16)
}

/// Reads the headers of a file that begins with `BM`.
pub fn read(bytes: &[u8]) -> Result<BmpHeader, ImageError> {
    let info_size = u32_at(bytes, INFO)? as usize;
    if !matches!(info_size, 12 | 40 | 52 | 56 | 64 | 108 | 124) {
        return Err(unsupported("header"));
    }
    let info = bytes.get(INFO..INFO + info_size).ok_or_else(broken)?;
    let is_old = info_size == 12;
    let (width, height, bits, compression, mut colors) = if is_old {
        (u16_at(info, 4)?, u16_at(info, 6)?, u16_at(info, 10)?, 0, 0)
    } else {
        let bits = u16_at(info, 14)?;
        (
            u32_at(info, 4)?,
            u32_at(info, 8)?,
            bits,
            u32_at(info, 16)?,
            u32_at(info, 32)?.into(),
        )
    };
    // A negative height: the rows begin at the top. Only its last byte tells.
    let top_down = !is_old && info[11] == 0xff;
    let height = if top_down {
        height.wrapping_neg()
    } else {
        height
    };
    if width == 0 || height == 0 {
        return Err(broken());
    }
    let layout = read_layout(bytes, info_size, bits, compression)?;
    if colors == 0 {
        colors = 1u64 << bits;
    }
    let mut end = INFO as u64 + info_size as u64;
    let mut offset = u64::from(u32_at(bytes, 10)?);
    let mut table = Box::new([[0; 3]; 256]);
    if matches!(layout, Layout::Indices | Layout::Runs { .. }) {
        if colors > MAX_COLORS {
            return Err(unsupported("palette size"));
        }
        let entry = if is_old { 3 } else { 4 };
        // Some writers leave the palette out of the offset.
        if offset == end {
            offset += entry as u64 * colors;
        }
        let most = entry * colors as usize;
        let rest = &bytes[INFO + info_size..];
        let palette = &rest[..most.min(rest.len())];
        end += palette.len() as u64;
        *table = read_colors(palette, entry, colors as usize, bits, layout);
    } else if compression == 3 && info_size == 40 {
        end += 12;
    }
    Ok(BmpHeader {
        width: width as usize,
        height: height as usize,
        top_down,
        bits: bits as usize,
        layout,
        colors: table,
        offset: if offset == 0 { end } else { offset },
    })
}

/// The layouts that Pillow knows; the masks of the channels stand at the same place in every header that has them.
fn read_layout(
    bytes: &[u8],
    info_size: usize,
    bits: u32,
    compression: u32,
) -> Result<Layout, ImageError> {
    let bgr = [2, 1, 0];
    match (compression, bits) {
        (0, 1 | 4 | 8) => Ok(Layout::Indices),
        (0, 16) => Ok(Layout::Sixteen { green_bits: 5 }),
        (0, 24 | 32) => Ok(Layout::Bytes {
            rgb: bgr,
            alpha: None,
        }),
        (1 | 2, 1 | 4 | 8) => Ok(Layout::Runs {
            is_packed: compression == 2,
        }),
        (3, 16 | 24 | 32) => {
            let mask = |i: usize| u32_at(bytes, INFO + 40 + 4 * i);
            let rgb = [mask(0)?, mask(1)?, mask(2)?];
            let alpha = if info_size >= 56 { mask(3)? } else { 0 };
            match (bits, rgb, alpha) {
                (16, [0xf800, 0x07e0, 0x001f], _) => Ok(Layout::Sixteen { green_bits: 6 }),
                (16, [0x7c00, 0x03e0, 0x001f], _) => Ok(Layout::Sixteen { green_bits: 5 }),
                (24, [0xff_0000, 0xff00, 0xff], _) => Ok(Layout::Bytes {
                    rgb: bgr,
                    alpha: None,
                }),
                (32, [0, 0, 0], 0) => Ok(Layout::Bytes {
                    rgb: bgr,
                    alpha: Some(3),
                }),
                (32, [0xff_0000, 0xff00, 0xff], 0 | 0xff00_0000)
                | (32, [0xff00_0000, 0xff_0000, 0xff00], 0 | 0xff)
                | (32, [0xff00_0000, 0xff00, 0xff], 0 | 0xff_0000)
                | (32, [0xff, 0xff00, 0xff_0000], 0xff00_0000) => {
                    let place = |mask: u32| (mask.trailing_zeros() / 8) as usize;
                    let alpha = (alpha != 0).then(|| place(alpha));
                    Ok(Layout::Bytes {
                        rgb: rgb.map(place),
                        alpha,
                    })
                }
                _ => Err(unsupported("set of channel masks")),
            }
        }
        (0..=3, _) => Err(unsupported("number of bits a pixel")),
        _ => Err(unsupported("compression")),
    }
}

/// The colour of each index; those that the file does not give are black. A palette that says grey level for grey level what
/// its indices are counts as grey, also beyond its end.
fn read_colors(
    palette: &[u8],
    entry: usize,
    count: usize,
    bits: u32,
    layout: Layout,
) -> [[u8; 3]; 256] {
    let level = |i: usize| if count == 2 { 255 * i as u8 } else { i as u8 };
    let is_grey = palette.len() / entry >= count
        && palette
            .chunks_exact(entry)
            .take(count)
            .enumerate()
            .all(|(i, color)| color[..3] == [level(i); 3]);
    if is_grey && bits == 1 && count <= 2 {
        return std::array::from_fn(|i| [if i == 0 { 0 } else { 255 }; 3]);
    }
    if is_grey && count > 2 && (bits == 8 || layout != Layout::Indices) {
        return std::array::from_fn(|i| [i as u8; 3]);
    }
    let mut colors = [[0; 3]; 256];
    for (to, bgr) in colors.iter_mut().zip(palette.chunks_exact(entry)) {
        *to = [bgr[2], bgr[1], bgr[0]];
    }
    colors
}
