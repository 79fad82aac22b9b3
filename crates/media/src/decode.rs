//! Any supported file to upright RGB pixels.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::header::{Format, check_pixels, probe};
use crate::{exif, jpeg, jpeg_header, png_file, png_header};

/// Upright RGB pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// `[height, width, 3]`.
    pub data: Vec<u8>,
}

/// Decodes a file. What its header promises is held against `max_pixels` before anything else is done.
pub fn decode(bytes: &[u8], max_pixels: u64, alpha: Alpha) -> Result<Image, ImageError> {
    let header = probe(bytes)?;
    check_pixels(&header, max_pixels)?;
    let (stored_width, stored_height, pixels) = match header.format {
        Format::Png => {
            let png = png_header::read(bytes)?;
            (png.width, png.height, png_file::decode(&png, alpha)?)
        }
        Format::Jpeg => {
            let jpeg = jpeg_header::read(bytes)?;
            (jpeg.width, jpeg.height, jpeg::decode(bytes, &jpeg)?)
        }
    };
    let (width, height, data) =
        exif::upright(pixels, stored_width, stored_height, header.orientation);
    Ok(Image {
        width,
        height,
        data,
    })
}
