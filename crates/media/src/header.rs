//! What the header of a file says, before any pixel is decoded.

use crate::error::ImageError;
use crate::{jpeg_header, png_header};

/// Formats that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
}

impl Format {
    /// `png` or `jpeg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }
}

/// The header of a picture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which format.
    pub format: Format,
    /// Pixels, upright: after the EXIF orientation has been applied.
    pub width: usize,
    /// Pixels, upright.
    pub height: usize,
    /// Samples of a pixel as stored: 1 to 4.
    pub channels: usize,
    /// EXIF orientation, 1 to 8; 1 if there is none.
    pub orientation: u8,
}

/// Signatures of formats that are known but not decoded: where, what, media type.
const UNSUPPORTED: [(usize, &[u8], &str); 11] = [
    (8, b"WEBP", "image/webp"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (0, &[0, 0, 0, 12, b'J', b'X', b'L', b' '], "image/jxl"),
    (0, &[0xff, 0x0a], "image/jxl"),
    (0, &[0, 0, 1, 0], "image/x-icon"),
];

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<Header, ImageError> {
    let header = if bytes.starts_with(&png_header::SIGNATURE) {
        png_header::read(bytes)?.header()
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        jpeg_header::read(bytes)?.header()
    } else {
        let holds = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
        return Err(
            match UNSUPPORTED.iter().find(|(at, magic, _)| holds(*at, magic)) {
                Some((_, _, media_type)) => ImageError::unsupported(format!(
                    "Expected a PNG or JPEG picture: found {media_type}, not supported yet"
                )),
                None => ImageError::invalid(
                    "Expected a PNG or JPEG picture: found the signature of neither",
                ),
            },
        );
    };
    Ok(header)
}

/// Refuses a header that promises more pixels than allowed.
pub fn check_pixels(header: &Header, max_pixels: u64) -> Result<(), ImageError> {
    let Header { width, height, .. } = *header;
    let pixels = (width as u64).saturating_mul(height as u64);
    if pixels > max_pixels {
        let message =
            format!("Expected a picture of at most {max_pixels} pixels: found {width} x {height}");
        return Err(ImageError::too_large(message));
    }
    Ok(())
}
