//! Chunks of a PNG file that describe its pixels.

use crate::error::ImageError;
use crate::exif;
use crate::header::{Format, Header};

/// The first eight bytes of every PNG file.
pub const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// What the chunks say.
pub struct PngHeader<'a> {
    /// Pixels, as stored.
    pub width: usize,
    /// Pixels, as stored.
    pub height: usize,
    /// Bits of a sample.
    pub depth: u8,
    /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
    pub color_type: u8,
    /// PLTE: three bytes for each colour.
    pub palette: &'a [u8],
    /// tRNS, as it is.
    pub transparency: Option<&'a [u8]>,
    /// From eXIf, wherever it stands.
    pub orientation: u8,
    /// The bytes of IHDR.
    pub ihdr: &'a [u8],
    /// The bytes of every IDAT; the last one may be cut.
    pub data: Vec<&'a [u8]>,
}

impl PngHeader<'_> {
    /// Samples of a pixel as stored.
    pub fn channels(&self) -> usize {
        match self.color_type {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        }
    }

    /// The part that all formats have.
    pub fn header(&self) -> Header {
        let (mut width, mut height) = (self.width, self.height);
        if exif::is_turned(self.orientation) {
            std::mem::swap(&mut width, &mut height);
        }
        Header {
            format: Format::Png,
            width,
            height,
            frames: 1,
            channels: self.channels(),
            orientation: self.orientation,
        }
    }
}

struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    crc: Option<u32>,
}

impl Chunk<'_> {
    fn is_intact(&self) -> bool {
        let update = |crc: u32, &byte: &u8| {
            (0..8).fold(crc ^ u32::from(byte), |c, _| {
                if c & 1 == 1 {
                    0xedb8_8320 ^ (c >> 1)
                } else {
                    c >> 1
                }
            })
        };
        self.crc == Some(!self.kind.iter().chain(self.data).fold(!0, update))
    }
}

/// The chunk at `at` and where the next one begins; `None` where the file ends. The last chunk may be cut.
fn chunk(bytes: &[u8], at: usize) -> Option<(Chunk<'_>, usize)> {
    let u32_at = |at: usize| {
        Some(u32::from_be_bytes(
            bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
        ))
    };
    let start = at.checked_add(8)?;
    let end = start.checked_add(u32_at(at)? as usize)?;
    let kind = bytes.get(at + 4..start)?;
    let data = &bytes[start..end.min(bytes.len())];
    Some((
        Chunk {
            kind,
            data,
            crc: u32_at(end),
        },
        end.checked_add(4)?,
    ))
}

/// Reads the chunks of a file that begins with [`SIGNATURE`].
pub fn read(bytes: &[u8]) -> Result<PngHeader<'_>, ImageError> {
    let broken = || {
        ImageError::invalid(
            "Expected a PNG file that begins with a valid IHDR chunk: found another",
        )
    };
    let (first, mut at) = chunk(bytes, SIGNATURE.len()).ok_or_else(broken)?;
    let &[
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        depth,
        color_type,
        0,
        0,
        0..=1,
    ] = first.data
    else {
        return Err(broken());
    };
    let (width, height) = (
        u32::from_be_bytes([w0, w1, w2, w3]),
        u32::from_be_bytes([h0, h1, h2, h3]),
    );
    let known = matches!(
        (color_type, depth),
        (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) | (2 | 4 | 6, 8 | 16)
    );
    let fits = |extent: u32| (1..=i32::MAX as u32).contains(&extent);
    if first.kind != b"IHDR" || !first.is_intact() || !known || !fits(width) || !fits(height) {
        return Err(broken());
    }
    let (width, height) = (width as usize, height as usize);
    let mut header = PngHeader {
        width,
        height,
        depth,
        color_type,
        palette: &[],
        transparency: None,
        orientation: 1,
        ihdr: first.data,
        data: Vec::new(),
    };
    while let Some((chunk, next)) = chunk(bytes, at) {
        at = next;
        match chunk.kind {
            b"IDAT" => header.data.push(chunk.data),
            b"IEND" => break,
            b"PLTE" | b"tRNS" | b"eXIf" if !chunk.is_intact() => {
                return Err(ImageError::invalid(
                    "Expected PNG chunks that match their checksums: found one that does not",
                ));
            }
            b"PLTE" if header.data.is_empty() => header.palette = chunk.data,
            b"tRNS" if header.data.is_empty() => header.transparency = Some(chunk.data),
            b"eXIf" => header.orientation = exif::orientation(chunk.data),
            _ => {}
        }
    }
    Ok(header)
}
