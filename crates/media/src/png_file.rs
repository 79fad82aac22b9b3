//! PNG files to RGB, as Pillow's `convert("RGB")` and `convert("RGBA")` read them.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::png_header::{PngHeader, SIGNATURE};
use png::{DecodeOptions, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Pixels as stored, `[height, width, 3]`, not yet upright. Around a first picture that does not fill the canvas all samples
/// are zero.
pub fn decode(header: &PngHeader<'_>, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let frame = header.frame;
    let (samples, stride) = unpack(header)?;
    let colors = Colors::new(header, alpha);
    let mut out = Vec::with_capacity(header.width * header.height * 3);
    let rows = samples.chunks_exact(stride).take(frame.height);
    if (frame.width, frame.height) == (header.width, header.height) {
        for row in rows {
            colors.append(row, frame.width, &mut out);
        }
        return Ok(out);
    }
    colors.append(&[0; 8], 1, &mut out);
    let mut out = out.repeat(header.width * header.height);
    let mut of_row = Vec::with_capacity(3 * frame.width);
    for (y, row) in rows.enumerate() {
        of_row.clear();
        colors.append(row, frame.width, &mut of_row);
        let start = 3 * ((frame.y + y) * header.width + frame.x);
        out[start..start + of_row.len()].copy_from_slice(&of_row);
    }
    Ok(out)
}

/// How samples become colours.
struct Colors<'h, 'a> {
    header: &'h PngHeader<'a>,
    alpha: Alpha,
    /// 256 colours, flattened.
    palette: [[u8; 3]; 256],
    /// The colour that is transparent, if there is one.
    key: Option<[u8; 3]>,
}

impl<'h, 'a> Colors<'h, 'a> {
    fn new(header: &'h PngHeader<'a>, alpha: Alpha) -> Self {
        let key = header.transparency.and_then(|t| color_key(header, t));
        Self {
            header,
            alpha,
            palette: palette_colors(header).map(|color| alpha.flatten(color)),
            key,
        }
    }

    /// Appends the colours of the first `width` pixels of a row.
    fn append(&self, row: &[u8], width: usize, out: &mut Vec<u8>) {
        let Self { header, alpha, .. } = *self;
        match (header.color_type, header.depth) {
            (2, 8) if self.key.is_none() => out.extend_from_slice(&row[..3 * width]),
            (3, 8) => {
                let start = out.len();
                out.resize(start + 3 * width, 0);
                let (pixels, _) = out[start..].as_chunks_mut::<3>();
                for (to, &index) in pixels.iter_mut().zip(row) {
                    *to = self.palette[usize::from(index)];
                }
            }
            (3, depth) => {
                out.extend(
                    (0..width).flat_map(|x| self.palette[usize::from(packed(row, x, depth))]),
                );
            }
            (6, 8) => {
                let (pixels, _) = row.as_chunks::<4>();
                out.extend(
                    pixels[..width]
                        .iter()
                        .flat_map(|&pixel| alpha.flatten(pixel)),
                );
            }
            _ => out.extend(
                (0..width).flat_map(|x| alpha.flatten(with_key(pixel(row, x, header), self.key))),
            ),
        }
    }
}

/// The chunks that pixels are made of, as a file of its own. Pillow reads files whose pixels are all there though their
/// end is not, and looks at the checksum of the pixels but not at those of their chunks: so the end is written anew and
/// the checksums of the chunks are left out.
fn bare_file(header: &PngHeader<'_>) -> Vec<u8> {
    let total: usize = header.data.iter().map(|part| part.len()).sum();
    let mut file = Vec::with_capacity(total + 1024);
    file.extend(SIGNATURE);
    let mut write = |kind: &[u8; 4], parts: &[&[u8]]| {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        file.extend((length as u32).to_be_bytes());
        file.extend(kind);
        parts.iter().for_each(|part| file.extend(*part));
        file.extend([0; 4]);
    };
    let size =
        [header.frame.width, header.frame.height].map(|extent| (extent as u32).to_be_bytes());
    write(b"IHDR", &[&size[0], &size[1], &header.ihdr[8..]]);
    if header.color_type == 3 {
        write(b"PLTE", &[header.palette]);
    }
    write(b"IDAT", &header.data);
    write(b"IEND", &[]);
    file
}

/// Inflates and unfilters; rows of packed samples as they are, interlacing undone, and the bytes of a row.
fn unpack(header: &PngHeader<'_>) -> Result<(Vec<u8>, usize), ImageError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_crc(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(bare_file(header)), options);
    decoder.set_transformations(Transformations::IDENTITY);
    // The pixel limit has been checked before; this one must not be lower.
    decoder.set_limits(Limits { bytes: usize::MAX });
    let broken =
        |_| ImageError::invalid("Expected a whole, valid PNG file: found a broken or cut one");
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = reader.output_buffer_size().ok_or_else(|| {
        ImageError::too_large("Expected a picture that fits memory: found a larger one")
    })?;
    let mut samples = Vec::new();
    let no_room =
        |_| ImageError::too_large("Expected a picture that fits memory: found a larger one");
    samples.try_reserve_exact(size).map_err(no_room)?;
    samples.resize(size, 0);
    let frame = reader.next_frame(&mut samples).map_err(broken)?;
    Ok((samples, frame.line_size))
}

/// A sample of up to eight bits.
fn packed(row: &[u8], x: usize, depth: u8) -> u8 {
    let bit = x * usize::from(depth);
    let shift = 8 - usize::from(depth) - bit % 8;
    (row[bit / 8] >> shift) & (0xff >> (8 - depth))
}

/// A pixel of any type but palette, eight bits a sample. Of sixteen bits the high byte is kept, except that Pillow
/// saturates plain grey.
fn pixel(row: &[u8], x: usize, header: &PngHeader<'_>) -> [u8; 4] {
    let wide = usize::from(header.depth == 16) + 1;
    let sample = |c: usize| row[(x * header.channels() + c) * wide];
    match (header.color_type, header.depth) {
        (0, 16) => {
            let value = u16::from_be_bytes([row[2 * x], row[2 * x + 1]]).min(255) as u8;
            [value, value, value, 255]
        }
        (0, depth) => {
            let value = packed(row, x, depth) * (255 / (0xff >> (8 - depth)) as u8);
            [value, value, value, 255]
        }
        (4, _) => [sample(0), sample(0), sample(0), sample(1)],
        (2, _) => [sample(0), sample(1), sample(2), 255],
        _ => [sample(0), sample(1), sample(2), sample(3)],
    }
}

/// 256 colours with alpha; those that the file does not give are black.
fn palette_colors(header: &PngHeader<'_>) -> [[u8; 4]; 256] {
    let mut colors = [[0, 0, 0, 255]; 256];
    for (color, rgb) in colors.iter_mut().zip(header.palette.chunks_exact(3)) {
        color[..3].copy_from_slice(rgb);
    }
    for (color, &alpha) in colors
        .iter_mut()
        .zip(header.transparency.unwrap_or_default())
    {
        color[3] = alpha;
    }
    colors
}

/// The colour that is transparent, compared with pixels of eight bits a sample as Pillow compares it: by its low byte,
/// not scaled, one bit aside. Sixteen-bit grey has none.
fn color_key(header: &PngHeader<'_>, transparency: &[u8]) -> Option<[u8; 3]> {
    let low = |i: usize| transparency.get(2 * i..2 * i + 2).map(|pair| pair[1]);
    match (header.color_type, header.depth) {
        (0, 16) => None,
        (0, 1) => transparency
            .get(..2)
            .map(|pair| if pair == [0, 0] { [0; 3] } else { [255; 3] }),
        (0, _) => low(0).map(|value| [value; 3]),
        (2, _) => Some([low(0)?, low(1)?, low(2)?]),
        _ => None,
    }
}

fn with_key(mut pixel: [u8; 4], key: Option<[u8; 3]>) -> [u8; 4] {
    if key.is_some_and(|key| key == pixel[..3]) {
        pixel[3] = 0;
    }
    pixel
}
