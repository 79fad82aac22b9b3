//! WebP files to RGB: the canvas of the first frame, as libwebp and hence Pillow shows it.

mod alpha;
mod bools;
mod headers;
mod lossless;
mod lossy;
mod modes;
mod planes;
mod predict;
mod tables;
mod tokens;

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::webp_header::{Bitstream, Frame, WebpHeader};

/// A bitstream that is cut, or that libwebp does not take either.
#[derive(Debug)]
pub struct Broken;

/// Pixels as stored, `[height, width, 3]`, not yet upright. Around a frame that does not fill its canvas lies transparent
/// black, or black in a picture without alpha; the background colour of the file is only a hint that nobody takes.
pub fn decode(header: &WebpHeader<'_>, alpha: Alpha) -> Result<Vec<u8>, ImageError> {
    let first = &header.first;
    // Without alpha, whatever stands in its place is left out.
    let alpha = match header.has_alpha {
        true => alpha,
        false => Alpha::Drop,
    };
    let broken = |Broken| {
        ImageError::invalid("Expected a whole, valid WebP file: found a broken or cut one")
    };
    let pixels = decode_frame(first, alpha).map_err(broken)?;
    if (first.width, first.height) == (header.width, header.height) {
        return Ok(pixels);
    }
    let mut out = alpha.flatten([0; 4]).repeat(header.width * header.height);
    for (y, row) in pixels.chunks_exact(3 * first.width).enumerate() {
        let start = 3 * ((first.y + y) * header.width + first.x);
        out[start..start + row.len()].copy_from_slice(row);
    }
    Ok(out)
}

/// The pixels of a frame, `[height, width, 3]`.
fn decode_frame(frame: &Frame<'_>, alpha: Alpha) -> Result<Vec<u8>, Broken> {
    let (width, height) = (frame.width, frame.height);
    match frame.bitstream {
        Bitstream::Lossy(data, transparency) => {
            let levels = transparency.map(|chunk| alpha::decode(chunk, width, height));
            let levels = levels.transpose()?;
            let mut pixels = lossy::decode(data, width, height)?;
            if let (Alpha::White, Some(levels)) = (alpha, levels) {
                let (colors, _) = pixels.as_chunks_mut::<3>();
                for (color, &level) in colors.iter_mut().zip(&levels) {
                    *color = alpha.flatten([color[0], color[1], color[2], level]);
                }
            }
            Ok(pixels)
        }
        Bitstream::Lossless(data) => {
            let pixels = lossless::decode(data, width, height)?;
            let mut out = vec![0; 3 * pixels.len()];
            let (colors, _) = out.as_chunks_mut::<3>();
            for (color, pixel) in colors.iter_mut().zip(&pixels) {
                let [blue, green, red, level] = pixel.to_le_bytes();
                *color = alpha.flatten([red, green, blue, level]);
            }
            Ok(out)
        }
    }
}
