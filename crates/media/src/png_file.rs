//! PNG files to RGB, as Pillow's `convert("RGB")` and `convert("RGBA")` read them.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::png_header::{PngHeader, SIGNATURE};
use png::{DecodeOptions, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Pixels as stored, `[height, width, 3]`, not yet upright.
pub fn decode(header: &PngHeader<'_>, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let (samples, stride) = unpack(header)?;
    let mut out = Vec::with_capacity(header.width * header.height * 3);
    let palette = palette_colors(header);
    let key = header.transparency.map(|t| color_key(header, t));
    let opaque_bytes = header.depth == 8 && header.color_type == 2 && key.is_none();
    for row in samples.chunks_exact(stride).take(header.height) {
        if opaque_bytes {
            out.extend_from_slice(&row[..header.width * 3]);
            continue;
        }
        for x in 0..header.width {
            let pixel = match header.color_type {
                3 => palette[usize::from(packed(row, x, header.depth))],
                _ => with_key(pixel(row, x, header), key),
            };
            out.extend(alpha.flatten(pixel));
        }
    }
    Ok(out)
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
    write(b"IHDR", &[header.ihdr]);
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

fn with_key(mut pixel: [u8; 4], key: Option<Option<[u8; 3]>>) -> [u8; 4] {
    if key.flatten().is_some_and(|key| key == pixel[..3]) {
        pixel[3] = 0;
    }
    pixel
}
