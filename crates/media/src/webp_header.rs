//! Chunks of a WebP file: its canvas and the bitstream of its first frame.

use crate::error::ImageError;
use crate::exif;
use crate::header::{Format, Header};

/// Largest width or height of a frame.
const MAX_FRAME_EXTENT: usize = 16_384;

/// How the pixels of a frame are stored.
#[derive(Clone, Copy)]
pub enum Bitstream<'a> {
    /// `VP8 `, with the bytes of `ALPH` if there are any.
    Lossy(&'a [u8], Option<&'a [u8]>),
    /// `VP8L`.
    Lossless(&'a [u8]),
}

/// A frame and its place on the canvas.
pub struct Frame<'a> {
    /// Column of the first pixel.
    pub x: usize,
    /// Row of the first pixel.
    pub y: usize,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Its pixels.
    pub bitstream: Bitstream<'a>,
}

/// What the chunks say.
pub struct WebpHeader<'a> {
    /// Pixels of the canvas, as stored.
    pub width: usize,
    /// Pixels of the canvas, as stored.
    pub height: usize,
    /// Pictures in the file.
    pub frames: usize,
    /// Whether the alpha of the pixels counts.
    pub has_alpha: bool,
    /// From the EXIF block or the XMP packet.
    pub orientation: u8,
    /// The first picture.
    pub first: Frame<'a>,
}

impl WebpHeader<'_> {
    /// The part that all formats have.
    pub fn header(&self) -> Header {
        let (mut width, mut height) = (self.width, self.height);
        if exif::is_turned(self.orientation) {
            std::mem::swap(&mut width, &mut height);
        }
        Header {
            format: Format::Webp,
            width,
            height,
            frames: self.frames,
            channels: if self.has_alpha { 4 } else { 3 },
            orientation: self.orientation,
        }
    }
}

fn broken() -> ImageError {
    ImageError::invalid("Expected a whole, valid WebP file: found a broken or cut one")
}

fn u24(bytes: &[u8], at: usize) -> Option<usize> {
    let b = bytes.get(at..at + 3)?;
    Some(u32::from_le_bytes([b[0], b[1], b[2], 0]) as usize)
}

/// The chunks of a RIFF list, in their order; an error where one is cut.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), ImageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let chunk = split_chunk(self.0);
        self.0 = chunk.map_or(&[], |(_, _, rest)| rest);
        Some(chunk.map(|(kind, data, _)| (kind, data)).ok_or_else(broken))
    }
}

/// Kind and bytes of the first chunk, and what follows its padding.
fn split_chunk(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(8)?;
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
    let padded = length.checked_add(length & 1)?;
    let (data, rest) = rest.split_at_checked(padded)?;
    // libwebp gives its decoders the padding of a bitstream too: a damaged one may read it.
    let is_bitstream = matches!(&head[..4], b"VP8 " | b"VP8L");
    let data = if is_bitstream { data } else { &data[..length] };
    Some((&head[..4], data, rest))
}

/// Reads the chunks of a file that begins with `RIFF....WEBP`.
pub fn read(bytes: &[u8]) -> Result<WebpHeader<'_>, ImageError> {
    let size = bytes.get(4..8).ok_or_else(broken)?;
    let end = 8 + u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    // What follows the list is not looked at.
    let body = usize::try_from(end)
        .ok()
        .and_then(|end| bytes.get(12..end))
        .ok_or_else(broken)?;
    let (kind, data, rest) = split_chunk(body).ok_or_else(broken)?;
    if kind == b"VP8X" {
        return read_extended(data, rest);
    }
    let bitstream = match kind {
        b"VP8 " => Bitstream::Lossy(data, None),
        b"VP8L" => Bitstream::Lossless(data),
        _ => return Err(broken()),
    };
    let first = place(bitstream, None)?;
    Ok(WebpHeader {
        width: first.width,
        height: first.height,
        frames: 1,
        has_alpha: says_alpha(bitstream),
        orientation: 1,
        first,
    })
}

