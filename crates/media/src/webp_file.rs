//! WebP files to RGB: the canvas of the first frame, as libwebp and hence Pillow shows it.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::webp_header::{Bitstream, Frame, WebpHeader};
use image_webp::WebPDecoder;
use std::io::Cursor;

/// Pixels as stored, `[height, width, 3]`, not yet upright. Around a frame that does not fill its canvas lies transparent
/// black, or black in a picture without alpha; the background colour of the file is only a hint that nobody takes.
pub fn decode(header: &WebpHeader<'_>, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let first = &header.first;
    let (pixels, channels) = decode_frame(first)?;
    let color = |pixel: &[u8]| match *pixel {
        [r, g, b, a] if header.has_alpha => alpha.flatten([r, g, b, a]),
        _ => [pixel[0], pixel[1], pixel[2]],
    };
    let whole = (first.width, first.height) == (header.width, header.height);
    if whole && channels == 3 {
        return Ok(pixels);
    }
    let around = if header.has_alpha {
        alpha.flatten([0; 4])
    } else {
        [0; 3]
    };
    let mut out = around.repeat(header.width * header.height);
    for (y, row) in pixels.chunks_exact(first.width * channels).enumerate() {
        let start = ((first.y + y) * header.width + first.x) * 3;
        let to = &mut out[start..start + first.width * 3];
        for (to, pixel) in to.chunks_exact_mut(3).zip(row.chunks_exact(channels)) {
            to.copy_from_slice(&color(pixel));
        }
    }
    Ok(out)
}

/// The pixels of a frame and the number of their channels: 4 where its bitstream can hold alpha.
fn decode_frame(frame: &Frame<'_>) -> Result<(Vec<u8>, usize), ImageError> {
    let broken =
        |_| ImageError::invalid("Expected a whole, valid WebP file: found a broken or cut one");
    let mut decoder = WebPDecoder::new(Cursor::new(bare_file(frame))).map_err(broken)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut pixels = vec![0; frame.width * frame.height * channels];
    decoder.read_image(&mut pixels).map_err(broken)?;
    Ok((pixels, channels))
}

/// The chunks that a frame is made of, as the file of a still picture. The decoder so sees neither animation nor metadata,
/// and no size that has not been compared with the bitstream's own.
fn bare_file(frame: &Frame<'_>) -> Vec<u8> {
    let (bitstream, alpha) = match frame.bitstream {
        Bitstream::Lossy(data, alpha) => ((b"VP8 ", data), alpha),
        Bitstream::Lossless(data) => ((b"VP8L", data), None),
    };
    let has_alpha = alpha.is_some() || bitstream.0 == b"VP8L";
    let mut vp8x = vec![u8::from(has_alpha) << 4, 0, 0, 0];
    vp8x.extend(&(frame.width as u32 - 1).to_le_bytes()[..3]);
    vp8x.extend(&(frame.height as u32 - 1).to_le_bytes()[..3]);
    let mut body = b"WEBP".to_vec();
    let chunks = [
        Some((b"VP8X", &vp8x[..])),
        alpha.map(|data| (b"ALPH", data)),
        Some(bitstream),
    ];
    for (kind, data) in chunks.into_iter().flatten() {
        body.extend(kind);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(data);
        body.extend(&[0][..data.len() & 1]);
    }
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}
