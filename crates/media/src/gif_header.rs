//! Blocks of a GIF file up to its first frame.

use crate::error::ImageError;
use crate::header::{Format, Header};

/// Bits of the first code of a frame.
const CODE_SIZES: std::ops::RangeInclusive<u8> = 2..=11;

/// What the blocks say.
pub struct GifHeader<'a> {
    /// Pixels: the screen, or more where the first frame reaches over it.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Pictures in the file.
    pub frames: usize,
    /// Three bytes for each colour; `None` if the indices are levels of grey.
    pub palette: Option<&'a [u8]>,
    /// Index of the transparent colour.
    pub transparent: Option<u8>,
    /// Column of the first frame's first pixel.
    pub x: usize,
    /// Row of the first frame's first pixel.
    pub y: usize,
    /// Pixels of the first frame.
    pub frame_width: usize,
    /// Pixels of the first frame.
    pub frame_height: usize,
    /// Whether its rows are stored in four passes.
    pub interlaced: bool,
    /// Bits of its first code.
    pub code_size: u8,
    /// Its data, from the first sub-block on.
    pub data: &'a [u8],
}

impl GifHeader<'_> {
    /// The part that all formats have.
    pub fn header(&self) -> Header {
        Header {
            format: Format::Gif,
            width: self.width,
            height: self.height,
            frames: self.frames,
            channels: 1,
            orientation: 1,
        }
    }
}

fn broken() -> ImageError {
    ImageError::invalid("Expected GIF blocks up to a first frame: found broken or cut ones")
}

/// Reads from the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// The next sub-block; `None` at an empty one, which ends a row of them.
    fn sub_block(&mut self) -> Option<&'a [u8]> {
        match self.byte()? {
            0 => None,
            length => self.take(length.into()),
        }
    }

    fn color_table(&mut self, flags: u8) -> Option<&'a [u8]> {
        self.take(3 << ((flags & 7) + 1))
    }
}

/// The sub-blocks at the front of `data`, up to the empty one that ends them or a cut one.
pub fn sub_blocks(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader(data);
    std::iter::from_fn(move || reader.sub_block())
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    u16::from_le_bytes([bytes[at], bytes[at + 1]]).into()
}

/// A table whose colours are its indices is none: the picture is grey.
fn unless_grey(table: &[u8]) -> Option<&[u8]> {
    let is_grey = table
        .chunks_exact(3)
        .enumerate()
        .all(|(i, rgb)| rgb.iter().all(|&level| usize::from(level) == i));
    (!is_grey).then_some(table)
}

/// Reads the blocks of a file that begins with `GIF87a` or `GIF89a`.
pub fn read(bytes: &[u8]) -> Result<GifHeader<'_>, ImageError> {
    let mut reader = Reader(bytes);
    let screen = reader.take(13).ok_or_else(broken)?;
    let mut palette = None;
    if screen[10] & 0x80 != 0 {
        palette = unless_grey(reader.color_table(screen[10]).ok_or_else(broken)?);
    }
    let mut transparent = None;
    loop {
        match reader.byte().ok_or_else(broken)? {
            b'!' => read_extension(&mut reader, &mut transparent).ok_or_else(broken)?,
            b',' => break,
            b';' => return Err(broken()),
            _ => {}
        }
    }
    let place = reader.take(9).ok_or_else(broken)?;
    if place[8] & 0x80 != 0 {
        // As in Pillow, a grey table of a frame gives way to a coloured one of the screen.
        palette = unless_grey(reader.color_table(place[8]).ok_or_else(broken)?).or(palette);
    }
    let code_size = reader.byte().ok_or_else(broken)?;
    let (x, y) = (u16_at(place, 0), u16_at(place, 2));
    let (frame_width, frame_height) = (u16_at(place, 4), u16_at(place, 6));
    if frame_width == 0 || frame_height == 0 || !CODE_SIZES.contains(&code_size) {
        return Err(broken());
    }
    Ok(GifHeader {
        width: u16_at(screen, 6).max(x + frame_width),
        height: u16_at(screen, 8).max(y + frame_height),
        frames: 1 + later_frames(reader.0),
        palette,
        transparent,
        x,
        y,
        frame_width,
        frame_height,
        interlaced: place[8] & 0x40 != 0,
        code_size,
        data: reader.0,
    })
}

/// Reads an extension up to its end; a graphic control says which colour is transparent.
fn read_extension(reader: &mut Reader<'_>, transparent: &mut Option<u8>) -> Option<()> {
    const GRAPHIC_CONTROL: u8 = 0xf9;
    let label = reader.byte()?;
    let first = reader.sub_block();
    if let (GRAPHIC_CONTROL, Some(block)) = (label, first)
        && *block.first()? & 1 == 1
    {
        *transparent = Some(*block.get(3)?);
    }
    if first.is_some() {
        while reader.sub_block().is_some() {}
    }
    Some(())
}

/// Frames behind the data of the first one, as far as their blocks are there.
fn later_frames(data: &[u8]) -> usize {
    let mut reader = Reader(data);
    let mut count = 0;
    while reader.sub_block().is_some() {}
    loop {
        match reader.byte() {
            Some(b'!') => {
                if read_extension(&mut reader, &mut None).is_none() {
                    return count;
                }
            }
            Some(b',') => {
                let Some(place) = reader.take(9) else {
                    return count;
                };
                let table = place[8] & 0x80 == 0 || reader.color_table(place[8]).is_some();
                if !table || reader.byte().is_none() {
                    return count;
                }
                count += 1;
                while reader.sub_block().is_some() {}
            }
            None | Some(b';') => return count,
            Some(_) => {}
        }
    }
}
