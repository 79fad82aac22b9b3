//! What the header of a file says, before any pixel is decoded.

use crate::error::ImageError;
use crate::{bmp_header, gif_header, jpeg_header, png_header, webp_header};

/// Formats that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP: VP8, with or without alpha, or VP8L.
    Webp,
    /// Graphics Interchange Format.
    Gif,
    /// Windows and OS/2 bitmap.
    Bmp,
}

impl Format {
    /// `png`, `jpeg`, `webp`, `gif` or `bmp`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
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
    /// Pictures in the file, of which the first is decoded; 1 for formats that are not animated.
    pub frames: usize,
    /// Samples of a pixel as stored: 1 to 4.
    pub channels: usize,
    /// EXIF orientation, 1 to 8; 1 if there is none.
    pub orientation: u8,
}

/// Signatures of formats that are known but not decoded: where, what, media type.
const UNSUPPORTED: [(usize, &[u8], &str); 8] = [
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (0, &[0, 0, 0, 12, b'J', b'X', b'L', b' '], "image/jxl"),
    (0, &[0xff, 0x0a], "image/jxl"),
    (0, &[0, 0, 1, 0], "image/x-icon"),
];

/// Which supported format begins with these bytes.
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    let holds = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
    if holds(0, &png_header::SIGNATURE) {
        Some(Format::Png)
    } else if holds(0, &[0xff, 0xd8, 0xff]) {
        Some(Format::Jpeg)
    } else if holds(0, b"RIFF") && holds(8, b"WEBP") {
        Some(Format::Webp)
    } else if holds(0, b"GIF87a") || holds(0, b"GIF89a") {
        Some(Format::Gif)
    } else {
        holds(0, b"BM").then_some(Format::Bmp)
    }
}

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<Header, ImageError> {
    match format_of(bytes) {
        Some(Format::Png) => Ok(png_header::read(bytes)?.header()),
        Some(Format::Jpeg) => Ok(jpeg_header::read(bytes)?.header()),
        Some(Format::Webp) => Ok(webp_header::read(bytes)?.header()),
        Some(Format::Gif) => Ok(gif_header::read(bytes)?.header()),
        Some(Format::Bmp) => Ok(bmp_header::read(bytes)?.header()),
        None => Err(no_picture(bytes)),
    }
}

fn no_picture(bytes: &[u8]) -> ImageError {
    let holds = |at: usize, magic: &[u8]| bytes.get(at..at + magic.len()) == Some(magic);
    match UNSUPPORTED.iter().find(|(at, magic, _)| holds(*at, magic)) {
        Some((_, _, media_type)) => ImageError::unsupported(format!(
            "Expected a PNG, JPEG, WebP, GIF or BMP picture: found {media_type}, not supported yet"
        )),
        None => ImageError::invalid(
            "Expected a PNG, JPEG, WebP, GIF or BMP picture: found the signature of none",
        ),
    }
}

/// Most pixels whatever the limit: their bytes must fit a memory of 32 bits.
const MAX_PIXELS: u64 = 1 << 28;

/// Refuses a header that promises more pixels than allowed.
pub fn check_pixels(header: &Header, max_pixels: u64) -> Result<(), ImageError> {
    let Header { width, height, .. } = *header;
    let pixels = (width as u64).saturating_mul(height as u64);
    let max_pixels = max_pixels.min(MAX_PIXELS);
    if pixels > max_pixels {
        let message =
            format!("Expected a picture of at most {max_pixels} pixels: found {width} x {height}");
        return Err(ImageError::too_large(message));
    }
    Ok(())
}