/// A file that begins with `VP8X`: still or animated, with metadata.
fn read_extended<'a>(vp8x: &[u8], rest: &'a [u8]) -> Result<WebpHeader<'a>, ImageError> {
    let flags = *vp8x.first().ok_or_else(broken)?;
    let (flagged_alpha, animated) = (flags & 0x10 != 0, flags & 0x02 != 0);
    let (flagged_exif, flagged_xmp) = (flags & 0x08 != 0, flags & 0x04 != 0);
    let width = 1 + u24(vp8x, 4).ok_or_else(broken)?;
    let height = 1 + u24(vp8x, 7).ok_or_else(broken)?;
    let (mut alpha, mut first, mut frames) = (None, None, 0);
    let (mut block, mut packet, mut begun) = (None, None, false);
    for chunk in Chunks(rest) {
        let (kind, data) = chunk?;
        match kind {
            b"VP8X" => return Err(broken()),
            b"ALPH" | b"VP8 " | b"VP8L" if animated => return Err(broken()),
            b"ALPH" => alpha = alpha.or(Some(data)),
            b"VP8 " if first.is_none() => first = Some(place(Bitstream::Lossy(data, alpha), None)?),
            b"VP8L" if first.is_none() && alpha.is_none() => {
                first = Some(place(Bitstream::Lossless(data), None)?);
            }
            b"VP8 " | b"VP8L" => return Err(broken()),
            b"ANIM" => begun = true,
            b"ANMF" if !begun => return Err(broken()),
            b"ANMF" if animated => {
                let frame = read_frame(data)?;
                if frame.x + frame.width > width || frame.y + frame.height > height {
                    return Err(broken());
                }
                frames += 1;
                first = first.or(Some(frame));
            }
            b"EXIF" if flagged_exif => block = block.or(Some(data)),
            b"XMP " if flagged_xmp => packet = packet.or(Some(data)),
            _ => {}
        }
    }
    let first = first.ok_or_else(broken)?;
    if !animated && (first.width, first.height) != (width, height) {
        return Err(broken());
    }
    let has_alpha = match first.bitstream {
        Bitstream::Lossless(_) if !animated => says_alpha(first.bitstream),
        _ => flagged_alpha,
    };
    Ok(WebpHeader {
        width,
        height,
        frames: frames.max(1),
        has_alpha,
        orientation: exif::orientation(block.filter(|block| !block.is_empty()), packet),
        first,
    })
}

/// The bytes of an ANMF chunk: a place, a size, and the chunks of one picture.
fn read_frame(anmf: &[u8]) -> Result<Frame<'_>, ImageError> {
    let field = |at: usize| u24(anmf, at).ok_or_else(broken);
    let (x, y) = (2 * field(0)?, 2 * field(3)?);
    let size = (1 + field(6)?, 1 + field(9)?);
    let mut alpha = None;
    for chunk in Chunks(anmf.get(16..).ok_or_else(broken)?) {
        let bitstream = match chunk? {
            (b"ALPH", data) => {
                alpha = alpha.or(Some(data));
                continue;
            }
            (b"VP8 ", data) => Bitstream::Lossy(data, alpha),
            (b"VP8L", data) if alpha.is_none() => Bitstream::Lossless(data),
            (b"VP8L", _) => return Err(broken()),
            _ => continue,
        };
        let frame = place(bitstream, Some(size))?;
        return Ok(Frame { x, y, ..frame });
    }
    Err(broken())
}

/// A bitstream with the size that it states itself, which must be `size` where that is given.
fn place(bitstream: Bitstream<'_>, size: Option<(usize, usize)>) -> Result<Frame<'_>, ImageError> {
    let (width, height) = match bitstream {
        Bitstream::Lossy(data, _) => lossy_size(data),
        Bitstream::Lossless(data) => lossless_bits(data).map(|bits| {
            let extent = |bits: u32| 1 + (bits & 0x3fff) as usize;
            (extent(bits), extent(bits >> 14))
        }),
    }
    .ok_or_else(broken)?;
    let fits = |extent| (1..=MAX_FRAME_EXTENT).contains(&extent);
    if !fits(width) || !fits(height) || size.is_some_and(|size| size != (width, height)) {
        return Err(broken());
    }
    Ok(Frame {
        x: 0,
        y: 0,
        width,
        height,
        bitstream,
    })
}

/// Width and height of a key frame.
fn lossy_size(data: &[u8]) -> Option<(usize, usize)> {
    let extent = |at: usize| {
        let pair = [*data.get(at)?, *data.get(at + 1)?];
        Some(usize::from(u16::from_le_bytes(pair) & 0x3fff))
    };
    let is_key_frame = data.first()? & 1 == 0 && data.get(3..6)? == [0x9d, 0x01, 0x2a];
    is_key_frame
        .then(|| Some((extent(6)?, extent(8)?)))
        .flatten()
}

/// The bits behind the signature of a lossless bitstream: 14 of width, 14 of height, alpha, version.
fn lossless_bits(data: &[u8]) -> Option<u32> {
    let &[0x2f, a, b, c, d, ..] = data else {
        return None;
    };
    Some(u32::from_le_bytes([a, b, c, d]))
}

fn says_alpha(bitstream: Bitstream<'_>) -> bool {
    match bitstream {
        Bitstream::Lossy(_, alpha) => alpha.is_some(),
        Bitstream::Lossless(data) => lossless_bits(data).is_some_and(|bits| bits >> 28 & 1 == 1),
    }
}
