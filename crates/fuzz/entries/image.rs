//! Laws of every picture file, whatever its bytes are.

use limbus_media::alpha::Alpha;
use limbus_media::decode::decode;
use limbus_media::error::ImageErrorKind;
use limbus_media::header::{Format, format_of, probe};

use crate::memory::most_bytes;

/// Pixels of the largest picture that the fuzzer decodes. The server's limit is 32 times as high, but the laws are of so
/// many bytes a pixel, and small pictures find more a minute.
pub const MAX_PIXELS: u64 = 1 << 20;
/// Bytes that reading a header may take beside the file's own number: those of PNG hold texts, inflated to at most one MiB
/// each.
fn header_bytes(format: Format) -> usize {
    match format {
        Format::Png => 5 << 20,
        _ => 64 << 10,
    }
}

/// Bytes that a decoder may take whatever the picture: for tables, which a small WebP file may have many of.
fn fixed_bytes(format: Format) -> usize {
    match format {
        Format::Webp => 10 << 20,
        _ => 2 << 20,
    }
}

/// Bytes that a decoder may take for each byte of the file: its copy, and what it takes apart of it.
const BYTES_PER_FILE_BYTE: usize = 8;

/// Bytes that a decoder may take for each pixel, the result included.
fn bytes_per_pixel(format: Format) -> usize {
    match format {
        // Samples of 16 bits in four channels, the colours, and the colours turned upright.
        Format::Png => 8 + 3 + 3,
        // Coefficients of 16 bits of four components, a word a block, and interleaved samples.
        Format::Jpeg => 4 * 2 + 1 + 4,
        // Pixels of four channels twice, tables, the colours twice.
        Format::Webp => 24,
        Format::Gif | Format::Bmp => 1 + 3 + 3,
    }
}

/// Pixels that a decoder works on: JPEG has whole groups of blocks, of at most 32 pixels a side.
fn worked_pixels(format: Format, width: usize, height: usize) -> usize {
    let side = |pixels: usize| match format {
        Format::Jpeg => pixels.next_multiple_of(32),
        _ => pixels,
    };
    side(width) * side(height)
}

/// Probes and decodes a file of a format. False if the file is of another one.
pub fn check(bytes: &[u8], format: Format, max_pixels: u64) -> bool {
    if format_of(bytes) != Some(format) {
        return false;
    }
    let (header, taken) = most_bytes(|| probe(bytes));
    assert!(
        taken <= header_bytes(format) + 2 * bytes.len(),
        "{taken} bytes to read a header"
    );
    for alpha in [Alpha::White, Alpha::Drop] {
        let (image, taken) = most_bytes(|| decode(bytes, max_pixels, alpha));
        let room = header_bytes(format) + 2 * bytes.len();
        match (&header, image) {
            (Err(error), image) => {
                assert_eq!(image.as_ref(), Err(error));
                assert!(error.message.starts_with("Expected "));
                assert!(taken <= room, "{taken} bytes to refuse a header");
                return true;
            }
            (Ok(header), image) => {
                let pixels = header.width as u64 * header.height as u64;
                let kind = image.as_ref().err().map(|error| error.kind);
                let too_large = kind == Some(ImageErrorKind::TooLarge);
                assert_eq!(pixels > max_pixels, too_large, "{pixels} pixels");
                let room = match too_large {
                    true => room,
                    false => {
                        room + fixed_bytes(format)
                            + BYTES_PER_FILE_BYTE * bytes.len()
                            + bytes_per_pixel(format)
                                * worked_pixels(format, header.width, header.height)
                    }
                };
                assert!(
                    taken <= room,
                    "{taken} bytes where {room} are enough: {pixels} pixels"
                );
                if let Ok(image) = image {
                    assert_eq!((image.width, image.height), (header.width, header.height));
                    assert_eq!(image.data.len(), 3 * pixels as usize);
                }
            }
        }
    }
    true
}
