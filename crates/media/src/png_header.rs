//! Chunks of a PNG file that describe its pixels.

use crate::error::ImageError;
use crate::exif;
use crate::header::{Format, Header};
use crate::png_text::Metadata;

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
    /// Pictures that acTL promises, and the default image where it is none of them.
    pub frames: usize,
    /// From EXIF or XMP, wherever they stand.
    pub orientation: u8,
    /// The bytes of IHDR.
    pub ihdr: &'a [u8],
    /// Where the pixels belong: those of an animation's first picture may fill a part of the canvas.
    pub frame: Frame,
    /// The bytes of the first chunks of pixels; the last one may be cut.
    pub data: Vec<&'a [u8]>,
}

/// A part of the canvas.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Column of the first pixel.
    pub x: usize,
    /// Row of the first pixel.
    pub y: usize,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
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
            frames: self.frames,
            channels: self.channels(),
            orientation: self.orientation,
        }
    }
}

struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    is_whole: bool,
    crc: Option<u32>,
}

/// What eight zero bits behind a byte make of the checksum.
const CRC_STEPS: [u32; 256] = {
    let mut steps = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
            bit += 1;
        }
        steps[byte] = crc;
        byte += 1;
    }
    steps
};

impl Chunk<'_> {
    fn is_intact(&self) -> bool {
        let update = |crc: u32, &byte: &u8| CRC_STEPS[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
        self.crc == Some(!self.kind.iter().chain(self.data).fold(!0, update))
    }

    fn has_name(&self) -> bool {
        let is_usual = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'_';
        self.kind.iter().all(is_usual)
    }

    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.data.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
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
    let length = u32_at(at)? as usize;
    let kind = bytes.get(at + 4..start)?;
    let end = start.saturating_add(length);
    let data = &bytes[start..end.min(bytes.len())];
    let chunk = Chunk {
        kind,
        data,
        is_whole: data.len() == length,
        crc: u32_at(end),
    };
    Some((chunk, end.saturating_add(4)))
}

/// Chunks of an animation, of which only the first picture is shown, but whose numbers must be in order.
#[derive(Default)]
struct Animation {
    /// Pictures, where acTL has been read.
    pictures: Option<u32>,
    /// Number that the last chunk of the animation had.
    sequence: Option<u32>,
}

impl Animation {
    /// Reads acTL: a second one makes the first one void.
    fn begin(&mut self, chunk: &Chunk<'_>) -> Option<()> {
        let pictures = chunk.number(0)?;
        chunk.number(4)?;
        if self.pictures.is_some() {
            self.pictures = None;
        } else if (1..=1 << 31).contains(&pictures) {
            self.pictures = Some(pictures);
        }
        Some(())
    }

    /// Reads the number that fcTL and fdAT begin with. None may be left out; a file that begins with fdAT is broken.
    fn follow(&mut self, chunk: &Chunk<'_>) -> Option<()> {
        let number = chunk.number(0)?;
        let expected = match self.sequence {
            Some(last) => last.checked_add(1)?,
            None if chunk.kind == b"fcTL" => 0,
            None => return None,
        };
        self.sequence = Some(number);
        (number == expected).then_some(())
    }

    /// Reads fcTL.
    fn read_frame(&mut self, chunk: &Chunk<'_>, canvas: Frame) -> Option<Frame> {
        self.follow(chunk)?;
        chunk.data.get(..26)?;
        let extent = |at: usize| chunk.number(at).map(|extent| extent as usize);
        let (width, height, x, y) = (extent(4)?, extent(8)?, extent(12)?, extent(16)?);
        let fits = |at: usize, extent: usize, whole| {
            at.checked_add(extent).is_some_and(|end| end <= whole)
        };
        let frame = Frame {
            x,
            y,
            width,
            height,
        };
        (fits(x, width, canvas.width) && fits(y, height, canvas.height)).then_some(frame)
    }
}

/// Reads the chunks of a file that begins with [`SIGNATURE`].
pub fn read(bytes: &[u8]) -> Result<PngHeader<'_>, ImageError> {
    let broken = || {
        ImageError::invalid(
            "Expected a PNG file that begins with a valid IHDR chunk: found another",
        )
    };
    let (first, at) = chunk(bytes, SIGNATURE.len()).ok_or_else(broken)?;
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
    let canvas = Frame {
        x: 0,
        y: 0,
        width,
        height,
    };
    let mut header = PngHeader {
        width,
        height,
        depth,
        color_type,
        palette: &[],
        transparency: None,
        frames: 1,
        orientation: 1,
        ihdr: first.data,
        frame: canvas,
        data: Vec::new(),
    };
    read_chunks(bytes, at, &mut header)?;
    Ok(header)
}

/// Reads what follows IHDR, as Pillow does: up to the pixels every chunk must be whole and intact; pixels are those of the
/// first chunks in a row; what follows must be whole up to IEND, or up to the second picture of an animation.
fn read_chunks<'a>(
    bytes: &'a [u8],
    mut at: usize,
    header: &mut PngHeader<'a>,
) -> Result<(), ImageError> {
    let broken = || {
        ImageError::invalid("Expected PNG chunks that are whole and intact: found one that is not")
    };
    let canvas = header.frame;
    let (mut animation, mut metadata) = (Animation::default(), Metadata::default());
    let (mut frame, mut is_behind) = (None, false);
    while let Some((chunk, next)) = chunk(bytes, at) {
        at = next;
        let is_data = matches!(chunk.kind, b"IDAT" | b"fdAT" | b"DDAT");
        let has_begun = !header.data.is_empty();
        is_behind |= has_begun && !is_data;
        if !chunk.has_name() {
            match is_behind {
                true => break,
                false => return Err(broken()),
            }
        }
        if is_behind && (chunk.kind == b"IEND" || chunk.kind == b"fcTL" && header.frames > 1) {
            break;
        }
        let is_first = !has_begun && matches!(chunk.kind, b"IDAT" | b"fdAT");
        if chunk.kind == b"fdAT" {
            animation.follow(&chunk).ok_or_else(broken)?;
        }
        if is_first || has_begun && !is_behind {
            if is_first {
                header.frame = frame.unwrap_or(canvas);
                if header.ihdr[12] == 1 {
                    // Pillow forgets the place of an interlaced picture.
                    (header.frame.x, header.frame.y) = (0, 0);
                }
                if let Some(pictures) = animation.pictures {
                    let is_apart = chunk.kind == b"IDAT" && frame.is_none();
                    header.frames = pictures as usize + usize::from(is_apart);
                }
            }
            let skipped = if chunk.kind == b"fdAT" { 4 } else { 0 };
            header.data.push(&chunk.data[skipped..]);
            continue;
        }
        if !chunk.is_whole || !is_behind && !chunk.is_intact() {
            return Err(broken());
        }
        match chunk.kind {
            b"IEND" => break,
            b"PLTE" if !is_behind => header.palette = chunk.data,
            b"tRNS" => header.transparency = Some(chunk.data),
            b"acTL" => animation.begin(&chunk).ok_or_else(broken)?,
            b"fcTL" => frame = Some(animation.read_frame(&chunk, canvas).ok_or_else(broken)?),
            _ => metadata.read(chunk.kind, chunk.data),
        }
    }
    let (width, height) = (header.frame.width, header.frame.height);
    if width == 0 || height == 0 {
        return Err(broken());
    }
    header.orientation = metadata.orientation();
    Ok(())
}
