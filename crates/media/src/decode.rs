//! Any supported file to upright RGB pixels.

use crate::alpha::Alpha;
use crate::error::ImageError;
use crate::header::{Format, check_pixels, probe};
use crate::{bmp_file, gif_file, jpeg, png_file, webp};
use crate::{bmp_header, exif, gif_header, jpeg_header, png_header, webp_header};

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

/// Decodes a file, of several pictures the first. What its header promises is held against `max_pixels` before anything else is done.
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
        Format::Webp => {
            let file = webp_header::read(bytes)?;
            (file.width, file.height, webp::decode(&file, alpha)?)
        }
        Format::Gif => {
            let gif = gif_header::read(bytes)?;
            (gif.width, gif.height, gif_file::decode(&gif, alpha)?)
        }
        Format::Bmp => {
            let bmp = bmp_header::read(bytes)?;
            (bmp.width, bmp.height, bmp_file::decode(bytes, &bmp, alpha)?)
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
